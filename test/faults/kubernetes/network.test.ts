/** A network between us and the server that loses, delays and breaks: K3, K4, K9. */
import assert from 'node:assert/strict';
import { type TestCluster, eventually, pod, sharedControlPlane } from '../../support/controlPlane.ts';
import { fasterClock } from '../../support/fasterClock.ts';
import { type Scene, equalRows, sceneAt } from '../../support/kubernetesScene.ts';
import { long } from '../../support/long.ts';
import { type BadNetwork, Toxiproxy } from '../../support/toxiproxy.ts';

describe('a broken network', function () {
  this.timeout(long ? 20 * 60_000 : 180_000);
  let cluster: TestCluster;
  let toxiproxy: Toxiproxy | undefined;
  let network: BadNetwork;
  let namespace: string;
  let scene: Scene | undefined;
  before(async function () {
    this.timeout(30 * 60_000);
    cluster = await sharedControlPlane(this);
    toxiproxy = await Toxiproxy.start();
  });
  beforeEach(async () => {
    namespace = await cluster.namespace();
    network = await toxiproxy!.to(Number(new URL(cluster.server).port));
  });
  afterEach(async () => {
    const open = scene;
    scene = undefined;
    await cluster.removeNamespace(namespace);
    await open?.close();
  });
  after(() => toxiproxy?.stop());

  const pods = (): string => `/api/v1/namespaces/${namespace}/pods`;
  const create = (name: string): Promise<unknown> => cluster.api('POST', pods(), pod(name));

  it('K3 a black hole: noticed, said, and equal again once it is gone', async () => {
    scene = await sceneAt(cluster, network.port, { clock: fasterClock(long ? 1 : 5) });
    await create('before');
    const look = scene.pods(namespace);
    await scene.live(look);
    await network.poison('timeout', { timeout: 0 });
    await create('meanwhile');
    await eventually(() => ['reconnecting', 'stale'].includes(look.state().state));
    assert.deepEqual([...look.rows.keys()], [`${namespace}/before`], 'the old rows stay, and nothing came through');
    await network.heal();
    await equalRows(cluster, namespace, look);
    await scene.live(look);
  });

  it('K4 resets again and again while pods come and go: nothing is missed, and nothing listed anew', async () => {
    scene = await sceneAt(cluster, network.port);
    const look = scene.pods(namespace);
    await scene.live(look);
    const connection = scene.kubernetes.contexts.connect('ctx');
    const request = connection.request.bind(connection);
    let lists = 0;
    let watches = 0;
    connection.request = (path, options) => {
      if (path === pods() && options.query?.['resourceVersion'] === undefined) lists++;
      else if (path === pods()) watches++;
      return request(path, options);
    };
    const [rounds, every] = long ? [120, 5_000] : [6, 500];
    for (let round = 0; round < rounds; round++) {
      const until = Date.now() + every;
      for (let i = 0; Date.now() < until || i === 0; i++) {
        await create(`p-${round}-${i}`);
        if (i % 2 === 1) await cluster.api('DELETE', `${pods()}/p-${round}-${i - 1}?gracePeriodSeconds=0`);
      }
      await network.enable(false); // Every connection ends.
      await network.enable(true);
      await scene.live(look);
    }
    await equalRows(cluster, namespace, look);
    assert.ok(watches >= rounds, `${watches} watches after ${rounds} resets: not every one took effect`);
    assert.ok(lists <= 1.2 * rounds, `${lists} lists after ${rounds} resets`);
  });

  it('K9 a slow server: what is cancelled lets go of its connection', async () => {
    await Promise.all(Array.from({ length: 20 }, (_, i) => create(`p-${i}`)));
    scene = await sceneAt(cluster, network.port);
    await network.poison('latency', { latency: 1_000 });
    await network.poison('bandwidth', { rate: 20 });
    const connection = scene.kubernetes.contexts.connect('ctx');
    const stop = new AbortController();
    const answer = connection.request(pods(), { signal: stop.signal, what: 'list pods' });
    stop.abort();
    await assert.rejects(answer, /Cancelled/);
    const look = scene.pods(namespace);
    assert.equal(look.state().state, 'loading');
    await equalRows(cluster, namespace, look);
  });
});
