/** Contexts, local clusters while they do not run, and what stands directly below a context. */
import { t } from '../../core/l10n.ts';
import { describeContext, describeLocalCluster } from '../describeContext.ts';
import type { KubeContext } from '../kubeconfig.ts';
import type { LocalCluster } from '../localClusters.ts';
import { localToolOf } from '../localTools.ts';
import type { ContextNode, FolderNode, KubernetesNode, LocalClusterNode, MessageNode } from '../nodes.ts';
import type { WatchState } from '../watchState.ts';
import { byName } from '../workloads.ts';
import { favouritesFirst, favouritesFolder } from './favourites.ts';
import { contextNode, namespaceNode } from './places.ts';
import { absence, failureNode, failureOf, refresh } from './messages.ts';
import { namespacesOf, reachableNamespaces } from './queries.ts';
import type { NodeType, Scene } from './types.ts';

/** The roots: forwarded ports, local clusters, then every other context; what is wrong with kubeconfigs last. */
export function roots({ contexts, local, forwards, view }: Scene): KubernetesNode[] {
  const configs = contexts.configs();
  const of = (cluster: LocalCluster): KubeContext | undefined =>
    configs.contexts.find((context) => contexts.local(context)?.name === cluster.name);
  const ours = local.clusters().map((cluster) => {
    const context = of(cluster);
    return context === undefined ? localClusterNode(cluster.name) : contextNode(context.id, context.name);
  });
  // Those of local clusters that run no more are about to go.
  const others = configs.contexts.filter(({ id, name }) => id === name);
  const [near, far] = [true, false].map((isNear) =>
    others.filter((context) => (localToolOf(context) !== undefined) === isNear),
  ) as [KubeContext[], KubeContext[]];
  const failures = configs.failures.map((failure, index) => failureNode(`kubeconfig|${index}`, failure));
  return [
    ...(view === 'pods' && forwards.states().length > 0 ? [{ kind: 'forwards', id: 'forwards' } as const] : []),
    ...(ours.length === 0 ? [createCluster()] : ours),
    ...[...near, ...far].map(({ id, name }) => contextNode(id, name)),
    ...failures,
    ...(others.length === 0 ? [addKubeconfig()] : []),
  ];
}

export const localClusterId = (name: string): string => `localCluster|${name}`;

const localClusterNode = (name: string): LocalClusterNode => ({ kind: 'localCluster', id: localClusterId(name), name });

/** Where there is no local cluster: the way to one. */
const createCluster = (): MessageNode => ({
  kind: 'message',
  id: 'createCluster',
  text: t('Create a local cluster'),
  icon: { name: 'add' },
  detail: t('A real Kubernetes API on this machine, as a control plane without an engine or as k3s in a container.'),
  command: { id: 'gantry.cluster.create', args: [] },
});

/** Where there is no context of the person's own: the way to one. */
const addKubeconfig = (): MessageNode => ({
  kind: 'message',
  id: 'addKubeconfig',
  text: t('Add a kubeconfig…'),
  icon: { name: 'add' },
  detail: t('From a file or the clipboard, as cloud consoles hand it out.'),
  command: { id: 'gantry.kubernetes.addKubeconfig', args: [] },
});

export const contextType: NodeType<ContextNode> = {
  needs: ({ context }) => [namespacesOf(context)],
  children: (node, scene) => {
    const names = namespaces(node, scene);
    const [only] = names;
    // Nothing of a server that cannot be reached is worth a folder.
    if (names.length === 1 && only?.kind === 'message') return names;
    const folders = scene.view === 'pods' ? [folder(node, 'resources'), folder(node, 'releases')] : [];
    return [...favouritesFolder(node, scene), ...folders, ...names];
  },
  describe: (node, { contexts, looks }) => {
    const context = contexts.get(node.context);
    const local = context && (contexts.local(context) ?? localToolOf(context));
    return describeContext(node, context, worst(looks.statesOf(node.context)) ?? lastFailure(node, looks), local);
  },
};

const folder = ({ id, context }: ContextNode, name: FolderNode['folder']): FolderNode => ({
  kind: 'folder',
  id: `${id}|${name}`,
  context,
  folder: name,
});

function namespaces(node: ContextNode, scene: Scene): KubernetesNode[] {
  const { context } = node;
  const { looks, preferences } = scene;
  const query = namespacesOf(context);
  const rows = [...looks.rows(query).values()].sort(byName);
  const chosen = preferences.namespaces(context);
  const refused = failureOf(looks.state(query))?.kind === 'forbidden' && rows.length === 0;
  if (rows.length === 0 && !refused)
    return [absence(node, [query], scene, { text: t('No namespaces'), remedy: refresh })];
  const names =
    chosen.length > 0 ? chosen : refused ? reachableNamespaces(context, scene) : rows.map(({ name }) => name);
  const nodes = scene.page(node, favouritesFirst(names.map(namespaceNode(node)), scene), (each) => each);
  if (refused) nodes.push(refusedNode(node, failureOf(looks.state(query))!.message));
  else if (chosen.length > 0) nodes.push(chosenNode(node, chosen.length, rows.length));
  return nodes;
}

const choose = (node: ContextNode): MessageNode['command'] => ({
  id: 'gantry.kubernetes.selectNamespaces',
  args: [node],
});

const refusedNode = (node: ContextNode, detail: string): MessageNode => ({
  kind: 'message',
  id: `${node.id}|forbidden`,
  text: t('You may not list namespaces. Choose the row to name others.'),
  icon: { name: 'lock' },
  detail,
  command: choose(node)!,
});

const chosenNode = (node: ContextNode, shown: number, all: number): MessageNode => ({
  kind: 'message',
  id: `${node.id}|chosen:${shown}:${all}`,
  text: t('{0} of {1} namespaces', shown, all),
  icon: { name: 'filter' },
  detail: t('Choose the row to show others.'),
  command: choose(node)!,
});

/** Why nothing was had of a context when it was unfolded last: said on, so that dead ones are told from others. */
function lastFailure({ context }: ContextNode, looks: Scene['looks']): WatchState | undefined {
  const last = looks.state(namespacesOf(context));
  return last?.state === 'failed' ? last : undefined;
}

/** The worst of what is watched there; that one kind is forbidden says nothing about the context. */
function worst(states: readonly WatchState[]): WatchState | undefined {
  const isLocalRefusal = (state: WatchState): boolean =>
    state.state === 'failed' && (state.failure.kind === 'forbidden' || state.failure.kind === 'notFound');
  const telling = states.filter((state) => !isLocalRefusal(state));
  return (['failed', 'stale', 'reconnecting', 'live', 'loading'] as const)
    .map((wanted) => (telling.length > 0 ? telling : states).find(({ state }) => state === wanted))
    .find((state) => state !== undefined);
}

export const localClusterType: NodeType<LocalClusterNode> = {
  describe: (node, { local }) =>
    describeLocalCluster(
      node,
      local.clusters().find(({ name }) => name === node.name),
    ),
};
