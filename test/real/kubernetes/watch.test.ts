import assert from 'node:assert/strict';
import { signalProcess } from '../../../src/core/identity.ts';
import type { Kubernetes } from '../../../src/kubernetes/domain.ts';
import type { PodRow } from '../../../src/kubernetes/rows.ts';
import type { Look } from '../../../src/kubernetes/store.ts';
import { TestCluster, eventually, ownControlPlane, pod, sharedControlPlane } from '../../support/controlPlane.ts';
import { kubeconfigAt, kubernetesOn, rawPods, rowNames } from '../../support/kubernetes.ts';
import { type Relay, relayTo } from '../../support/relay.ts';

async function lookAtPods(kubernetes: Kubernetes, namespace: string): Promise<Look<PodRow>> {
  const { current } = await kubernetes.contexts.loaded();
  const look = kubernetes.store.look({ context: current!, kind: 'pods', namespace });
  await eventually(() => look.state().state === 'live');
  return look;
}

const sameRows = (cluster: TestCluster, namespace: string, look: Look<PodRow>): Promise<void> =>
  eventually(async () => JSON.stringify(rowNames(look.rows)) === JSON.stringify(await rawPods(cluster, namespace)));

describe('watching a real cluster', function () {
  this.timeout(120_000);
  let cluster: TestCluster;
  let namespace: string;
  let kubernetes: Kubernetes;
  before(async function () {
    cluster = await sharedControlPlane(this);
  });
  beforeEach(async () => {
    namespace = await cluster.namespace();
    kubernetes = kubernetesOn(cluster.kubeconfig);
  });
  afterEach(async () => {
    kubernetes.dispose();
    await cluster.removeNamespace(namespace);
  });

  const pods = (): string => `/api/v1/namespaces/${namespace}/pods`;
  const create = (name: string): Promise<unknown> => cluster.api('POST', pods(), pod(name, { app: 'test' }));
  const remove = (name: string): Promise<unknown> => cluster.api('DELETE', `${pods()}/${name}?gracePeriodSeconds=0`);

  it('shows pods that come, change and go after the watch began', async () => {
    await create('before');
    const look = await lookAtPods(kubernetes, namespace);
    assert.deepEqual([...look.rows.keys()], [`${namespace}/before`]);
    await create('after');
    await eventually(() => look.rows.get(`${namespace}/after`)?.status === 'Running');
    await remove('before');
    await eventually(() => !look.rows.has(`${namespace}/before`));
    await sameRows(cluster, namespace, look);
    assert.equal(look.rows.get(`${namespace}/after`)?.ready, 1);
  });

  it('has the same rows by watch-list and by a paged list', async () => {
    await Promise.all(Array.from({ length: 30 }, (_, i) => create(`p${i}`)));
    const look = await lookAtPods(kubernetes, namespace);
    await sameRows(cluster, namespace, look);
    const paged = kubernetesOn(cluster.kubeconfig);
    try {
      const { current } = await paged.contexts.loaded();
      const connection = paged.contexts.connect(current!);
      const seen: string[] = [];
      const original = connection.request.bind(connection);
      // The server is made to refuse the list-as-watch, as one does whose feature gate is off.
      connection.request = async (path, options) => {
        if (path === pods()) seen.push(options.query?.['watch'] ? 'watch' : `list limit=${options.query?.['limit']}`);
        const query = options.query?.['sendInitialEvents']
          ? { ...options.query, resourceVersionMatch: 'Exact' }
          : options.query;
        return original(path, { ...options, ...(query === undefined ? {} : { query }) });
      };
      const other = await lookAtPods(paged, namespace);
      assert.deepEqual(seen, ['watch', 'list limit=500', 'watch']);
      assert.deepEqual(rowNames(other.rows), rowNames(look.rows));
      await create('later');
      await sameRows(cluster, namespace, other);
    } finally {
      paged.dispose();
    }
  });

  it('selects by label and by name on the server', async () => {
    await create('labelled');
    await cluster.api('POST', pods(), pod('plain'));
    const { current } = await kubernetes.contexts.loaded();
    const names = async (query: object): Promise<string[]> => {
      const look = kubernetes.store.look({ context: current!, kind: 'pods', namespace, ...query });
      await eventually(() => look.state().state === 'live');
      return [...look.rows.values()].map(({ name }) => name);
    };
    assert.deepEqual(await names({ labelSelector: 'app=test' }), ['labelled']);
    assert.deepEqual(await names({ fieldSelector: 'metadata.name=plain' }), ['plain']);
  });

  describe('through a relay', () => {
    let relay: Relay;
    let dropKubeconfig: () => void;
    beforeEach(async () => {
      relay = await relayTo(Number(new URL(cluster.server).port));
      kubernetes.dispose();
      const [file, drop] = kubeconfigAt(cluster.kubeconfig, relay.port);
      dropKubeconfig = drop;
      kubernetes = kubernetesOn(file);
    });
    afterEach(async () => {
      kubernetes.dispose();
      await relay.close();
      dropKubeconfig();
    });

    it('reads 50 times through one connection', async () => {
      const { current } = await kubernetes.contexts.loaded();
      const connection = kubernetes.contexts.connect(current!);
      for (let i = 0; i < 50; i++) {
        const { body } = await connection.request(pods(), { signal: AbortSignal.timeout(10_000), what: 'list pods' });
        for await (const _ of body);
      }
      assert.equal(relay.accepted, 1);
    });

    it('is equal again after resets, and nothing was missed in between', async () => {
      const look = await lookAtPods(kubernetes, namespace);
      for (let round = 0; round < 5; round++) {
        relay.reset();
        await create(`round-${round}`);
        if (round > 0) await remove(`round-${round - 1}`);
      }
      await sameRows(cluster, namespace, look);
      await eventually(() => look.state().state === 'live');
      assert.ok(relay.accepted > 1, 'no reset took effect');
    });

    it('closes its connections when it is disposed', async () => {
      await lookAtPods(kubernetes, namespace);
      assert.ok(relay.open > 0);
      kubernetes.dispose();
      await eventually(() => relay.open === 0, 5_000);
    });
  });
});

