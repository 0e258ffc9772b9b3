/** An API server that dies, freezes, forgets and goes back in time: K1, K2, K5, K7. The cluster is this file's own. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ControlPlane } from '../../../src/cluster/controlPlane.ts';
import { signalProcess } from '../../../src/core/identity.ts';
import { readRecord } from '../../../src/cluster/state.ts';
import { run } from '../../../src/core/processes.ts';
import { TestCluster, eventually, ownControlPlane, pod, sharedControlPlane } from '../../support/controlPlane.ts';
import { fasterClock } from '../../support/fasterClock.ts';
import { type Scene, equalRows, sceneAt } from '../../support/kubernetesScene.ts';
import { long } from '../../support/long.ts';
import { etcdctlProgram, etcdutlProgram } from '../../support/peers.ts';
import { type BadNetwork, Toxiproxy } from '../../support/toxiproxy.ts';

describe('an API server that fails', function () {
  this.timeout(5 * 60_000);
  let controlPlane: ControlPlane;
  let cluster: TestCluster;
  let toxiproxy: Toxiproxy;
  let network: BadNetwork | undefined;
  let scene: Scene;
  const signal = new AbortController().signal;
  const namespace = 'default';
  const pods = `/api/v1/namespaces/${namespace}/pods`;

  const start = async (): Promise<void> => {
    cluster = new TestCluster(controlPlane, await controlPlane.start(() => {}, signal));
    // Its old port may be taken.
    await network?.lead(Number(new URL(cluster.server).port));
  };
  const killAll = (): void => {
    for (const process of Object.values(cluster.running.processes)) signalProcess(process, 'SIGKILL');
  };

  before(async function () {
    this.timeout(30 * 60_000);
    await sharedControlPlane(this); // Skips where clusters cannot run.
    controlPlane = ownControlPlane();
    await start();
    toxiproxy = await Toxiproxy.start();
    network = await toxiproxy.to(Number(new URL(cluster.server).port));
  });
  after(async () => {
    await toxiproxy?.stop();
    await controlPlane?.remove();
  });
  afterEach(() => scene?.close());

  const change = async (count: number, prefix: string): Promise<void> => {
    for (let done = 0; done < count; done += 20) {
      const some = Array.from({ length: Math.min(20, count - done) }, (_, i) => `${prefix}-${done + i}`);
      await Promise.all(some.map((name) => cluster.api('POST', pods, pod(name))));
    }
  };
  /** The newest version of the server. */
  const version = async (): Promise<bigint> => {
    const { metadata } = await cluster.api<{ metadata: { resourceVersion: string } }>('GET', `${pods}?limit=1`);
    return BigInt(metadata.resourceVersion);
  };
  const etcdctl = async (...args: string[]): Promise<string> => {
    const program = await etcdctlProgram();
    const { layout } = controlPlane;
    const { ports } = (await readRecord(layout.state))!;
    const { code, stdout, stderr } = await run(program, [
      `--endpoints=https://127.0.0.1:${ports.etcd}`,
      `--cacert=${layout.certificate('etcd-ca.crt')}`,
      `--cert=${layout.certificate('etcd.crt')}`,
      `--key=${layout.certificate('etcd.key')}`,
      ...args,
    ]);
    assert.equal(code, 0, stderr);
    return stdout;
  };

  it('K2 frozen, with its connections open: noticed, said, and equal again when it goes on', async () => {
    scene = await sceneAt(cluster, network!.port, { clock: fasterClock(long ? 1 : 5) });
    await change(1, 'k2');
    const look = scene.pods(namespace);
    await scene.live(look);
    const server = cluster.running.processes['kube-apiserver']!;
    signalProcess(server, 'SIGSTOP');
    try {
      await eventually(() => ['reconnecting', 'stale'].includes(look.state().state));
      assert.equal(look.rows.size, 1, 'the old rows stay');
    } finally {
      signalProcess(server, 'SIGCONT');
    }
    await change(3, 'k2-after');
    await equalRows(cluster, namespace, look);
    await scene.live(look);
  });

  it('K1 killed, and 200 objects changed before it is reached again', async () => {
    scene = await sceneAt(cluster, network!.port);
    const look = scene.pods(namespace);
    await scene.live(look);
    killAll();
    await eventually(() => look.state().state === 'reconnecting');
    await network!.enable(false);
    await start();
    await change(200, 'k1');
    await cluster.api('DELETE', `${pods}/k2-0?gracePeriodSeconds=0`);
    assert.notEqual(look.state().state, 'live');
    await network!.enable(true);
    await equalRows(cluster, namespace, look);
    await scene.live(look);
  });

  it('K5 compacted and restarted: the old version is gone, so it lists once more', async () => {
    scene = await sceneAt(cluster, network!.port);
    const look = scene.pods(namespace);
    await scene.live(look);
    const connection = scene.kubernetes.contexts.connect('ctx');
    const request = connection.request.bind(connection);
    const asked: string[] = [];
    connection.request = async (path, options) => {
      const { sendInitialEvents, resourceVersion } = options.query ?? {};
      if (path === pods) asked.push(sendInitialEvents ? 'list' : `watch ${resourceVersion}`);
      return request(path, options);
    };
    await network!.enable(false);
    await change(5, 'k5');
    await etcdctl('compact', String(await version()));
    killAll();
    await start();
    scene.refreshes = 0;
    await network!.enable(true);
    await equalRows(cluster, namespace, look);
    await scene.live(look);
    assert.equal(asked.filter((each) => each === 'list').length, 1, asked.join());
  });

  it('K7 restored from a backup: what came after it is gone', async () => {
    const etcdutl = await etcdutlProgram();
    const folder = mkdtempSync(join(tmpdir(), 'gantry-snapshot-'));
    try {
      scene = await sceneAt(cluster, network!.port);
      const look = scene.pods(namespace);
      await scene.live(look);
      await etcdctl('snapshot', 'save', join(folder, 'snapshot'));
      await change(20, 'k7-lost');
      await eventually(() => look.rows.has(`${namespace}/k7-lost-19`));
      const before = await version();
      const { ports } = (await readRecord(controlPlane.layout.state))!;
      killAll();
      await network!.enable(false);
      rmSync(controlPlane.layout.data, { recursive: true, force: true });
      const peer = `https://127.0.0.1:${ports.etcdPeer}`;
      const { code, stderr } = await run(etcdutl, [
        'snapshot',
        'restore',
        join(folder, 'snapshot'),
        `--data-dir=${controlPlane.layout.data}`,
        '--name=gantry',
        `--initial-cluster=gantry=${peer}`,
        `--initial-advertise-peer-urls=${peer}`,
      ]);
      assert.equal(code, 0, stderr);
      await start();
      assert.ok((await version()) < before, 'the server is behind what it had sent');
      await network!.enable(true);
      await eventually(() => !look.rows.has(`${namespace}/k7-lost-19`));
      await equalRows(cluster, namespace, look);
      await change(1, 'k7-after');
      await equalRows(cluster, namespace, look);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
