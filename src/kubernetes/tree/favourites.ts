/** The folder of what the person marked, and marked rows first in every other folder. */
import { known, objectOf, resourceName } from '../apiResource.ts';
import type { ContextNode, FolderNode, KubernetesNode } from '../nodes.ts';
import { type Favourite, favouriteOf } from '../preferences.ts';
import type { Scene } from './types.ts';

/** Whether the person marked what the row stands for. */
export function isMarked(node: KubernetesNode, { preferences }: Scene): boolean {
  const favourite = favouriteOf(node);
  return favourite !== undefined && 'context' in node && preferences.isFavourite(node.context, favourite);
}

/** Marked rows before the others; within both the order stays. */
export function favouritesFirst<N extends KubernetesNode>(nodes: readonly N[], scene: Scene): N[] {
  const [first] = nodes;
  const context = first !== undefined && 'context' in first ? first.context : '';
  if (scene.preferences.favourites(context).length === 0) return [...nodes];
  const [marked, others]: [N[], N[]] = [[], []];
  for (const node of nodes) (isMarked(node, scene) ? marked : others).push(node);
  return [...marked, ...others];
}

/** The folder, where there is something in it for this view; namespaces stand first in their own place instead. */
export function favouritesFolder(context: ContextNode, scene: Scene): FolderNode[] {
  const id = `${context.id}|favourites`;
  const folder: FolderNode = { kind: 'folder', id, context: context.context, folder: 'favourites' };
  return favouriteNodes(folder, scene).length > 0 ? [folder] : [];
}

/** What stands in the folder. */
export const favouriteNodes = (folder: FolderNode, scene: Scene): KubernetesNode[] =>
  scene.preferences.favourites(folder.context).flatMap((favourite) => nodeOf(folder, favourite, scene) ?? []);

function nodeOf({ id, context }: FolderNode, favourite: Favourite, { view }: Scene): KubernetesNode | undefined {
  if (favourite.type === 'namespace') return undefined;
  if (favourite.type === 'kind') {
    if (view === 'services') return undefined;
    return { kind: 'kind', id: `${id}|kind:${resourceName(favourite.api)}`, context, api: favourite.api };
  }
  const { api, namespace, name } = favourite;
  const resource = resourceName(api);
  const own = { id: `${id}|${resource}:${namespace}/${name}`, context, namespace, name };
  if (resource === resourceName(known.services)) return view === 'services' ? { kind: 'service', ...own } : undefined;
  if (view === 'services') return undefined;
  const workload = { kind: 'workload', workload: api.kind, ...own } as const;
  if (objectOf(workload) !== undefined) return workload;
  return { kind: 'object', api, ...own };
}
