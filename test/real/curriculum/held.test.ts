/** What failed is kept running: it is there while a person looks at it, and gone after. */
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from '../../../scripts/lib/project.ts';
import { type CliIo, exit } from '../../../src/core/cli.ts';
import { silentLog } from '../../../src/core/log.ts';
import { ClusterClient } from '../../../src/curriculum/checks/clusterProxy.ts';
import { curriculumCommands } from '../../../src/curriculum/cli.ts';
import { type Curriculum, createCurriculum } from '../../../src/curriculum/domain.ts';
import { readItem } from '../../../src/curriculum/items.ts';
import type { Report, Subject } from '../../../src/curriculum/model.ts';
import { testPorts, useEngine } from '../../support/checkPorts.ts';
import { sharedEngine } from '../../support/engine.ts';
import { eventually } from '../../support/eventually.ts';
import { needGo } from '../../support/go.ts';
import { checkProgram, curriculumFolder } from '../../support/lessons.ts';

type SubjectOf<Kind extends Subject['kind']> = Extract<Subject, { kind: Kind }>;

/** What the first assertion that failed is about. */
function subjectOf<Kind extends Subject['kind']>({ evidence }: Report, kind: Kind): SubjectOf<Kind> {
  const subject = evidence.find(({ ok }) => !ok)?.subject;
  assert.equal(subject?.kind, kind);
  return subject as SubjectOf<Kind>;
}

const signal = new AbortController().signal;

/** The code that a person gets who makes the call again. */
async function called({ target, method, messages, metadata }: SubjectOf<'grpc'>): Promise<string | undefined> {
  const sent = (async function* (): AsyncGenerator<string> {
    yield* await Promise.resolve(messages);
  })();
  return (await testPorts().grpc({ target, method, messages: sent, metadata, deadline: 10_000 }, signal)).code;
}

const isOpen = (target: string): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(Number(target.split(':')[1]), '127.0.0.1');
    socket.on('connect', () => resolve(true)).on('error', () => resolve(false));
    socket.on('connect', () => socket.destroy());
  });

describe('what failed, kept running', function () {
  this.timeout(180_000);
  let workspace: string;
  let curriculum: Curriculum;
  before(async function () {
    await needGo(this);
    if (process.platform === 'win32') this.skip();
  });
  beforeEach(async () => {
    workspace = await mkdtemp(join(tmpdir(), 'gantry-held-'));
    const ports = testPorts();
    curriculum = createCurriculum({ log: silentLog, content: curriculumFolder, workspace, trusted: () => true, language: 'en', ports }); // prettier-ignore
    await curriculum.start('T3.2');
  });
  afterEach(async () => {
    curriculum.dispose();
    await rm(workspace, { recursive: true });
  });
  /** Resolves with what was found once it is kept, and with the end of the check. */
  const kept = async (): Promise<{ found: Report; over: Promise<Report> }> => {
    const { promise: found, resolve: keep } = Promise.withResolvers<Report>();
    const over = curriculum.check('T3.2', { signal, keep });
    return { found: await Promise.race([found, over]), over };
  };
  /** Puts programs of the lesson into the learner's folder, one over the other. */
  const write = async (...programs: readonly string[]): Promise<void> => {
    for (const program of programs) {
      await cp(join(curriculumFolder, 'T3.2', program), curriculum.labFolder('T3.2'), { recursive: true });
    }
  };
  const status = async (): Promise<object> => (await curriculum.overview()).statuses.get('T3.2')!;

  it('a gRPC server is called as it was by the check; ended, it is a failed check as any other', async () => {
    await write('solution', 'impostors/made-up');
    const { found, over } = await kept();
    const call = subjectOf(found, 'grpc');
    assert.equal(call.method, 'stock.v1.Stock/Check');
    assert.equal(await called(call), 'OK');
    assert.deepEqual(await status(), { state: 'running', lesson: 'yes', started: true, main: 'service.go', keepable: true, hintsLeft: 2, held: found }); // prettier-ignore
    assert.equal((await curriculum.hints('T3.2')).hints.length, 1);
    curriculum.cancel('T3.2');
    curriculum.cancel('T3.2'); // Impatient.
    const report = await over;
    assert.deepEqual({ ...report, duration: 0 }, { ...found, duration: 0 });
    assert.equal(await isOpen(call.target), false);
    const filed = JSON.parse(await readFile(join(workspace, '.gantry/proofs/T3.2.json'), 'utf8')) as object;
    assert.ok('failure' in filed);
    assert.deepEqual(Object.keys(await status()).includes('held'), false);
  });

  it('it goes with the window', async () => {
    const { found, over } = await kept();
    curriculum.dispose();
    await assert.rejects(over, { kind: 'cancelled' });
    assert.equal(await isOpen(subjectOf(found, 'grpc').target), false);
  });

  it('a solution is never kept', async () => {
    await write('solution');
    const { found, over } = await kept();
    assert.deepEqual([found.verdict.state, found === (await over)], ['proven', true]);
  });

  it('in a terminal the lines that call it are shown, until Ctrl-C', async () => {
    const told: string[] = [];
    const interrupt = new AbortController();
    const io: CliIo = {
      out: (line) => told.push(line),
      err: (line) => {
        told.push(line);
        if (line.startsWith('Enter or Ctrl-C')) interrupt.abort();
      },
      env: {},
      cwd: workspace,
      signal: interrupt.signal,
    };
    const check = curriculumCommands(() => Promise.resolve(curriculum)).find(({ name }) => name === 'learn check')!;
    assert.equal(await check.run(['T3.2', '--keep'], io), exit.problems, told.join('\n'));
    assert.match(
      told.join('\n'),
      /^ {4}grpcurl -plaintext -d '\{"sku":"\w+"\}' 127\.0\.0\.1:\d+ stock\.v1\.Stock\/Check$/m,
    );
  });

  it('a container stays with its engine until then', async function () {
    useEngine((await sharedEngine(this)).address);
    const engine = await testPorts().engine(signal);
    const item = await readItem(join(root, 'test/fixtures/lessons/X8'));
    let container: SubjectOf<'container'> | undefined;
    const report = await checkProgram(item, 'ignores-stop', {
      keep: async (found) => {
        container = subjectOf(found, 'container');
        await engine.state(container.id, signal);
      },
    });
    assert.equal(report.verdict.state, 'failed');
    assert.equal(container?.engine, engine.address);
    await assert.rejects(engine.state(container.id, signal), { kind: 'notFound' });
  });

  it('a namespace stays with its objects until then', async () => {
    const item = await readItem(join(root, 'test/fixtures/lessons/X9'));
    const client = new ClusterClient(await testPorts().cluster(() => {}, signal));
    const phase = async ({ namespace }: SubjectOf<'namespace'>): Promise<unknown> => {
      const { body } = await client.send('GET', `/api/v1/namespaces/${namespace}`, undefined, signal);
      return (JSON.parse(body) as { status?: { phase?: string } }).status?.phase;
    };
    const phases: unknown[] = [];
    let place: SubjectOf<'namespace'> | undefined;
    await checkProgram(item, 'starter', {
      keep: async (found) => {
        place = subjectOf(found, 'namespace');
        phases.push(await phase(place));
      },
    });
    assert.deepEqual(phases, ['Active']);
    await eventually(async () => (await phase(place!)) !== 'Active');
    client.dispose();
  });
});
