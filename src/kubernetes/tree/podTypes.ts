/** Workloads, pods and containers. */
import { t } from '../../core/l10n.ts';
import * as describe from '../describe.ts';
import { desiredPods } from '../objectCells.ts';
import type { KubernetesNode, NamespaceNode, PodContainerNode, PodNode, ServiceNode, WorkloadNode } from '../nodes.ts';
import { type ObjectRow, type PodRow, keyOf } from '../rows.ts';
import { type Workload, byName, groupByWorkload } from '../workloads.ts';
import { favouritesFirst, isMarked } from './favourites.ts';
import { type Emptiness, applyTo, emptiness } from './messages.ts';
import { podsOf, workloadQuery, workloadsOf } from './queries.ts';
import type { NodeType, Scene } from './types.ts';

export function workloadsIn(node: NamespaceNode, scene: Scene): KubernetesNode[] {
  const { context, name: namespace } = node;
  const { looks } = scene;
  const listed = workloadsOf(context, namespace).map(
    (query) => [query.resource!.kind, looks.rows(query).values()] as const,
  );
  const pods = filtered(looks.rows(podsOf(context, namespace)).values(), scene);
  const { workloads, orphans } = groupByWorkload(pods, listed);
  const top = topmost(workloads, scene).map((each) => workloadNode(node, namespace, each));
  const nodes = [...top, ...orphans.map(podNode(node))];
  if (nodes.length > 0) return scene.page(node, favouritesFirst(nodes, scene), (each) => each);
  const empty = { text: t('No pods: apply a manifest…'), remedy: applyTo(node) };
  return [emptiness(node, [podsOf(context, namespace)], scene, empty)];
}

/** What the filter leaves: workloads that match themselves or by a pod. Jobs that a CronJob made stand below it. */
function topmost(workloads: readonly Workload[], { filter }: Scene): Workload[] {
  const kept = new Set(
    workloads.filter(
      ({ pods, row }) => filter.text === '' || pods.length > 0 || (row !== undefined && filter.matches(row)),
    ),
  );
  const parents = new Set([...kept].map(({ parent }) => parent));
  return workloads.filter((each) =>
    each.kind === 'CronJob' ? kept.has(each) || parents.has(each.name) : kept.has(each) && each.parent === undefined,
  );
}

const workloadNode = (
  folder: KubernetesNode & { context: string },
  namespace: string,
  { kind, name }: Workload,
): WorkloadNode => ({
  kind: 'workload',
  id: `${folder.id}|${kind}:${name}`,
  context: folder.context,
  namespace,
  workload: kind,
  name,
});

export const workloadType: NodeType<WorkloadNode> = {
  needs: ({ context, namespace }) => [podsOf(context, namespace)],
  extras: ({ context, namespace }) => workloadsOf(context, namespace),
  reads: ({ context, namespace, workload }) => {
    const own = workloadQuery(context, namespace, workload);
    return [podsOf(context, namespace), ...(own === undefined ? [] : [own])];
  },
  children: (node, scene) => {
    const pods = filtered(podsOfWorkload(node, scene), scene).sort(byName);
    const jobs = jobsOf(node, scene);
    const nodes = [...jobs.map((job) => workloadNode(node, node.namespace, job)), ...pods.map(podNode(node))];
    if (nodes.length > 0) return scene.page(node, nodes, (each) => each);
    return [emptiness(node, [podsOf(node.context, node.namespace)], scene, withoutPods(node))];
  },
  describe: (node, scene) => {
    const row = workloadRow(node, scene);
    const pods = podsOfWorkload(node, scene);
    return describe.describeWorkload(node, { pods, row, desired: desiredPods(row), favourite: isMarked(node, scene) });
  },
};

function withoutPods(node: WorkloadNode): Emptiness {
  return node.workload === 'CronJob'
    ? {
        text: t('No jobs yet: run one now…'),
        remedy: { id: 'gantry.kubernetes.trigger', args: [node] },
      }
    : {
        text: t('No pods: look at the events…'),
        remedy: { id: 'gantry.kubernetes.showEvents', args: [node] },
      };
}

function workloadRow(node: WorkloadNode, { looks }: Scene): ObjectRow | undefined {
  const query = workloadQuery(node.context, node.namespace, node.workload);
  return query && looks.rows(query).get(keyOf(node));
}

function podsOfWorkload({ context, namespace, workload, name }: WorkloadNode, { looks }: Scene): PodRow[] {
  const owned: PodRow[] = [];
  for (const pod of looks.rows(podsOf(context, namespace)).values()) {
    if (pod.ownerKind === workload && pod.ownerName === name) owned.push(pod);
  }
  return owned;
}

/** The jobs that a CronJob made. */
function jobsOf({ context, namespace, workload, name }: WorkloadNode, { looks }: Scene): Workload[] {
  if (workload !== 'CronJob') return [];
  return [...looks.rows(workloadQuery(context, namespace, 'Job')!).values()]
    .filter(({ ownerKind, ownerName }) => ownerKind === 'CronJob' && ownerName === name)
    .map((row) => ({ kind: 'Job', name: row.name, pods: [], parent: name }))
    .sort(byName);
}

const filtered = (pods: Iterable<PodRow>, { filter }: Scene): PodRow[] =>
  filter.text === '' ? [...pods] : [...pods].filter((pod) => filter.matches(pod));

export const podNode =
  (folder: NamespaceNode | WorkloadNode | ServiceNode) =>
  ({ name, namespace }: { name: string; namespace: string }): PodNode => ({
    kind: 'pod',
    id: `${folder.id}|pod:${name}`,
    context: folder.context,
    namespace,
    name,
  });

export const podType: NodeType<PodNode> = {
  reads: ({ context, namespace }) => [podsOf(context, namespace)],
  key: keyOf,
  children: (node, { looks }) => {
    const pod = looks.rows(podsOf(node.context, node.namespace)).get(keyOf(node));
    return (pod?.containers ?? []).map(({ name }): PodContainerNode => ({
      kind: 'container',
      id: `${node.id}|container:${name}`,
      context: node.context,
      namespace: node.namespace,
      pod: node.name,
      name,
    }));
  },
  describe: (node, { looks, now }) =>
    describe.describePod(node, looks.rows(podsOf(node.context, node.namespace)).get(keyOf(node)), now(node.context)),
};

export const containerType: NodeType<PodContainerNode> = {
  reads: ({ context, namespace }) => [podsOf(context, namespace)],
  key: ({ namespace, pod }) => keyOf({ namespace, name: pod }),
  describe: (node, { looks }) => {
    const pod = looks.rows(podsOf(node.context, node.namespace)).get(`${node.namespace}/${node.pod}`);
    const row = pod?.containers.find(({ name }) => name === node.name);
    return describe.describeContainer(node, row);
  },
};
