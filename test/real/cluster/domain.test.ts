import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Cluster, createCluster } from '../../../src/cluster/domain.ts';
import { silentLog } from '../../../src/core/log.ts';
import { cacheFolder } from '../../../src/core/platform.ts';
import { eventually, labkitFolder, sharedControlPlane } from '../../support/controlPlane.ts';
import { noEngines, noKubeconfigs } from '../../support/noEngines.ts';

const never = new AbortController().signal;
const quiet = (): void => {};
const gantry = { name: 'gantry', kind: 'embedded' } as const;

describe('cluster domain', function () {
  this.timeout(10 * 60_000);
  let stateFolder: string;
  let cluster: Cluster;
  const create = (): Cluster =>
    createCluster({
      log: silentLog,
      cacheFolder: cacheFolder(),
      stateFolder,
      labkitFolder,
      engines: noEngines,
      kubeconfigs: noKubeconfigs,
    });

  before(async function () {
    await sharedControlPlane(this);
  });
  beforeEach(async () => {
    stateFolder = await mkdtemp(join(tmpdir(), 'gantry-domain-'));
    cluster = create();
  });
  afterEach(async () => {
    await cluster.stop();
    cluster.dispose();
    await rm(stateFolder, { recursive: true, force: true, maxRetries: 10 });
  });

  /** Phases, each told once, as a view would hear them. */
  function phases(of: Cluster): string[] {
    const heard = [phaseOf(of)];
    of.onDidChange(() => {
      if (heard.at(-1) !== phaseOf(of)) heard.push(phaseOf(of));
    });
    return heard;
  }

  const phaseOf = (of: Cluster): string => of.clusters()[0]?.phase ?? 'absent';

  it('tells how they stand, from absent to running to stopped', async () => {
    const heard = phases(cluster);
    const { kubeconfig } = await cluster.start(quiet, never);
    assert.deepEqual(cluster.clusters(), [{ ...gantry, phase: 'running', kubeconfig }]);
    await cluster.stop();
    assert.deepEqual(cluster.clusters(), [{ ...gantry, phase: 'stopped' }]);
    assert.deepEqual(heard, ['absent', 'starting', 'running', 'stopping', 'stopped']);
  });

  it('tells the same to another window, which did nothing', async () => {
    const other = create();
    const heard = phases(other);
    try {
      const child = starter(stateFolder);
      await once(child, 'exit');
      assert.equal(child.exitCode, 0);
      await eventually(() => phaseOf(other) === 'running');
      assert.deepEqual(heard, ['absent', 'starting', 'running']);
      assert.equal(other.clusters()[0]?.kubeconfig, await cluster.kubeconfig());
      await cluster.stop();
      await eventually(() => phaseOf(other) === 'stopped');
      await cluster.remove();
      await eventually(() => phaseOf(other) === 'absent');
    } finally {
      other.dispose();
    }
  });

  it('does not believe in the work of a program that was killed', async () => {
    const other = create();
    try {
      other.clusters();
      const child = starter(stateFolder);
      await eventually(() => phaseOf(other) === 'starting');
      child.kill('SIGKILL');
      await once(child, 'exit');
      await other.refresh();
      assert.notEqual(phaseOf(other), 'starting');
    } finally {
      other.dispose();
    }
  });

  it('tells another window why a start failed, until one succeeds', async () => {
    const other = create();
    const env = { ...process.env, PATH: '' };
    const deps = { log: silentLog, stateFolder, labkitFolder, engines: noEngines, kubeconfigs: noKubeconfigs };
    const failing = createCluster({ ...deps, cacheFolder: join(stateFolder, 'empty'), env });
    try {
      other.clusters();
      await assert.rejects(failing.start(quiet, never), { kind: 'toolMissing' });
      await eventually(() => phaseOf(other) === 'failed');
      assert.match(other.clusters()[0]!.message!, /^Go was not found on PATH\./);
      await cluster.start(quiet, never);
      await eventually(() => phaseOf(other) === 'running');
    } finally {
      other.dispose();
      failing.dispose();
    }
  });

  it('stops a start that is under way', async () => {
    const started = cluster.start(quiet, never);
    const refused = assert.rejects(started, { name: 'AbortError' });
    await eventually(() => phaseOf(cluster) === 'starting');
    await cluster.stop();
    await refused;
    assert.match(phaseOf(cluster), /^(?:absent|stopped)$/);
  });

  it('lists and removes', async () => {
    await cluster.start(quiet, never);
    const kubeconfig = await cluster.kubeconfig();
    assert.deepEqual(await cluster.list(), [{ name: 'gantry', kind: 'embedded', status: 'running', kubeconfig }]);
    assert.equal((await cluster.storage()).length, 2);
    await cluster.remove();
    assert.deepEqual(await cluster.list(), []);
    await assert.rejects(cluster.remove(), { kind: 'notFound' });
  });
});

/** Another program that starts the default cluster of a state folder. */
function starter(stateFolder: string): ChildProcess {
  const args = [join(import.meta.dirname, 'starter.ts'), stateFolder, 'domain'];
  return spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] });
}
