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
import { noEngines } from '../../support/noEngines.ts';

const never = new AbortController().signal;
const quiet = (): void => {};

describe('cluster domain', function () {
  this.timeout(10 * 60_000);
  let stateFolder: string;
  let cluster: Cluster;
  const create = (): Cluster =>
    createCluster({ log: silentLog, cacheFolder: cacheFolder(), stateFolder, labkitFolder, engines: noEngines });

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
    const heard = [of.current().phase as string];
    of.onDidChange(() => {
      const { phase } = of.current();
      if (heard.at(-1) !== phase) heard.push(phase);
    });
    return heard;
  }

  it('tells how it stands, from absent to running to stopped', async () => {
    const heard = phases(cluster);
    const { kubeconfig } = await cluster.start(quiet, never);
    assert.deepEqual(cluster.current(), { phase: 'running', kubeconfig });
    await cluster.stop();
    assert.deepEqual(cluster.current(), { phase: 'absent', message: 'The local cluster is stopped.' });
    assert.deepEqual(heard, ['absent', 'starting', 'running', 'absent']);
  });

  it('tells the same to another window, which did nothing', async () => {
    const other = create();
    const heard = phases(other);
    try {
      const child = starter(stateFolder);
      await once(child, 'exit');
      assert.equal(child.exitCode, 0);
      await eventually(() => other.current().phase === 'running');
      assert.deepEqual(heard, ['absent', 'starting', 'running']);
      assert.equal(other.current().kubeconfig, await cluster.kubeconfig());
      await cluster.stop();
      await eventually(() => other.current().phase === 'absent');
    } finally {
      other.dispose();
    }
  });

  it('does not believe in the work of a program that was killed', async () => {
    const other = create();
    try {
      other.current();
      const child = starter(stateFolder);
      await eventually(() => other.current().phase === 'starting');
      child.kill('SIGKILL');
      await once(child, 'exit');
      await other.refresh();
      assert.equal(other.current().phase, 'absent');
    } finally {
      other.dispose();
    }
  });

  it('tells another window why a start failed, until one succeeds', async () => {
    const other = create();
    const env = { ...process.env, PATH: '' };
    const deps = { log: silentLog, stateFolder, labkitFolder, engines: noEngines };
    const failing = createCluster({ ...deps, cacheFolder: join(stateFolder, 'empty'), env });
    try {
      other.current();
      await assert.rejects(failing.start(quiet, never), { kind: 'toolMissing' });
      await eventually(() => other.current().phase === 'failed');
      assert.match(other.current().message!, /^Go was not found on PATH\./);
      await cluster.start(quiet, never);
      await eventually(() => other.current().phase === 'running');
    } finally {
      other.dispose();
      failing.dispose();
    }
  });

  it('stops a start that is under way', async () => {
    const started = cluster.start(quiet, never);
    const refused = assert.rejects(started, { name: 'AbortError' });
    await eventually(() => cluster.current().phase === 'starting');
    await cluster.stop();
    await refused;
    assert.equal(cluster.current().phase, 'absent');
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
