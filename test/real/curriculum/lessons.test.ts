import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lessonsIn } from '../../../src/curriculum/authorCli.ts';
import { Judged, withProgram } from '../../../src/curriculum/authoring.ts';
import { checkItem } from '../../../src/curriculum/check.ts';
import { contractFile, underContract } from '../../../src/curriculum/contract.ts';
import { readItem } from '../../../src/curriculum/items.ts';
import { removePodCluster, useEngine, useMesh } from '../../support/checkPorts.ts';
import { sharedEngine } from '../../support/engine.ts';
import { needGo } from '../../support/go.ts';
import { imageLessons, useLessonBases } from '../../support/lessonBases.ts';
import { compileSolution, curriculumFolder, describeLesson, quiet } from '../../support/lessons.ts';

/** Each step of a project is asked what those before it were. */
const operatorSteps = {
  schema:
    'installs starts serves fills-in needs-image needs-spec empty-image text halves too-few too-many no-port high-port limits resizes keeps-port prunes separates tells tells-no-more',
  deploys:
    'installs starts creates replicas port known owns follows heals restores alone recreates goes-on spares spares-its-like waits gives-way survives calms-down rests leaves',
  tells:
    'installs starts closes deploys waits explains dates fewer room ready observes counts takes-back recovers replaces distrusts more-room replaced renews looks-first settles rests leaves',
};

/** What a good program is asked, in order: a check that skips an assertion would accept too much. */
const asked: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  B5: {
    gate: 'starts waits lives loads opens serves',
    probes: 'starts ready cut lives-without recovers hangs recovers-again complains bounded',
  },
  B6: { drain: 'starts echoes inflight answers refuses ends exits lingers' },
  B7: { config: 'starts shows defaults missing malformed secret' },
  K3: {
    data: 'starts',
    'rest-writes': 'healthy creates reads',
    'grpc-reads': 'healthy reads unknown replaces',
    'rest-reads': 'unknown follows stale blind invalid nameless emptied malformed replaces',
    'grpc-writes': 'creates follows stale blind invalid emptied deletes',
    'rest-ends': 'gone reads deletes',
    'grpc-ends': 'gone',
    drain: 'starts',
    'rest-ready': 'ready',
    rest: 'echoes inflight answers refuses ends exits',
    'grpc-drain': 'echoes answers',
    'grpc-late': 'accepts refuses',
    'rest-alone': 'starts echoes inflight answers refuses ends exits',
  },
  O2: {
    shop: 'starts creates reads orders remembers unknown moved hangs down still unpriced',
    deps: 'packages forbids',
    way: 'committed clean every apart serves asks',
  },
  'T1.1': {
    deps: 'packages forbids',
    one: 'starts creates orders reads unknown gives ends falls',
    two: 'starts creates orders reads unknown apart alone hangs gives ends still unpriced stays',
  },
  'P5.1': { schema: operatorSteps.schema },
  'P5.2': { schema: operatorSteps.schema, deploys: operatorSteps.deploys },
  'P5.3': operatorSteps,
  'T2.4': {
    deps: 'packages forbids',
    state: 'reads own-mux variables',
    kit: 'compiles routes services order siblings unmatched exact errors wrapped secrets panics aborts begun cut streams flushed binds validates strict bounded config health holds drains gives-up leaves-nothing times together races',
    notes: 'starts keeps reads',
    life: 'starts echoes inflight answers refuses ends exits lingers',
  },
  'T3.1': {
    books:
      'starts creates reads unchanged replaces changed stale blind invalid incomplete at-once malformed unknown methods more first-page deletes next-page last-page gone',
    'one-step': 'compiles another-writer',
  },
  'T3.2': {
    stock: 'starts asks refuses tells tells-which gives-up leaves lists lists-all tracks tracks-again healthy',
    streams: 'compiles flows stops',
  },
  'T3.3': { billing: 'starts consumes redelivers once settles' },
  'T4.2': {
    image: 'builds user program static lacks size secret caches',
    runs: 'answers current stops',
  },
  'T4.3': {
    image: 'builds user program',
    small: 'answers current tells processors memory survives',
    large: 'answers tells memory healthy unhealthy recovers asks heeds',
    'large-stop': 'echoes inflight answers refuses ends exits lingers',
    set: 'answers tells memory',
  },
  'T5.2': {
    rollout:
      'reads builds applies deploys serves keeps answers rolls follows ends spares unharmed gives-up remembers stays unbroken returns',
  },
  'T5.3': {
    pages:
      'starts creates enters observes owns follows renames observes-again finds recreates heals yields goes-on spares honest unlisted takes-over releases publishes guards honest-too goes-without catches-up survives survives-too observes-late rests leaves unlists lets-go insists',
  },
  'T6.1': {
    objects: 'service port',
    mesh: 'applies starts answers pinned joins follows alone catches-up leaves unruled',
    code: 'connects credentials',
  },
  'T6.2': {
    traffic:
      'applies starts answers shares testers others repeats repeats-testers reserves reserves-testers once late late-testers chaos follows withdraws group other-chaos group-reserves no-testers private unrepeated untimed unharmed obeys',
  },
  'T7.1': { red: 'starts exposes serves counts routes durations inflight bounded' },
  'T7.2': { shop: 'starts arrives linked marked lost unknown' },
  'T7.4': { alerts: 'well bearable few fails just stuck idle morning others gone' },
  'T8.1': { breaker: 'starts passes tolerates opens isolates probes reopens heals' },
  'T8.2': {
    limit: 'starts bursts refuses tells separates waits keeps',
    steady: 'starts follows sustains forgets',
    switch: 'runs control',
  },
  'T8.3': {
    retry: 'starts passes recovers reconnects gives-up refused orders keyed obeys deadline hangs leaves',
    pauses: 'starts backs-off',
    budget: 'starts healthy outage orders earns again',
  },
  'T8.4': {
    promise:
      'starts fresh another follows slow stale latest each together stalls back abandons resets fails outage unknown again',
    off: 'runs control',
    experiment: 'compiles passes accepts unprotected late half uncut believes forgets makes-up says-fresh stays',
  },
};

