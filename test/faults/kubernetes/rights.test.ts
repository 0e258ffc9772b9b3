/** Users who may do a part of things, and kinds that go away: K12, K16. */
import assert from 'node:assert/strict';
import { silentLog } from '../../../src/core/log.ts';
import type { ApiObject } from '../../../src/kubernetes/api.ts';
import { Reflector } from '../../../src/kubernetes/reflector.ts';
import { ServerTraits } from '../../../src/kubernetes/serverTraits.ts';
import type { WatchState } from '../../../src/kubernetes/watchState.ts';
import { jsonCodec } from '../../../src/kubernetes/wire.ts';
import { type TestCluster, eventually, pod, sharedControlPlane } from '../../support/controlPlane.ts';
import { definitionsPath } from '../../support/crds.ts';
import { fasterClock } from '../../support/fasterClock.ts';
import { requesting } from '../../support/kubernetes.ts';
import { Scene, adminUser, equalRows, sceneAt } from '../../support/kubernetesScene.ts';
import { tamperingProxy } from '../../support/tamperingProxy.ts';

describe('rights and kinds that are missing', function () {
  this.timeout(120_000);
  let cluster: TestCluster;
  let namespace: string;
  let scene: Scene | undefined;
  before(async function () {
    cluster = await sharedControlPlane(this);
  });
  beforeEach(async () => {
    namespace = await cluster.namespace();
    await cluster.api('POST', pods(), pod('one'));
  });
  afterEach(async () => {
    const open = scene;
    scene = undefined;
    await open?.close();
    await cluster.removeNamespace(namespace);
  });
  const pods = (): string => `/api/v1/namespaces/${namespace}/pods`;
  const port = (): number => Number(new URL(cluster.server).port);

  /** A user in a group that has these verbs on pods of the namespace, and nothing else. */
  async function someone(verbs: readonly string[]): Promise<object> {
    const group = `group-${namespace}`;
    if (verbs.length > 0) {
      const rbac = `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}`;
      const rules = [{ apiGroups: [''], resources: ['pods'], verbs }];
      await cluster.api('POST', `${rbac}/roles`, { metadata: { name: 'some' }, rules });
      await cluster.api('POST', `${rbac}/rolebindings`, {
        metadata: { name: 'some' },
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'some' },
        subjects: [{ kind: 'Group', name: group, apiGroup: 'rbac.authorization.k8s.io' }],
      });
      // The server hears of new rules a moment after it has taken them.
      const review = {
        spec: {
          user: 'somebody',
          groups: [group],
          resourceAttributes: { namespace, verb: verbs[0], resource: 'pods' },
        },
      };
      await eventually(async () => {
        const path = '/apis/authorization.k8s.io/v1/subjectaccessreviews';
        const { status } = await cluster.api<{ status: { allowed: boolean } }>('POST', path, review);
        return status.allowed;
      });
    }
    return { ...adminUser(cluster), as: 'somebody', 'as-groups': [group] };
  }

  it('K12 all verbs: live', async () => {
    scene = await sceneAt(cluster, port(), { user: await someone(['list', 'watch']) });
    const look = scene.pods(namespace);
    await scene.live(look);
    assert.deepEqual(look.state(), { state: 'live' });
    await equalRows(cluster, namespace, look);
  });

  it('K12 no watch: read again and again, and equal', async () => {
    scene = await sceneAt(cluster, port(), { user: await someone(['list']), clock: fasterClock(10) });
    const look = scene.pods(namespace);
    await scene.live(look);
    assert.deepEqual(look.state(), { state: 'live', every: 15 });
    await cluster.api('POST', pods(), pod('two'));
    await equalRows(cluster, namespace, look);
  });

  it('K12 no list, but watch: live, for a list can be watched', async () => {
    scene = await sceneAt(cluster, port(), { user: await someone(['watch']) });
    const look = scene.pods(namespace);
    await scene.live(look);
    await equalRows(cluster, namespace, look);
  });

  for (const verbs of [[], ['get']]) {
    it(`K12 no list (${verbs.join() || 'no verb at all'}): says that, and who`, async () => {
      scene = await sceneAt(cluster, port(), { user: await someone(verbs) });
      const look = scene.pods(namespace);
      await eventually(() => look.state().state === 'failed');
      const state = look.state();
      assert.ok('failure' in state && state.failure.kind === 'forbidden');
      assert.match(state.failure.message, /may not list .*"somebody" cannot list/);
    });
  }

  it('K12 one namespace of many: that one is live, the other and all are forbidden', async () => {
    scene = await sceneAt(cluster, port(), { user: await someone(['list', 'watch']) });
    const [own, other] = [scene.pods(namespace), scene.pods('kube-system')];
    const all = scene.kubernetes.store.look({ context: 'ctx', kind: 'pods' });
    await scene.live(own);
    await eventually(() => other.state().state === 'failed' && all.state().state === 'failed');
    await cluster.api('POST', pods(), pod('two'));
    await equalRows(cluster, namespace, own);
  });

  it('K16 a namespace that cannot end: said, equal, and asked for no more than before; gone once it can', async () => {
    const held = { ...pod('held'), metadata: { name: 'held', finalizers: ['faults.gantry.test/hold'] } };
    await cluster.api('POST', pods(), held);
    const speed = 10;
    const proxy = await tamperingProxy(cluster);
    scene = await Scene.open(proxy.url, { clock: fasterClock(speed) });
    try {
      const look = scene.pods(namespace);
      await scene.live(look);
      const tree = scene.kubernetes.pods();
      const context = (await tree.children(undefined)).find(({ kind }) => kind === 'context')!;
      const described = async (): Promise<string | undefined> => {
        const found = (await tree.children(context)).map((node) => tree.describe(node));
        return found.find(({ label }) => label === namespace)?.description;
      };
      await eventually(async () => (await described()) === '');
      await cluster.removeNamespace(namespace);
      await eventually(async () => (await described()) === 'terminating');
      await eventually(
        () => [...look.rows.values()].map(({ name, status }) => `${name} ${status}`).join() === 'held Terminating',
      );
      await equalRows(cluster, namespace, look);
      const [asked, minutes] = [proxy.requests.length, 2];
      await new Promise((resolve) => setTimeout(resolve, (minutes * 60_000) / speed));
      const more = proxy.requests.slice(asked).filter(({ path }) => path === pods());
      assert.ok(more.length <= 2 * minutes, `${more.length} requests for its pods in ${minutes} min of its clock`);
      await scene.live(look);
      await cluster.api(
        'PATCH',
        `${pods()}/held`,
        { metadata: { finalizers: null } },
        { 'content-type': 'application/merge-patch+json' },
      );
      await eventually(async () => look.rows.size === 0 && (await described()) === undefined);
      assert.deepEqual(
        scene.states.filter((state) => state === 'failed'),
        [],
      );
    } finally {
      await proxy.close();
    }
  });

  it('K16 a custom resource definition removed under its watch: the rows go, and it is hardly asked for', async () => {
    const plural = `things${namespace.replace(/\W/g, '')}`;
    const group = 'faults.gantry.test';
    const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
    await cluster.api('POST', definitionsPath, {
      metadata: { name: `${plural}.${group}` },
      spec: {
        group,
        scope: 'Namespaced',
        names: { plural, singular: plural, kind: 'Thing', listKind: 'ThingList' },
        versions: [{ name: 'v1', served: true, storage: true, schema }],
      },
    });
    const path = `/apis/${group}/v1/namespaces/${namespace}/${plural}`;
    const thing = { apiVersion: `${group}/v1`, kind: 'Thing', metadata: { name: 'a' } };
    await eventually(async () => (await cluster.send('POST', path, thing)).status === 201);
    scene = await sceneAt(cluster, port());
    const connection = scene.kubernetes.contexts.connect('ctx');
    const [rows, states] = [new Set<string>(), [] as WatchState[]];
    let unnamed: Set<string> | undefined;
    let asked = 0;
    const speed = 20;
    const stop = new AbortController();
    const reflector = new Reflector({
      server: requesting(connection, (at, options) => {
        asked++;
        return connection.request(at, options);
      }),
      path,
      codec: jsonCodec(),
      query: {},
      what: plural,
      sink: {
        upsert: ({ metadata }: ApiObject) => void (rows.add(metadata.name), unnamed?.delete(metadata.name)),
        remove: ({ metadata }: ApiObject) => void rows.delete(metadata.name),
        listing: () => void (unnamed = new Set(rows)),
        listed: () => unnamed?.forEach((name) => rows.delete(name)),
      },
      onState: (state) => states.push(state),
      clock: fasterClock(speed),
      log: silentLog,
      traits: new ServerTraits(),
    });
    const running = reflector.run(stop.signal);
    try {
      await eventually(() => states.at(-1)?.state === 'live' && rows.has('a'));
      await cluster.api('DELETE', `${definitionsPath}/${plural}.${group}`);
      const isGone = (): boolean => {
        const state = states.at(-1)!;
        return rows.size === 0 && 'failure' in state && state.failure.kind === 'notFound';
      };
      await eventually(isGone);
      const [before, began] = [asked, Date.now()];
      await eventually(() => asked - before >= 3);
      const minutes = ((Date.now() - began) * speed) / 60_000;
      assert.ok(minutes * 2 >= 3 - 1, `3 requests in ${minutes.toFixed(1)} min of its clock`);
    } finally {
      stop.abort();
      await running;
    }
  });
});
