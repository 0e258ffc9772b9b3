/** A server, or something before it, that answers strangely: K6, K8. */
import assert from 'node:assert/strict';
import { type TestCluster, eventually, pod, sharedControlPlane } from '../../support/controlPlane.ts';
import { fasterClock } from '../../support/fasterClock.ts';
import { Scene, equalRows } from '../../support/kubernetesScene.ts';
import { type TamperingProxy, tamperingProxy } from '../../support/tamperingProxy.ts';

describe('a server that answers strangely', function () {
  this.timeout(180_000);
  let cluster: TestCluster;
  let proxy: TamperingProxy;
  let namespace: string;
  let scene: Scene | undefined;
  before(async function () {
    cluster = await sharedControlPlane(this);
  });
  beforeEach(async () => {
    namespace = await cluster.namespace();
    proxy = await tamperingProxy(cluster);
    await cluster.api('POST', pods(), pod('one'));
  });
  afterEach(async () => {
    const open = scene;
    scene = undefined;
    await proxy.close();
    await open?.close();
    await cluster.removeNamespace(namespace);
  });
  const pods = (): string => `/api/v1/namespaces/${namespace}/pods`;
  const asked = (): number => proxy.requests.filter(({ path }) => path === pods()).length;

  it('K6 every watch ends at once: hardly asked for, and the rows come by listing', async () => {
    const refused = { status: 422, body: '{"kind":"Status","code":422}' };
    proxy.tamper = ({ path, isWatch, query }) => {
      if (path !== pods() || !isWatch) return undefined;
      return query.has('sendInitialEvents') ? refused : { status: 200 };
    };
    const speed = 10;
    scene = await Scene.open(proxy.url, { clock: fasterClock(speed) });
    const look = scene.pods(namespace);
    await eventually(() => asked() >= 10); // By now it knows that this is no accident.
    const [before, began] = [asked(), Date.now()];
    await eventually(() => asked() >= before + 10);
    const minutes = ((Date.now() - began) * speed) / 60_000;
    assert.ok(minutes * 5 >= 10 - 1, `10 requests in ${minutes.toFixed(1)} min of its clock`);
    await cluster.api('POST', pods(), pod('two'));
    await equalRows(cluster, namespace, look);
  });

  it('K8 429 with Retry-After: waits as long as it is asked to', async () => {
    let refusals = 0;
    proxy.tamper = ({ path }) => {
      if (path !== pods() || refusals >= 2) return undefined;
      refusals++;
      return { status: 429, headers: { 'retry-after': '2' }, body: '{"kind":"Status","code":429}' };
    };
    scene = await Scene.open(proxy.url, {});
    const look = scene.pods(namespace);
    await equalRows(cluster, namespace, look);
    const times = proxy.requests.filter(({ path }) => path === pods()).map(({ at }) => at);
    assert.equal(refusals, 2);
    assert.ok(times[1]! - times[0]! >= 1_990 && times[2]! - times[1]! >= 1_990, times.join());
    assert.ok(times.length <= 10);
  });

  it('K8 503 for a while: the old rows stay, few requests, then equal', async () => {
    scene = await Scene.open(proxy.url, {});
    const look = scene.pods(namespace);
    await scene.live(look);
    let refusals = 0;
    proxy.tamper = () => {
      refusals++;
      return { status: 503, body: '{"kind":"Status","code":503,"message":"etcd is away"}' };
    };
    look.dispose();
    scene.kubernetes.store.restart();
    const again = scene.pods(namespace);
    await eventually(() => refusals >= 4);
    assert.equal(again.rows.size, 1, 'the old rows stay');
    proxy.tamper = () => undefined;
    await equalRows(cluster, namespace, again);
    await scene.live(again);
    assert.ok(refusals <= 12, `${refusals} requests`);
  });
});
