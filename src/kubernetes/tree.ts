/**
 * The Pods and the Services view. Both start at contexts and namespaces; below a namespace one shows workloads and
 * their pods, the other services and what is behind them. A server is asked only for folders that are open.
 */
import type { Clock } from '../core/backoff.ts';
import type { Disposable } from '../core/disposable.ts';
import { DisposableStore } from '../core/disposable.ts';
import { Emitter } from '../core/emitter.ts';
import { type Failure, messageOf } from '../core/failure.ts';
import { t } from '../core/l10n.ts';
import type { Log } from '../core/log.ts';
import type { NodeDescription } from '../core/node.ts';
import type { TreeSource } from '../core/tree.ts';
import type { Contexts } from './contexts.ts';
import * as describe from './describe.ts';
import { type Filter, noFilter } from './filter.ts';
import type { KindName, RowTypes } from './kinds.ts';
import type { LocalClusters } from './localClusters.ts';
import type {
  ContextNode,
  KubernetesNode,
  LocalClusterNode,
  MessageNode,
  MoreNode,
  NamespaceNode,
  PodNode,
  ServiceNode,
  WorkloadNode,
} from './nodes.ts';
import type { WatchState } from './reflector.ts';
import { type PodRow, type ServiceRow, keyOf, selects } from './rows.ts';
import type { Change, Look, Query, Store } from './store.ts';
import { byName, groupByWorkload } from './workloads.ts';

export interface TreeDeps {
  readonly contexts: Pick<Contexts, 'loaded' | 'onDidLoad' | 'configs' | 'get' | 'isLocal'>;
  readonly store: Store;
  readonly local: LocalClusters;
  readonly clock: Clock;
  readonly log: Log;
}

/** Rows of a folder that are shown before "Show more": VS Code's tree slows down with the rows it holds. */
const pageSize = 500;

/** A look that an open folder needs. Once closed, its last rows stay readable for rows still on screen. */
interface Held {
  readonly query: Query;
  readonly look: Look<RowTypes[KindName]>;
  readonly listening: Disposable;
  open: boolean;
}

/** What the view was told of a node. */
interface Shown {
  readonly node: KubernetesNode;
  readonly parent: KubernetesNode | undefined;
  /** Its row as last described. */
  row: string;
  /** Ids of its children; undefined until they were asked for. */
  children: readonly string[] | undefined;
  collapsed: boolean;
}

export class KubernetesTree implements TreeSource<KubernetesNode>, Disposable {
  readonly #view: 'pods' | 'services';
  readonly #deps: TreeDeps;
  readonly #disposables = new DisposableStore();
  readonly #changed: Emitter<readonly KubernetesNode[] | undefined>;
  readonly #shown = new Map<string, Shown>();
  readonly #held = new Map<string, Held>();
  readonly #limits = new Map<string, number>();
  #rootIds: readonly string[] = [];
  #filter = noFilter;
  /** Nobody asks for rows before the view is seen, so it counts as seen until it says otherwise. */
  #visible = true;

  constructor(view: 'pods' | 'services', deps: TreeDeps) {
    this.#view = view;
    this.#deps = deps;
    this.#changed = new Emitter((error) => deps.log.error('a listener of the tree failed', error));
    this.#disposables.add(this.#changed);
    this.#disposables.add(deps.contexts.onDidLoad(() => this.#changed.fire(undefined)));
    this.#disposables.add(deps.local.onDidChange(() => this.#fireKnown('localCluster')));
  }

  get onDidChange(): TreeSource<KubernetesNode>['onDidChange'] {
    return this.#changed.event;
  }

  /** Shows only what matches from now on: pods in the Pods view, services in the Services view. */
  setFilter(filter: Filter): void {
    this.#filter = filter;
    this.#changed.fire(undefined);
  }

  showMore({ folder }: MoreNode): void {
    this.#limits.set(folder.id, this.#limit(folder.id) + pageSize);
    this.#changed.fire([folder]);
  }

