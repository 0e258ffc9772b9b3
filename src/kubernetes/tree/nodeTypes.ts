/** Every kind of node: what its row shows, what is below it, and which rows of the store both are made of. */
import { describeMessage, describeMore } from '../describe.ts';
import { describeFolder } from '../describeObjects.ts';
import type { FolderNode, KubernetesNode } from '../nodes.ts';
import type { Query } from '../store.ts';
import { contextType, localClusterType } from './contextTypes.ts';
import { favouriteNodes } from './favourites.ts';
import { forwardType, forwardsType } from './forwardTypes.ts';
import { groupType, groupsIn, kindType, objectQuery, objectType } from './kindTypes.ts';
import { namespaceType } from './namespaceType.ts';
import { containerType, podType, workloadType } from './podTypes.ts';
import { definitionsOf } from './queries.ts';
import { releaseQueries, releaseType, releasesIn } from './releaseTypes.ts';
import { portType, serviceType } from './serviceTypes.ts';
import type { NodeType, Scene } from './types.ts';

const folderType: NodeType<FolderNode> = {
  describe: describeFolder,
  needs: (node, scene) => (node.folder === 'releases' ? releaseQueries(node.context, scene) : []),
  extras: (node, scene) => {
    if (node.folder === 'resources') return [definitionsOf(node.context)];
    if (node.folder === 'releases') return [];
    return favouriteNodes(node, scene).flatMap((each) => favouriteQueries(each, scene));
  },
  children: (node, scene) => {
    switch (node.folder) {
      case 'resources':
        return groupsIn(node, scene);
      case 'releases':
        return releasesIn(node, scene);
      case 'favourites':
        return favouriteNodes(node, scene);
    }
  },
};

/** Rows of the favourites themselves, so that they are shown as they are without being opened. */
function favouriteQueries(node: KubernetesNode, scene: Scene): readonly Query[] {
  return node.kind === 'object' ? [objectQuery(node)] : (typeOf(node).reads?.(node, scene) ?? []);
}

const types: { readonly [K in KubernetesNode['kind']]: NodeType<Extract<KubernetesNode, { kind: K }>> } = {
  context: contextType,
  namespace: namespaceType,
  workload: workloadType,
  pod: podType,
  container: containerType,
  service: serviceType,
  port: portType,
  folder: folderType,
  group: groupType,
  kind: kindType,
  object: objectType,
  release: releaseType,
  forwards: forwardsType,
  forward: forwardType,
  localCluster: localClusterType,
  message: { describe: describeMessage },
  more: { describe: describeMore },
};

export const typeOf = (node: KubernetesNode): NodeType<KubernetesNode> => types[node.kind];
