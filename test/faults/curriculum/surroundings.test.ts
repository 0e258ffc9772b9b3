/**
 * What a check stands on is killed in the middle of it: the API server, the engine, the helper, istiod. A right program is then
 * blocked, or proven when the fault came too late, but it never reads as the learner's failure. 130 injections behind
 * `--long`.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { root } from '../../../scripts/lib/project.ts';
import { checkPorts } from '../../../src/checkPorts.ts';
import type { Running } from '../../../src/cluster/controlPlane.ts';
import { type Cluster, createCluster } from '../../../src/cluster/domain.ts';
import { signalProcess } from '../../../src/core/identity.ts';
import { silentLog } from '../../../src/core/log.ts';
import { cacheFolder } from '../../../src/core/platform.ts';
import { type Item, readItem } from '../../../src/curriculum/items.ts';
import { noPorts } from '../../../src/curriculum/check.ts';
import type { CheckPorts } from '../../../src/curriculum/ports.ts';
import type { Report } from '../../../src/curriculum/model.ts';
import { type Random, drawSeed, seeded } from '../../../src/curriculum/random.ts';
import { testPorts, useEngine } from '../../support/checkPorts.ts';
import { labkitFolder } from '../../support/controlPlane.ts';
import { type OwnEngine, ownEngine } from '../../support/engine.ts';
import { needGo } from '../../support/go.ts';
import { checkProgram, curriculumFolder } from '../../support/lessons.ts';
import { long } from '../../support/long.ts';
import { noEngines, noKubeconfigs } from '../../support/noEngines.ts';

/** Together 130 behind `--long`. */
const times = { server: long ? 40 : 4, helper: long ? 30 : 4, engine: long ? 30 : 4, istiod: long ? 30 : 4 };

const lesson = (id: string): Promise<Item> => readItem(join(root, 'test/fixtures/lessons', id));

/** What is killed, and how it comes to life again. */
interface Fault {
  /** What the check says once it needs it; until then a killed one is only started again. */
  readonly from: string;
  readonly kill: () => Promise<unknown>;
  readonly mend: () => Promise<unknown>;
}

describe('a right program whose check loses', function () {
  this.timeout(90 * 60_000);
  before(async function () {
    await needGo(this);
    if (process.platform !== 'linux') this.skip();
  });

  /** Checks the solution again and again; each time the fault comes at another moment, and every other time it is mended at once. */
  async function inject(item: Item, ports: CheckPorts, count: number, { from, kill, mend }: Fault): Promise<void> {
    const seed = Number(process.env['GANTRY_SEED'] ?? drawSeed());
    const random: Random = seeded(seed);
    const check = (of: number, needed: () => void): Promise<Report> =>
      checkProgram(item, 'solution', { ports, seed: of, report: (step) => step === from && needed() });
    let begun = 0;
    const whole = await check(seed, () => (begun ||= performance.now()));
    const needs = performance.now() - begun;
    assert.deepEqual(whole.verdict, { state: 'proven' }, JSON.stringify(whole.evidence));
    assert.ok(begun > 0, `it said "${from}"`);
    const seen: string[] = [];
    for (let i = 0; i < count; i++) {
      const needed = Promise.withResolvers<void>();
      const pending = check(random.between(1, 1e9), needed.resolve);
      await Promise.race([needed.promise, pending]);
      // The first comes where most of the check is still to be done.
      const at = random.between(0, Math.round(needs * (i === 0 ? 0.3 : 0.9)));
      await sleep(at);
      await kill();
      const mended = i % 2 === 1 ? mend() : undefined;
      const { verdict, evidence } = await pending;
      await (mended ?? mend());
      const wrong = evidence.filter(({ ok }) => !ok);
      assert.notEqual(verdict.state, 'failed', `GANTRY_SEED=${seed}, after ${at} ms: ${JSON.stringify(wrong)}`);
      seen.push(verdict.state);
    }
    assert.ok(seen.includes('blocked'), `the fault must have taken effect: ${seen.join(' ')}`);
  }

  describe('the API server', () => {
    let state: string;
    let cluster: Cluster;
    before(() => {
      state = mkdtempSync(join(tmpdir(), 'gantry-killed-'));
      const folders = { cacheFolder: cacheFolder(process.env), stateFolder: state, labkitFolder };
      cluster = createCluster({
        log: silentLog,
        ...folders,
        engines: noEngines,
        kubeconfigs: noKubeconfigs,
        owned: true,
      });
    });
    after(async () => {
      await cluster?.stop();
      cluster?.dispose();
      rmSync(state, { recursive: true, force: true });
    });

    it(`is blocked, ${times.server} times`, async () => {
      let running: Running;
      const start = async (): Promise<void> => {
        running = await cluster.start(() => {}, new AbortController().signal);
      };
      await start();
      const absent = () => Promise.reject(new Error('no check of this lesson asks for it'));
      const ports = checkPorts({ cluster: () => Promise.resolve(cluster), docker: absent, grpc: absent });
      await inject(
        await lesson('X9'),
        { ...noPorts, cluster: (report, signal) => ports.cluster(report, signal) },
        times.server,
        {
          from: 'Starting your program',
          kill: () => Promise.resolve(signalProcess(running.processes['kube-apiserver']!, 'SIGKILL')),
          mend: start,
        },
      );
    });
  });

  describe('the engine', () => {
    let engine: OwnEngine;
    before(async function () {
      engine = await ownEngine(this);
      useEngine(engine.address);
    });
    after(async () => {
      useEngine('');
      await engine?.close();
    });

    it(`is blocked, ${times.engine} times`, async () => {
      await inject(await lesson('X8'), testPorts(), times.engine, {
        from: 'Running a container',
        kill: () => engine.kill('SIGKILL'),
        mend: () => engine.start(),
      });
    });
  });

  it(`the helper is blocked, ${times.helper} times`, async () => {
    await inject(await lesson('X4'), testPorts(), times.helper, {
      from: 'Starting your program',
      kill: () => Promise.resolve(childrenThatRun('checks').forEach((pid) => process.kill(pid, 'SIGKILL'))),
      mend: () => Promise.resolve(),
    });
  });

  it(`istiod is blocked, ${times.istiod} times`, async () => {
    await inject(await readItem(join(curriculumFolder, 'T6.1')), testPorts(), times.istiod, {
      from: 'Starting your program',
      kill: () => Promise.resolve(childrenThatRun('gantry-istiod').forEach((pid) => process.kill(pid, 'SIGKILL'))),
      mend: () => Promise.resolve(),
    });
  });
});

/** Our children that run a program of labkit. */
const childrenThatRun = (program: string): number[] =>
  readdirSync('/proc')
    .filter((pid) => /^\d+$/.test(pid))
    .filter((pid) => {
      try {
        const parent = /^PPid:\t(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
        return Number(parent) === process.pid && readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes(program);
      } catch {
        return false; // It ended meanwhile.
      }
    })
    .map(Number);