  async children(node: KubernetesNode | undefined): Promise<readonly KubernetesNode[]> {
    try {
      if (node === undefined) {
        await this.#deps.contexts.loaded();
        const roots = this.#remember(undefined, this.#roots());
        this.#openLooks();
        return roots;
      }
      const shown = this.#shown.get(node.id);
      if (shown !== undefined) shown.children ??= [];
      this.#openLooks();
      for (const query of this.#needs(node)) await this.#heldLook(query)?.settled;
      return this.#remember(node, this.#childrenOf(node));
    } catch (error) {
      this.#deps.log.error('the tree could not be made', error);
      return [failureNode(node?.id ?? 'roots', messageOf(error))];
    }
  }

  parent(node: KubernetesNode): KubernetesNode | undefined {
    return this.#shown.get(node.id)?.parent;
  }

  setVisible(visible: boolean): void {
    if (this.#visible === visible) return;
    this.#visible = visible;
    const opened = this.#openLooks();
    if (opened.length > 0) this.#changed.fire(undefined);
  }

  setExpanded(node: KubernetesNode, expanded: boolean): void {
    const shown = this.#shown.get(node.id);
    if (shown === undefined) return;
    shown.collapsed = !expanded;
    const opened = this.#openLooks();
    if (opened.length > 0) this.#changed.fire([node]);
    else this.#fireKnown(`context|${contextOf(node)}`);
  }

  dispose(): void {
    this.#disposables.dispose();
    for (const held of this.#held.values()) close(held);
    this.#held.clear();
  }

  describe(node: KubernetesNode): NodeDescription {
    const description = this.#describe(node);
    const shown = this.#shown.get(node.id);
    if (shown !== undefined) shown.row = rowText(description);
    return description;
  }

  #describe(node: KubernetesNode): NodeDescription {
    const now = this.#deps.clock.now();
    switch (node.kind) {
      case 'context': {
        const context = this.#deps.contexts.get(node.context);
        const local = context !== undefined && this.#deps.contexts.isLocal(context);
        return describe.describeContext(node, context, this.#contextState(node.context), local);
      }
      case 'localCluster':
        return describe.describeLocalCluster(node, this.#deps.local.current());
      case 'namespace':
        return describe.describeNamespace(node, this.#row('namespaces', node.context, undefined, `/${node.name}`));
      case 'workload':
        return describe.describeWorkload(node, this.#workloadPods(node));
      case 'pod':
        return describe.describePod(node, this.#row('pods', node.context, node.namespace, keyOf(node)), now);
      case 'container': {
        const pod = this.#row('pods', node.context, node.namespace, `${node.namespace}/${node.pod}`);
        return describe.describeContainer(
          node,
          pod?.containers.find(({ name }) => name === node.name),
        );
      }
      case 'service':
        return describe.describeService(node, this.#row('services', node.context, node.namespace, keyOf(node)), now);
      case 'port':
        return describe.describePort(node);
      case 'message':
        return describe.describeMessage(node);
      case 'more':
        return describe.describeMore(node);
    }
  }

  // What is in each folder.

  #roots(): KubernetesNode[] {
    const { contexts, local } = this.#deps;
    const configs = contexts.configs();
    const nodes = configs.contexts.map(({ id, name }): ContextNode => ({
      kind: 'context',
      id: `context|${id}`,
      context: id,
      name,
    }));
    const isLocal = ({ context }: ContextNode): boolean => contexts.isLocal(contexts.get(context)!);
    const localRoot: (ContextNode | LocalClusterNode)[] = nodes.filter(isLocal);
    if (localRoot.length === 0 || local.current().phase !== 'running') {
      localRoot.splice(0, localRoot.length, { kind: 'localCluster', id: 'localCluster' });
    }
    const failures = configs.failures.map(({ message }, index) => failureNode(`kubeconfig|${index}`, message));
    return [...localRoot, ...nodes.filter((node) => !isLocal(node)), ...failures];
  }

  #childrenOf(node: KubernetesNode): KubernetesNode[] {
    switch (node.kind) {
      case 'context':
        return this.#namespaces(node);
      case 'namespace':
        return this.#view === 'pods' ? this.#workloads(node) : this.#services(node);
      case 'workload':
        return this.#page(node, this.#filtered(this.#workloadPods(node)), (pod) => podNode(node, pod));
      case 'pod':
        return this.#containers(node);
      case 'service':
        return this.#behindService(node);
      default:
        return [];
    }
  }

  #namespaces(node: ContextNode): KubernetesNode[] {
    const query: Query = { context: node.context, kind: 'namespaces' };
    const rows = [...this.#rows(query)].sort(byName);
    const folder = ({ name }: { readonly name: string }): NamespaceNode => ({
      kind: 'namespace',
      id: `${node.id}|namespace:${name}`,
      context: node.context,
      name,
    });
    if (rows.length > 0) return this.#page(node, rows, folder);
    const failure = this.#failure(query);
    if (failure?.kind !== 'forbidden') return [this.#emptiness(node, query, t('No namespaces'), '')];
    const name = this.#deps.contexts.get(node.context)?.namespace ?? 'default';
    return [
      folder({ name }),
      {
        kind: 'message',
        id: `${node.id}|forbidden`,
        text: t('You may not list namespaces; this is the one of the context.'),
        icon: { name: 'lock' },
        detail: failure.message,
      },
    ];
  }

  #workloads(node: NamespaceNode): KubernetesNode[] {
    const query = podsOf(node.context, node.name);
    const { workloads, orphans } = groupByWorkload(this.#filtered(this.#rows(query)));
    const nodes = [
      ...workloads.map(({ kind, name }): WorkloadNode => ({
        kind: 'workload',
        id: `${node.id}|${kind}:${name}`,
        context: node.context,
        namespace: node.name,
        workload: kind,
        name,
      })),
      ...orphans.map((pod) => podNode(node, pod)),
    ];
    if (nodes.length > 0) return this.#page(node, nodes, (each) => each);
    if (this.#hidesSome(query)) return [this.#nothingMatches(node)];
    return [this.#emptiness(node, query, t('No pods'), t('Apply a manifest: kubectl apply -n {0} -f FILE', node.name))];
  }

  #services(node: NamespaceNode): KubernetesNode[] {
    const query = servicesOf(node.context, node.name);
    const rows = this.#filtered(this.#rows(query)).sort(byName);
    if (rows.length === 0) {
      if (this.#hidesSome(query)) return [this.#nothingMatches(node)];
      return [
        this.#emptiness(
          node,
          query,
          t('No services'),
          t('Expose a deployment: kubectl expose -n {0} deployment NAME --port PORT', node.name),
        ),
      ];
    }
    return this.#page(node, rows, ({ name, namespace }): ServiceNode => ({
      kind: 'service',
      id: `${node.id}|service:${name}`,
      context: node.context,
      namespace,
      name,
    }));
  }

  #behindService(node: ServiceNode): KubernetesNode[] {
    const service = this.#row('services', node.context, node.namespace, keyOf(node));
    if (service === undefined) return [];
    const ports = service.ports.map(({ name, text }): KubernetesNode => ({
      kind: 'port',
      id: `${node.id}|port:${text} ${name}`,
      context: node.context,
      namespace: node.namespace,
      service: node.name,
      port: text,
      name,
    }));
    if (service.selector === undefined) {
      return [...ports, hint(node, t('No selector: its endpoints are set by hand'))];
    }
    const query = podsOf(node.context, node.namespace);
    const pods = [...this.#rows(query)].filter(({ labels }) => selects(service.selector, labels)).sort(byName);
    if (pods.length > 0) return [...ports, ...this.#page(node, pods, (pod) => podNode(node, pod))];
    const missing = t('No pod has the labels {0}', describe.selectorText(service));
    return [
      ...ports,
      this.#emptiness(node, query, missing, t('Compare the selector with the labels of the pods it should reach.')),
    ];
  }

  #containers(node: PodNode): KubernetesNode[] {
    const pod = this.#row('pods', node.context, node.namespace, keyOf(node));
    return (pod?.containers ?? []).map(({ name }) => ({
      kind: 'container',
      id: `${node.id}|container:${name}`,
      context: node.context,
      namespace: node.namespace,
      pod: node.name,
      name,
    }));
  }

  #filtered<R extends PodRow | ServiceRow>(rows: Iterable<R>): R[] {
    return [...rows].filter((row) => this.#filter.matches(row));
  }

  #hidesSome(query: Query): boolean {
    return this.#filter.text !== '' && (this.#heldLook(query)?.rows.size ?? 0) > 0;
  }

  /** Choosing it shows everything again. */
  #nothingMatches(folder: KubernetesNode): MessageNode {
    return {
      kind: 'message',
      id: `${folder.id}|filtered`,
      text: t('Nothing here matches the filter {0}', this.#filter.text),
      icon: { name: 'filter' },
      detail: t('Choose the row to clear the filter.'),
      command: { id: 'gantry.kubernetes.clearFilter', args: [] },
    };
  }

  /** The first rows of a folder and, when there are more, the row that shows them. */
  #page<T>(folder: KubernetesNode, rows: readonly T[], toNode: (row: T) => KubernetesNode): KubernetesNode[] {
    const limit = this.#limit(folder.id);
    const nodes = rows.slice(0, limit).map(toNode);
    if (rows.length <= limit) return nodes;
    return [
      ...nodes,
      { kind: 'more', id: `${folder.id}|more:${rows.length - limit}`, folder, hidden: rows.length - limit },
    ];
  }

  #limit(folder: string): number {
    return this.#limits.get(folder) ?? pageSize;
  }

  /** Why a folder is empty, and what can be done. */
  #emptiness(folder: KubernetesNode, query: Query, empty: string, next: string): MessageNode {
    const failure = this.#failure(query);
    if (failure !== undefined) return failureNode(folder.id, failure.message);
    if (this.#state(query)?.state === 'loading') {
      return { kind: 'message', id: `${folder.id}|loading`, text: t('Loading…'), icon: { name: 'loading~spin' } };
    }
    return hint(folder, next === '' ? empty : `${empty}. ${next}`);
  }

  // What the rows are.

  #heldLook(query: Query): Look<RowTypes[KindName]> | undefined {
    return this.#held.get(queryKey(query))?.look;
  }

