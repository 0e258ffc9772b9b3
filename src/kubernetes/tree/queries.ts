/** The rows that nodes are made of. */
import { known, workloadResources } from '../apiResource.ts';
import type { WatchableResource } from '../kinds.ts';
import type { Query } from '../store.ts';
import { failureOf } from './messages.ts';
import type { Scene } from './types.ts';

export const namespacesOf = (context: string): Query<'namespaces'> => ({ context, kind: 'namespaces' });

export const podsOf = (context: string, namespace: string): Query<'pods'> => ({ context, kind: 'pods', namespace });

export const servicesOf = (context: string, namespace: string): Query<'services'> => ({
  context,
  kind: 'services',
  namespace,
});

export const endpointSlicesOf = (context: string, namespace: string): Query<'endpointSlices'> => ({
  context,
  kind: 'endpointSlices',
  namespace,
});

export const objectsOf = (
  context: string,
  resource: WatchableResource,
  namespace?: string,
  labelSelector?: string,
): Query<'objects'> => ({ context, kind: 'objects', resource, namespace, labelSelector });

/** Workloads that are shown although they have no pods; ReplicaSets and others are seen by their pods only. */
const listedWorkloads = ['Deployment', 'StatefulSet', 'DaemonSet', 'Job', 'CronJob'] as const;

export const workloadQuery = (context: string, namespace: string, kind: string): Query<'objects'> | undefined =>
  (listedWorkloads as readonly string[]).includes(kind)
    ? objectsOf(context, workloadResources[kind]!, namespace)
    : undefined;

export const workloadsOf = (context: string, namespace: string): Query<'objects'>[] =>
  listedWorkloads.map((kind) => objectsOf(context, workloadResources[kind]!, namespace));

export const definitionsOf = (context: string): Query<'objects'> => objectsOf(context, known.definitions);

/**
 * Where the objects of a kind are read: in all namespaces at once or, where the person chose some or may not see all,
 * in each of these.
 */
export function objectQueries(
  context: string,
  api: WatchableResource,
  scene: Scene,
  labelSelector?: string,
): Query<'objects'>[] {
  const everywhere = objectsOf(context, api, undefined, labelSelector);
  const within = (namespace: string): Query<'objects'> => objectsOf(context, api, namespace, labelSelector);
  if (!api.namespaced) return [everywhere];
  const chosen = scene.preferences.namespaces(context);
  if (chosen.length > 0) return chosen.map(within);
  if (failureOf(scene.looks.state(everywhere))?.kind !== 'forbidden') return [everywhere];
  return reachableNamespaces(context, scene).map(within);
}

/** The namespaces to look at where they may not be listed: the context's own and the favourites. */
export function reachableNamespaces(context: string, { contexts, preferences }: Scene): string[] {
  const favourites = preferences
    .favourites(context)
    .flatMap((favourite) => (favourite.type === 'namespace' ? [favourite.name] : []));
  return [...new Set([...favourites, contexts.get(context)?.namespace ?? 'default'])];
}
