import assert from 'node:assert/strict';
import { Emitter } from '../../../../src/core/emitter.ts';
import type { TreeSource } from '../../../../src/core/tree.ts';
import { refusal } from '../../../../src/kubernetes/apiFailure.ts';
import type { Requester } from '../../../../src/kubernetes/connection.ts';
import { meterRows } from '../../../../src/kubernetes/metrics/meteredTree.ts';
import { Metrics } from '../../../../src/kubernetes/metrics/metrics.ts';
import { cpuText, memoryText, quantity, usageOf } from '../../../../src/kubernetes/metrics/usage.ts';
import type { KubernetesNode } from '../../../../src/kubernetes/nodes.ts';
import { FakeClock } from '../../../support/fakeClock.ts';

describe('what pods use', () => {
  it('is read in every unit', () => {
    assert.deepEqual(
      ['1', '250m', '12345678n', '2u', '1.5', '2e3', '64Ki', '3Mi', '5k', 'x', '1Q', '-1'].map(quantity),
      [1, 0.25, 0.012345678, 0.000002, 1.5, 2000, 65536, 3 * 2 ** 20, 5000, undefined, undefined, undefined],
    );
  });

  it('is the sum of its containers, as kubectl top prints it', () => {
    const usage = usageOf({
      metadata: { name: 'web' },
      containers: [{ usage: { cpu: '1500001n', memory: '10Mi' } }, { usage: { cpu: '2m', memory: '1023Ki' } }, {}],
    });
    assert.deepEqual([cpuText(usage), memoryText(usage)], ['4m', '10Mi']);
  });
});

/** Metrics of pods of which each uses as many millicores as its name has digits' value. */
function scripted(): { asked: string[]; server: Requester; missing: Set<string>; refuse: number | undefined } {
  const scene = {
    asked: [] as string[],
    missing: new Set<string>(),
    refuse: undefined as number | undefined,
    server: undefined as unknown as Requester,
  };
  const metrics = (name: string): object => ({
    metadata: { name },
    containers: [{ usage: { cpu: `${Number(name.replace(/\D/g, ''))}m`, memory: '1Mi' } }],
  });
  scene.server = {
    request: async (path: string) => {
      scene.asked.push(path.replace('/apis/metrics.k8s.io/v1beta1', '') || '/');
      const name = path.split('/').at(-1)!;
      if (scene.refuse !== undefined || scene.missing.has(name)) {
        throw refusal('read metrics', 'ctx', scene.refuse ?? 404, { message: 'not found' });
      }
      const items = Array.from({ length: 40 }, (_, i) => metrics(`p${i}`));
      const answer = name === 'pods' ? { items } : name === 'v1beta1' ? {} : metrics(name);
      return {
        status: 200,
        body: (async function* () {
          yield Buffer.from(JSON.stringify(answer));
        })(),
      };
    },
  } as unknown as Requester;
  return scene;
}

describe('metrics', () => {
  const pod = (i: number): KubernetesNode => ({
    kind: 'pod',
    id: `pod-${i}`,
    context: 'ctx',
    namespace: 'shop',
    name: `p${i}`,
  });
  const workload: KubernetesNode = {
    kind: 'workload',
    id: 'w',
    context: 'ctx',
    namespace: 'shop',
    workload: 'Deployment',
    name: 'orders',
  };

  function scene(pods: number) {
    const clock = new FakeClock();
    const api = scripted();
    const metrics = new Metrics({ connect: () => api.server, clock });
    const inner = {
      describe: ({ id }: KubernetesNode) => ({
        id,
        label: id,
        spoken: id,
        description: '1/1 Running',
        children: 'none',
      }),
      children: (node: KubernetesNode | undefined) =>
        node === undefined ? [workload] : node === workload ? Array.from({ length: pods }, (_, i) => pod(i)) : [],
      onDidChange: new Emitter<undefined>().event,
      setVisible: () => {},
      setExpanded: () => {},
    } as unknown as TreeSource<KubernetesNode>;
    const tree = meterRows(inner, metrics);
    const redrawn: string[][] = [];
    tree.onDidChange((nodes) => redrawn.push((nodes ?? []).map(({ id }) => id)));
    return { clock, api, metrics, tree, redrawn };
  }

  it('are asked for rows in sight only, and stand behind their status', async () => {
    const { clock, api, tree, redrawn, metrics } = scene(2);
    await tree.children(undefined);
    await clock.advance(60_000);
    assert.deepEqual(api.asked, []);
    for (const node of await tree.children(workload)) tree.describe(node);
    await clock.advance(300);
    assert.deepEqual(api.asked.splice(0), ['/', '/namespaces/shop/pods/p0', '/namespaces/shop/pods/p1']);
    assert.deepEqual(redrawn, [['pod-0', 'pod-1']]);
    assert.deepEqual(
      [tree.describe(pod(1)).description, tree.describe(pod(1)).spoken],
      ['1/1 Running · 1m 1Mi', 'pod-1, CPU 1m, memory 1Mi'],
    );
    await clock.advance(30_300);
    assert.deepEqual(api.asked.splice(0), ['/namespaces/shop/pods/p0', '/namespaces/shop/pods/p1']);
    assert.equal(redrawn.length, 1, 'rows that say the same are not drawn again');
    tree.setExpanded?.(workload, false);
    await clock.advance(120_000);
    assert.deepEqual([api.asked, clock.sleeping], [[], 0]);
    tree.setExpanded?.(workload, true);
    await clock.advance(300);
    tree.setVisible(false);
    await clock.advance(120_000);
    assert.deepEqual([api.asked.length, clock.sleeping], [2, 0]);
    metrics.dispose();
  });

  it('of many rows are read by their namespace', async () => {
    const { clock, api, tree, metrics } = scene(30);
    await tree.children(undefined);
    await tree.children(workload);
    await clock.advance(300);
    assert.deepEqual(api.asked, ['/', '/namespaces/shop/pods']);
    assert.equal(tree.describe(pod(29)).description, '1/1 Running · 29m 1Mi');
    metrics.dispose();
  });

  it('that a server does not have are not asked for again soon, and of a new pod not missed', async () => {
    const { clock, api, tree, metrics } = scene(2);
    api.missing.add('p1');
    await tree.children(undefined);
    await tree.children(workload);
    await clock.advance(300);
    assert.deepEqual(
      [tree.describe(pod(0)).description, tree.describe(pod(1)).description],
      ['1/1 Running · 0m 1Mi', '1/1 Running'],
    );
    api.refuse = 403;
    await clock.advance(30_300);
    assert.equal(tree.describe(pod(0)).description, '1/1 Running');
    api.asked.length = 0;
    await clock.advance(10 * 60_000);
    await tree.children(workload);
    await clock.advance(1000);
    assert.deepEqual([api.asked, clock.sleeping], [[], 0]);
    metrics.dispose();
  });
});