const items = new Map(
  await Promise.all(Object.keys(asked).map(async (id) => [id, await readItem(join(curriculumFolder, id))] as const)),
);

describe('lessons', function () {
  before(async function () {
    await needGo(this);
    if (process.platform === 'win32') this.skip();
  });

  it('are all asked for here', async () => {
    assert.deepEqual(await lessonsIn(curriculumFolder), Object.keys(asked).sort());
  });

  for (const [id, checks] of Object.entries(asked)) {
    describe(id, () => {
      if (imageLessons.includes(id)) {
        before(async function () {
          const engine = await sharedEngine(this);
          useEngine(engine.address);
          await useLessonBases(engine);
        });
      }
      if (items.get(id)!.checks.some(({ type }) => type === 'kubernetes')) {
        before(async function () {
          this.timeout(20 * 60_000);
          await compileSolution(id);
        });
      }
      if (items.get(id)!.checks.some(({ type }) => type === 'rollout')) {
        after(removePodCluster);
      }
      if (items.get(id)!.checks.some(({ type }) => type === 'istio')) {
        before(async function () {
          await useMesh(this);
        });
      }
      describeLesson(items.get(id)!, [
        'build.compiles',
        ...Object.entries(checks).flatMap(([check, ids]) => ids.split(' ').map((one) => `${check}.${one}`)),
      ]);
    });
  }

  it('are judged again when anything changes, and a problem is never remembered', async () => {
    const cache = await mkdtemp(join(tmpdir(), 'gantry-judged-'));
    try {
      const item = await readItem(join(curriculumFolder, 'B7'));
      const judged = new Judged(cache);
      const first = await judged.tryOnce(item, 'greeting-written-in', quiet());
      assert.deepEqual([first.problem, first.report?.verdict.state], [undefined, 'failed']);
      assert.deepEqual(await new Judged(cache).tryOnce(item, 'greeting-written-in', quiet()), {
        program: 'greeting-written-in',
        asked: first.asked,
      });
      const wrong = {
        ...item,
        impostors: [{ name: 'greeting-written-in', refusedBy: 'config.secret', hint: 'secret-shown' }],
      };
      const other = new Judged(join(cache, 'other'));
      for (let run = 0; run < 2; run++) {
        const { problem } = await other.tryOnce(wrong, 'greeting-written-in', quiet());
        assert.match(problem!, /refused by config.shows instead of config.secret/);
      }
    } finally {
      await rm(cache, { recursive: true, force: true });
    }
  });

  it('prove an existing service by its contract', async () => {
    const item = await readItem(join(curriculumFolder, 'B7'));
    await withProgram(item, 'solution', async (folder) => {
      const service = join(folder, 'service.go');
      const text = await readFile(service, 'utf8');
      await writeFile(service, text.replaceAll('/greeting', '/hello').replaceAll('/readyz', '/health/ready'));
      assert.equal((await checkItem(item, folder, quiet())).verdict.state, 'failed');
      await writeFile(join(folder, contractFile), 'package: .\npaths: { /readyz: /health/ready, /greeting: /hello }\n');
      const report = await checkItem(await underContract(item, folder), folder, quiet());
      assert.deepEqual(report.verdict, { state: 'proven' }, JSON.stringify(report.evidence));
      await writeFile(join(folder, contractFile), 'pakage: .\n');
      await assert.rejects(underContract(item, folder), { kind: 'invalid', message: /gantry.contract.yaml:1/ });
    });
  });
});
