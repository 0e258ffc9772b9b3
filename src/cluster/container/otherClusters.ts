/** Clusters that kind and k3d run on an engine, known by the labels of their containers: their nodes take images as ours do. */
import type { Report } from '../build.ts';
import type { ContainerEngine } from './engine.ts';
import { type Loaded, type Node, loadImage } from './load.ts';

export interface OtherCluster {
  /** As the program calls its context: `kind-dev`, `k3d-dev`. */
  readonly name: string;
  /** Ids of the containers that pods run in. */
  readonly nodes: readonly string[];
  /** Ports of this machine that lead into it; one is its API server's. */
  readonly ports: readonly number[];
}

interface Rule {
  readonly prefix: string;
  /** Label that names the cluster of a container. */
  readonly cluster: string;
  readonly role: string;
  /** Roles with a kubelet; the others balance load. */
  readonly nodes: readonly string[];
}

const rules: readonly Rule[] = [
  { prefix: 'kind-', cluster: 'io.x-k8s.kind.cluster', role: 'io.x-k8s.kind.role', nodes: ['control-plane', 'worker'] },
  { prefix: 'k3d-', cluster: 'k3d.cluster', role: 'k3d.role', nodes: ['server', 'agent'] },
];

/** Whether pods run in a container of a cluster: by its role, where it has one. */
export const runsPods = (labels: Readonly<Record<string, string>> = {}): boolean =>
  rules.every(({ role, nodes }) => labels[role] === undefined || nodes.includes(labels[role]));

/** Those that run. */
export async function otherClusters(engine: ContainerEngine, signal: AbortSignal): Promise<OtherCluster[]> {
  const found = await Promise.all(rules.map((rule) => clustersOf(rule, engine, signal)));
  return found.flat();
}

async function clustersOf(rule: Rule, engine: ContainerEngine, signal: AbortSignal): Promise<OtherCluster[]> {
  const containers = await engine.labelled(rule.cluster, signal);
  const groups = Map.groupBy(containers, ({ labels }) => labels[rule.cluster] ?? '');
  return [...groups].map(([name, members]) => ({
    name: `${rule.prefix}${name}`,
    nodes: members.filter(({ labels }) => runsPods(labels)).map(({ id }) => id),
    ports: members.flatMap(({ ports }) => ports),
  }));
}

/**
 * Brings an image into every node of a cluster; see `loadImage`.
 * @param source the engine that has the image: the nodes' own unless given.
 */
export async function loadIntoNodes(
  nodes: readonly Node[],
  image: string,
  report: Report,
  signal: AbortSignal,
  source?: ContainerEngine,
): Promise<Loaded> {
  const loaded: Loaded[] = [];
  for (const node of nodes) loaded.push(await loadImage(source ?? node.engine, node, image, report, signal));
  return loaded.includes('loaded') ? 'loaded' : 'present';
}
