/** A view's tree whose rows also say, in their context value, what can be done to them: `can:scale`, `can:delete` … */
import { type Disposable, DisposableStore } from '../../core/disposable.ts';
import { Emitter } from '../../core/emitter.ts';
import type { NodeDescription } from '../../core/node.ts';
import type { TreeSource } from '../../core/tree.ts';
import { type ApiResource, type ObjectRef, known, objectOf } from '../apiResource.ts';
import type { KubernetesNode } from '../nodes.ts';
import type { Access, Rights } from './access.ts';
import type { Need, PartRow } from './action.ts';
import { actionsOn } from './registry.ts';

type Tree = TreeSource<KubernetesNode>;

/** Rows remembered for the day their rights become known. */
const mostRemembered = 20_000;

export function offerActions(tree: Tree, access: Pick<Access, 'rights' | 'onDidChange'>): Tree & Disposable {
  const store = new DisposableStore();
  const changed = store.add(new Emitter<readonly KubernetesNode[] | undefined>());
  const drawn = new Map<string, { readonly node: KubernetesNode; tags: string }>();
  store.add(tree.onDidChange((nodes) => changed.fire(nodes)));
  store.add(
    access.onDidChange(({ context, namespace }) => {
      const concerned = [...drawn.values()].filter(({ node, tags }) => {
        const ref = rowSubject(node)?.ref;
        return ref?.context === context && ref.namespace === namespace && tagsOf(node, access) !== tags;
      });
      if (concerned.length > 0) changed.fire(concerned.map(({ node }) => node));
    }),
  );
  const describe = (node: KubernetesNode): NodeDescription => {
    const description = tree.describe(node);
    const tags = tagsOf(node, access);
    if (tags === '') return description;
    if (drawn.size > mostRemembered) drawn.clear();
    drawn.set(node.id, { node, tags });
    return { ...description, contextValue: `${description.contextValue ?? ''};${tags}` };
  };
  return {
    describe,
    children: (node) => tree.children(node),
    ...(tree.parent === undefined ? {} : { parent: (node: KubernetesNode) => tree.parent?.(node) }),
    onDidChange: changed.event,
    setVisible: (visible) => tree.setVisible(visible),
    setExpanded: (node, expanded) => tree.setExpanded?.(node, expanded),
    dispose: () => store.dispose(),
  };
}

/** The object that a row is about, and which part of it the row is. */
interface RowSubject {
  readonly ref: ObjectRef;
  readonly part: PartRow | undefined;
}

/** Undefined for rows that nothing can be done to. */
function rowSubject(node: KubernetesNode): RowSubject | undefined {
  const ref = objectOf(node);
  if (ref !== undefined) return { ref, part: undefined };
  const place = (api: ApiResource, { context, namespace }: Place, name: string): ObjectRef => ({
    ...api,
    context,
    namespace,
    name,
  });
  switch (node.kind) {
    case 'container':
      return { ref: place(known.pods, node, node.pod), part: 'container' };
    case 'port':
      return { ref: place(known.services, node, node.service), part: 'port' };
    case 'workload':
      return { ref: place(known.pods, node, ''), part: 'workload' };
    default:
      return undefined;
  }
}

interface Place {
  readonly context: string;
  readonly namespace: string;
}

/** An action on rows of a kind, and the right that it needs. */
interface Offer {
  readonly tag: string;
  readonly need: Need;
  /** Whether the right is one on the row's object: one on pods, of a workload's row, may be for some of its pods. */
  readonly isAboutRow: boolean;
}

/** Actions by kind of row, and tags by kind of row where names do not matter: a view draws thousands of rows of a kind. */
const offers = new Map<string, readonly Offer[]>();
const tagsByKind = new WeakMap<Rights, Map<string, string>>();

const kindOf = ({ ref, part }: RowSubject): string => `${ref.kind} ${ref.resource} ${ref.group} ${part ?? ''}`;

/** The tags of a row: one for each action that applies to it and is not denied. */
function tagsOf(node: KubernetesNode, access: Pick<Access, 'rights'>): string {
  const subject = rowSubject(node);
  if (subject === undefined) return '';
  const { context, namespace } = subject.ref;
  const rights = access.rights(context, namespace);
  if (rights.namesMatter) return tagsBy(rights, subject);
  const known = remembered(tagsByKind, rights, () => new Map<string, string>());
  return remembered(known, kindOf(subject), () => tagsBy(rights, subject));
}

function tagsBy(rights: Rights, subject: RowSubject): string {
  const { name } = subject.ref;
  return remembered(offers, kindOf(subject), () => offersOn(subject))
    .filter(({ need, isAboutRow }) => rights.verdict(need, isAboutRow && name !== '' ? name : undefined) !== 'denied')
    .map(({ tag }) => tag)
    .join(';');
}

const offersOn = ({ ref, part }: RowSubject): Offer[] =>
  actionsOn(ref)
    .filter(({ rows }) => part === undefined || rows?.includes(part))
    .map(({ id, needs }) => {
      const need = needs(ref);
      return { tag: `can:${id}`, need, isAboutRow: need.resource.split('/', 1)[0] === ref.resource };
    });

/** What is kept under a key, made when it is asked for first. */
function remembered<K, V>(
  kept: { get(key: K): V | undefined; set(key: K, value: V): unknown },
  key: K,
  make: () => V,
): V {
  let value = kept.get(key);
  if (value === undefined) kept.set(key, (value = make()));
  return value;
}
