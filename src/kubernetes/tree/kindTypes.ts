/** Every other kind of a server: groups of kinds, kinds, their objects. */
import { t } from '../../core/l10n.ts';
import { lastValue } from '../../core/loadable.ts';
import { resourceName } from '../apiResource.ts';
import * as describe from '../describeObjects.ts';
import { groupOf, groups, shownKinds } from '../kindGroups.ts';
import type { FolderNode, GroupNode, KindNode, KubernetesNode, ObjectNode } from '../nodes.ts';
import { type ObjectRow, keyOf } from '../rows.ts';
import { favouritesFirst, isMarked } from './favourites.ts';
import { emptiness, failureNode, loadingNode } from './messages.ts';
import { objectQueries, objectsOf } from './queries.ts';
import type { NodeType, Scene } from './types.ts';

/** The groups that have a kind: the fixed ones in their order, then those of custom resources. */
export function groupsIn(node: FolderNode, scene: Scene): KubernetesNode[] {
  const current = scene.discovery.current(node.context);
  const kinds = current && lastValue(current);
  if (kinds === undefined) {
    return current?.state === 'failed' ? [failureNode(node.id, current.failure, node.context)] : [loadingNode(node)];
  }
  const found = new Set(shownKinds(kinds).map(groupOf));
  const custom = [...found].filter((group) => !(groups as readonly string[]).includes(group)).sort();
  return [...groups.filter((group) => found.has(group)), ...custom].map((group): GroupNode => ({
    kind: 'group',
    id: `${node.id}|${group}`,
    context: node.context,
    group,
  }));
}

export const groupType: NodeType<GroupNode> = {
  describe: describe.describeGroup,
  children: (node, scene) => {
    const kinds = lastValue(scene.discovery.current(node.context) ?? { state: 'loading' }) ?? [];
    const nodes = shownKinds(kinds)
      .filter((api) => groupOf(api) === node.group)
      .sort((a, b) => (a.kind < b.kind ? -1 : a.kind > b.kind ? 1 : 0))
      .map((api): KindNode => {
        const { group, version, resource, kind, namespaced, watchable } = api;
        const id = `${node.id}|kind:${resourceName(api)}`;
        return {
          kind: 'kind',
          id,
          context: node.context,
          api: { group, version, resource, kind, namespaced, watchable },
        };
      });
    return favouritesFirst(nodes, scene);
  },
};

export const kindType: NodeType<KindNode> = {
  needs: ({ context, api }, scene) => objectQueries(context, api, scene),
  children: (node, scene) => {
    const queries = objectQueries(node.context, node.api, scene);
    const rows = queries.flatMap((query) => [...scene.looks.rows(query).values()]);
    const shown = rows.filter((row) => scene.filter.matches(row)).sort(byNamespace);
    if (shown.length === 0) {
      const remedy = { id: 'gantry.kubernetes.applyFile', args: [] };
      const text = t('No {0}: apply a manifest…', node.api.resource);
      return [emptiness(node, queries, scene, { text, remedy })];
    }
    const nodes = shown.map((row) => objectNode(node, row));
    return scene.page(node, favouritesFirst(nodes, scene), (each) => each);
  },
  describe: (node, scene) => describe.describeKind(node, isMarked(node, scene)),
};

const byNamespace = (a: ObjectRow, b: ObjectRow): number =>
  a.namespace === b.namespace ? compare(a.name, b.name) : compare(a.namespace, b.namespace);

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

const objectNode = (node: KindNode, { namespace, name }: ObjectRow): ObjectNode => ({
  kind: 'object',
  id: `${node.id}|${namespace}/${name}`,
  context: node.context,
  api: node.api,
  namespace,
  name,
});

export const objectType: NodeType<ObjectNode> = {
  // One look among the folder's, or its own where it stands among the favourites.
  reads: (node, scene) => [...objectQueries(node.context, node.api, scene), objectQuery(node)],
  key: keyOf,
  describe: (node, scene) => {
    const row = objectType.reads!(node, scene)
      .map((query) => scene.looks.rows(query).get(keyOf(node)) as ObjectRow | undefined)
      .find((each) => each !== undefined);
    const several = node.api.namespaced && scene.preferences.namespaces(node.context).length !== 1;
    return describe.describeObject(node, row, {
      now: scene.now(node.context),
      favourite: isMarked(node, scene),
      showNamespace: several,
    });
  },
};

/** A namespace's objects of the kind: what a favourite that stands alone is read from. */
export const objectQuery = ({ context, api, namespace }: ObjectNode): ReturnType<typeof objectsOf> =>
  objectsOf(context, api, api.namespaced ? namespace : undefined);
