import assert from 'node:assert/strict';
import type { ContainerEngine, LabelledContainer } from '../../../src/cluster/container/engine.ts';
import { otherClusters } from '../../../src/cluster/container/otherClusters.ts';

/** An engine with containers, of which nothing but their labels matters. */
const engineWith = (containers: readonly LabelledContainer[]): ContainerEngine =>
  ({
    labelled: async (label: string) => containers.filter(({ labels }) => label in labels),
  }) as unknown as ContainerEngine;

const never = new AbortController().signal;

describe('clusters of kind and k3d', () => {
  it('are known by the labels of their containers; load balancers take no images', async () => {
    const kind = (id: string, cluster: string, role: string, ports: number[] = []): LabelledContainer => ({
      id,
      labels: { 'io.x-k8s.kind.cluster': cluster, 'io.x-k8s.kind.role': role },
      ports,
    });
    const k3d = (id: string, role: string, ports: number[] = []): LabelledContainer => ({
      id,
      labels: { app: 'k3d', 'k3d.cluster': 'dev', 'k3d.role': role },
      ports,
    });
    const engine = engineWith([
      kind('a', 'dev', 'control-plane', [38213]),
      kind('b', 'dev', 'worker'),
      kind('c', 'ha', 'external-load-balancer', [40000]),
      kind('d', 'ha', 'control-plane'),
      k3d('e', 'server'),
      k3d('f', 'agent'),
      k3d('g', 'loadbalancer', [6550]),
      { id: 'h', labels: { 'gantry.cluster': 'k3s' }, ports: [7000] },
    ]);
    assert.deepEqual(await otherClusters(engine, never), [
      { name: 'kind-dev', nodes: ['a', 'b'], ports: [38213] },
      { name: 'kind-ha', nodes: ['d'], ports: [40000] },
      { name: 'k3d-dev', nodes: ['e', 'f'], ports: [6550] },
    ]);
  });
});