  #rows<K extends KindName>(query: Query<K>): Iterable<RowTypes[K]> {
    return (this.#heldLook(query)?.rows.values() ?? []) as Iterable<RowTypes[K]>;
  }

  #row<K extends KindName>(
    kind: K,
    context: string,
    namespace: string | undefined,
    key: string,
  ): RowTypes[K] | undefined {
    return this.#heldLook({ kind, context, namespace })?.rows.get(key) as RowTypes[K] | undefined;
  }

  #state(query: Query): WatchState | undefined {
    return this.#heldLook(query)?.state();
  }

  #failure(query: Query): Failure | undefined {
    const state = this.#state(query);
    return state !== undefined && 'failure' in state ? state.failure : undefined;
  }

  #workloadPods(node: WorkloadNode): readonly PodRow[] {
    const owned = [...this.#rows(podsOf(node.context, node.namespace))].filter(
      ({ ownerKind, ownerName }) => ownerKind === node.workload && ownerName === node.name,
    );
    return owned.sort(byName);
  }

  /** The worst of what is watched there; that one kind is forbidden says nothing about the context. */
  #contextState(context: string): WatchState | undefined {
    const states = [...this.#held.values()]
      .filter(({ query, open }) => open && query.context === context)
      .map(({ look }) => look.state());
    const isLocalRefusal = (state: WatchState): boolean =>
      state.state === 'failed' && (state.failure.kind === 'forbidden' || state.failure.kind === 'notFound');
    const telling = states.filter((state) => !isLocalRefusal(state));
    return (['failed', 'stale', 'reconnecting', 'loading', 'live'] as const)
      .map((wanted) => (telling.length > 0 ? telling : states).find(({ state }) => state === wanted))
      .find((state) => state !== undefined);
  }

  // What is watched, and what the view is told.

  /** The rows a folder is made of. */
  #needs(node: KubernetesNode): Query[] {
    if (node.kind === 'context') return [{ context: node.context, kind: 'namespaces' }];
    if (node.kind === 'service') return [podsOf(node.context, node.namespace)];
    if (node.kind !== 'namespace') return [];
    return [this.#view === 'pods' ? podsOf(node.context, node.name) : servicesOf(node.context, node.name)];
  }

  /** Opens the looks of folders in sight and closes the others; returns the folders whose look was opened. */
  #openLooks(): KubernetesNode[] {
    const wanted = new Set<string>();
    const opened: KubernetesNode[] = [];
    for (const { node, children } of this.#shown.values()) {
      if (children === undefined || !this.#inSight(node)) continue;
      for (const query of this.#needs(node)) {
        const key = queryKey(query);
        wanted.add(key);
        if (this.#held.get(key)?.open) continue;
        this.#held.set(key, this.#hold(query));
        opened.push(node);
      }
    }
    for (const [key, held] of this.#held) if (!wanted.has(key)) close(held);
    return opened;
  }

  #inSight(node: KubernetesNode): boolean {
    if (!this.#visible) return false;
    for (
      let at: Shown | undefined = this.#shown.get(node.id);
      at !== undefined;
      at = at.parent && this.#shown.get(at.parent.id)
    ) {
      if (at.collapsed) return false;
    }
    return true;
  }

  #hold(query: Query): Held {
    const look = this.#deps.store.look(query);
    const listening = look.onDidChange((change) => this.#onRows(query, change));
    return { query, look, listening, open: true };
  }

  /** Keeps one object per id, for the view knows nodes by identity, and forgets what is gone. */
  #remember(parent: KubernetesNode | undefined, nodes: readonly KubernetesNode[]): KubernetesNode[] {
    const known = parent === undefined ? undefined : this.#shown.get(parent.id);
    const before = parent === undefined ? this.#rootIds : (known?.children ?? []);
    const result = nodes.map((node) => {
      const shown = this.#shown.get(node.id);
      if (shown !== undefined) return shown.node;
      this.#shown.set(node.id, { node, parent, row: '', children: undefined, collapsed: false });
      return node;
    });
    const ids = result.map(({ id }) => id);
    const kept = new Set(ids);
    for (const id of before) if (!kept.has(id)) this.#forget(id);
    if (known !== undefined) known.children = ids;
    else this.#rootIds = ids;
    return result;
  }

  #forget(id: string): void {
    for (const child of this.#shown.get(id)?.children ?? []) this.#forget(child);
    this.#shown.delete(id);
    this.#limits.delete(id);
  }

  /** Tells the view which rows to draw again: those that show something else or hold other rows. */
  #onRows(query: Query, { keys }: Change): void {
    const changed = new Set<string>();
    for (const [id, shown] of this.#shown) {
      if (this.#isConcerned(shown.node, query, keys) && this.#looksDifferent(shown)) changed.add(id);
    }
    const topmost = [...changed].filter((id) => !this.#hasAncestorIn(id, changed));
    if (topmost.length > 0) this.#changed.fire(topmost.map((id) => this.#shown.get(id)!.node));
  }

  #isConcerned(node: KubernetesNode, { context, namespace }: Query, keys: ReadonlySet<string>): boolean {
    switch (node.kind) {
      case 'context':
        return node.context === context;
      case 'namespace':
        return node.context === context && (node.name === namespace || keys.has(`/${node.name}`));
      case 'workload':
        return node.context === context && node.namespace === namespace && keys.size > 0;
      case 'service':
        return node.context === context && node.namespace === namespace;
      case 'pod':
        return node.context === context && node.namespace === namespace && keys.has(keyOf(node));
      case 'container':
        return node.context === context && keys.has(`${node.namespace}/${node.pod}`);
      default:
        return false;
    }
  }

  #looksDifferent({ node, row, children }: Shown): boolean {
    if (rowText(this.#describe(node)) !== row) return true;
    if (children === undefined) return false;
    const now = this.#childrenOf(node);
    return now.length !== children.length || now.some(({ id }, index) => id !== children[index]);
  }

  #hasAncestorIn(id: string, ids: ReadonlySet<string>): boolean {
    for (let parent = this.#shown.get(id)?.parent; parent !== undefined; parent = this.#shown.get(parent.id)?.parent) {
      if (ids.has(parent.id)) return true;
    }
    return false;
  }

  /** Has the node's row drawn again, when it is on screen and looks different. */
  #fireKnown(id: string): void {
    const shown = this.#shown.get(id);
    if (shown !== undefined && rowText(this.#describe(shown.node)) !== shown.row) this.#changed.fire([shown.node]);
  }
}

const contextOf = (node: KubernetesNode): string => ('context' in node ? node.context : '');

const podsOf = (context: string, namespace: string): Query<'pods'> => ({ context, kind: 'pods', namespace });
const servicesOf = (context: string, namespace: string): Query<'services'> => ({
  context,
  kind: 'services',
  namespace,
});
const queryKey = ({ context, kind, namespace = '' }: Query): string => JSON.stringify([context, kind, namespace]);

function close(held: Held): void {
  if (!held.open) return;
  held.open = false;
  held.listening.dispose();
  held.look.dispose();
}

const podNode = (folder: NamespaceNode | WorkloadNode | ServiceNode, { name, namespace }: PodRow): PodNode => ({
  kind: 'pod',
  id: `${folder.id}|pod:${name}`,
  context: folder.context,
  namespace,
  name,
});

const hint = (folder: KubernetesNode, text: string): MessageNode => ({
  kind: 'message',
  id: `${folder.id}|${text}`,
  text,
  icon: { name: 'info' },
});

/** A failure where its rows would be. Choosing it tries again. */
const failureNode = (folder: string, message: string): MessageNode => ({
  kind: 'message',
  id: `${folder}|${message}`,
  text: message,
  icon: { name: 'warning', color: 'list.warningForeground' },
  detail: `${message}\n\n${t('Choose the row to try again.')}`,
  command: { id: 'gantry.kubernetes.refresh', args: [] },
});

/** What of a description is on screen; tooltips are made when they are looked at. */
const rowText = (row: NodeDescription): string => JSON.stringify({ ...row, tooltip: undefined });
