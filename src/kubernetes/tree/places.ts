/** The nodes of contexts and namespaces: who wants to show one need not know how it is drawn. */
import type { ContextNode, NamespaceNode } from '../nodes.ts';

export const contextNode = (id: string, name: string): ContextNode => ({
  kind: 'context',
  id: `context|${id}`,
  context: id,
  name,
});

export const namespaceNode =
  ({ id, context }: ContextNode) =>
  (name: string): NamespaceNode => ({ kind: 'namespace', id: `${id}|namespace:${name}`, context, name });
