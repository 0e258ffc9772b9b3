/** Descriptions, explanations and rollouts against objects on a real server. */
import assert from 'node:assert/strict';
import { awaitRollout } from '../../../../src/kubernetes/actions/awaitRollout.ts';
import { explain, explanationText } from '../../../../src/kubernetes/actions/explain/explain.ts';
import { describeObject } from '../../../../src/kubernetes/actions/lookTexts.ts';
import { type ObjectRef, known, workloadResources } from '../../../../src/kubernetes/apiResource.ts';
import type { Kubernetes } from '../../../../src/kubernetes/domain.ts';
import { type TestCluster, eventually, pod, sharedControlPlane } from '../../../support/controlPlane.ts';
import { kubernetesOn } from '../../../support/kubernetes.ts';

const signal = new AbortController().signal;
const nodes = { group: '', version: 'v1', resource: 'nodes', kind: 'Node', namespaced: false };

describe('looking at an object', function () {
  this.timeout(120_000);
  let cluster: TestCluster;
  let kubernetes: Kubernetes;
  let namespace: string;

  before(async function () {
    cluster = await sharedControlPlane(this);
    kubernetes = kubernetesOn(cluster.kubeconfig);
    await kubernetes.contexts.loaded();
    namespace = await cluster.namespace();
    const template = {
      metadata: { labels: { app: 'orders' } },
      spec: {
        containers: [
          {
            name: 'main',
            image: 'example.invalid/orders:1',
            env: [{ name: 'TOKEN', value: 'canary-value' }],
            readinessProbe: { httpGet: { path: '/ready', port: 8080 } },
          },
        ],
      },
    };
    await cluster.api('POST', `/apis/apps/v1/namespaces/${namespace}/deployments`, {
      metadata: { name: 'orders' },
      spec: { replicas: 2, selector: { matchLabels: { app: 'orders' } }, template },
    });
    await cluster.api('POST', `/api/v1/namespaces/${namespace}/services`, {
      metadata: { name: 'orders' },
      spec: { selector: { app: 'orders' }, ports: [{ name: 'http', port: 80, targetPort: 8080 }] },
    });
  });
  after(async () => {
    kubernetes?.dispose();
    if (namespace !== undefined) await cluster.removeNamespace(namespace);
  });

  const ref = (api: Omit<ObjectRef, 'context' | 'namespace' | 'name'>, name: string): ObjectRef => ({
    ...api,
    context: 'gantry',
    namespace: api.namespaced ? namespace : '',
    name,
  });
  const described = (of: ObjectRef): Promise<string> => describeObject(kubernetes.actions, of, signal, Date.now());

  it('a rollout is waited for', async () => {
    const told: string[] = [];
    const deployment = ref(workloadResources['Deployment']!, 'orders');
    assert.equal(
      await awaitRollout(kubernetes.actions, deployment, (text) => told.push(text), signal),
      'orders is rolled out.',
    );
    assert.notEqual(told.length, 0);
  });

  it('a rollout of what is not there fails, and a cancelled one ends', async () => {
    const none = ref(workloadResources['Deployment']!, 'none');
    await assert.rejects(
      awaitRollout(kubernetes.actions, none, () => {}, signal),
      { kind: 'notFound' },
    );
    await assert.rejects(
      awaitRollout(kubernetes.actions, none, () => {}, AbortSignal.abort()),
      { kind: 'cancelled' },
    );
  });

  it('a Deployment, its pods and revisions; no value of its environment', async () => {
    const text = await described(ref(workloadResources['Deployment']!, 'orders'));
    for (const part of [
      `# Deployment ${namespace}/orders`,
      '## Container main',
      'HTTP GET /ready :8080; every 10 s, 1 s to answer, fails after 3',
      '## Conditions',
      'revision 1',
      'ScalingReplicaSet',
      'TOKEN',
    ])
      assert.ok(text.includes(part), `${part} is in\n${text}`);
    assert.match(text, new RegExp(`${namespace}/orders-\\S+ +1/1 +Running`));
    assert.ok(!text.includes('canary-value'), text);
  });

  it('a Service with its endpoints, a Node with its pods, a pod with its containers', async () => {
    await eventually(async () => /orders-\S+ +ready/.test(await described(ref(known.services, 'orders'))));
    const node = await described(ref(nodes, 'gantry-node'));
    assert.match(node, /Resource +Capacity +For pods/);
    assert.match(node, new RegExp(`${namespace}/orders-`));
    const { items } = await cluster.api<{ items: { metadata: { name: string } }[] }>(
      'GET',
      `/api/v1/namespaces/${namespace}/pods`,
    );
    const text = await described(ref(known.pods, items[0]!.metadata.name));
    assert.match(text, /Status +Running/);
    assert.match(text, /Controlled by +ReplicaSet orders-/);
  });

  it('a pod that no node takes is explained by what the scheduler said', async () => {
    const { spec } = pod('x') as { spec: object };
    await cluster.api('POST', `/api/v1/namespaces/${namespace}/pods`, {
      metadata: { name: 'greedy' },
      spec: { ...spec, nodeSelector: { nobody: 'has' } },
    });
    const greedy = ref(known.pods, 'greedy');
    const server = kubernetes.actions.server('gantry');
    await eventually(async () => (await explain(greedy, server, signal)).length > 0);
    const [found] = await explain(greedy, server, signal);
    assert.equal(found?.status, 'Unschedulable');
    assert.match(found?.cause ?? '', /node affinity\/selector/);
    assert.ok(found?.next.includes('Compare the pod’s nodeSelector and affinity with the labels of the nodes.'));
    const lesson = { title: 'Scheduling', line: 'gantry learn start K1', open: { id: '', args: [] } };
    const text = explanationText(greedy, found === undefined ? [] : [found], new Map([['scheduling', lesson]]));
    assert.match(text, /Lesson: Scheduling \(gantry learn start K1\)/);
  });

  it('a service whose selector finds no pod is explained', async () => {
    await cluster.api('POST', `/api/v1/namespaces/${namespace}/services`, {
      metadata: { name: 'lonely' },
      spec: { selector: { app: 'nobody' }, ports: [{ port: 80 }] },
    });
    const found = await explain(ref(known.services, 'lonely'), kubernetes.actions.server('gantry'), signal);
    assert.deepEqual(
      found.map(({ status }) => status),
      ['NoEndpoints'],
    );
  });
});