describe('a cluster that is killed and started again', function () {
  this.timeout(300_000);
  before(async function () {
    await sharedControlPlane(this); // Skips where clusters cannot run.
  });

  it('has its old rows kept and marked, then rows equal to the server', async () => {
    const controlPlane = ownControlPlane();
    const signal = new AbortController().signal;
    const start = async (): Promise<TestCluster> =>
      new TestCluster(controlPlane, await controlPlane.start(() => {}, signal));
    let cluster = await start();
    const kubernetes = kubernetesOn(cluster.kubeconfig);
    try {
      await cluster.api('POST', '/api/v1/namespaces/default/pods', pod('kept'));
      await cluster.api('POST', '/api/v1/namespaces/default/pods', pod('removed'));
      const look = await lookAtPods(kubernetes, 'default');
      await sameRows(cluster, 'default', look);
      for (const process of Object.values(cluster.running.processes)) signalProcess(process, 'SIGKILL');
      await eventually(() => look.state().state === 'reconnecting', 10_000);
      assert.deepEqual([...look.rows.keys()].sort(), ['default/kept', 'default/removed']);
      const server = cluster.server;
      cluster = await start();
      assert.equal(cluster.server, server, 'another program took the port: nothing is shown by this run');
      await cluster.api('DELETE', '/api/v1/namespaces/default/pods/removed?gracePeriodSeconds=0');
      await cluster.api('POST', '/api/v1/namespaces/default/pods', pod('added'));
      await sameRows(cluster, 'default', look);
      await eventually(() => look.state().state === 'live');
    } finally {
      kubernetes.dispose();
      await controlPlane.remove();
    }
  });
});
