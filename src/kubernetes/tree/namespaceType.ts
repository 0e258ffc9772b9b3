/** A namespace: its workloads in the Pods view, its services in the other. */
import { describeNamespace } from '../describe.ts';
import type { NamespaceNode } from '../nodes.ts';
import { isMarked } from './favourites.ts';
import { workloadsIn } from './podTypes.ts';
import { namespacesOf, podsOf, servicesOf, workloadsOf } from './queries.ts';
import { servicesIn } from './serviceTypes.ts';
import type { NodeType } from './types.ts';

export const namespaceType: NodeType<NamespaceNode> = {
  needs: ({ context, name }, { view }) => [view === 'pods' ? podsOf(context, name) : servicesOf(context, name)],
  extras: ({ context, name }, { view }) => (view === 'pods' ? workloadsOf(context, name) : []),
  reads: ({ context }) => [namespacesOf(context)],
  key: ({ name }) => `/${name}`,
  children: (node, scene) => (scene.view === 'pods' ? workloadsIn(node, scene) : servicesIn(node, scene)),
  describe: (node, scene) => {
    const { looks } = scene;
    const row = looks.rows(namespacesOf(node.context)).get(`/${node.name}`);
    const missing = row === undefined && looks.state(namespacesOf(node.context))?.state === 'live';
    return describeNamespace(node, missing ? 'missing' : row, isMarked(node, scene));
  },
};
