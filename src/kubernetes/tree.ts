/**
 * The Pods and the Services view. Both start at contexts and namespaces; below a namespace one shows workloads and
 * their pods, the other services and what is behind them. What each row shows and holds is in `tree/`; here is what is
 * watched for it and what the view is told. A server is asked only for folders that are open.
 */
import type { Clock } from '../core/backoff.ts';
import type { Disposable } from '../core/disposable.ts';
import { DisposableStore } from '../core/disposable.ts';
import { Emitter } from '../core/emitter.ts';
import { t } from '../core/l10n.ts';
import type { Log } from '../core/log.ts';
import type { NodeDescription } from '../core/node.ts';
import type { TreeSource } from '../core/tree.ts';
import type { Contexts } from './contexts.ts';
import { stateText } from './describeContext.ts';
import type { Discovery } from './discovery.ts';
import { noFilter, type Filter } from './filter.ts';
import type { Releases } from './helm/releases.ts';
import type { Forwards } from './forward/forwards.ts';
import type { LocalClusters } from './localClusters.ts';
import type { KubernetesNode, MoreNode } from './nodes.ts';
import { Pacer } from './pacer.ts';
import type { Preferences } from './preferences.ts';
import { type Query, type Store, queryKey } from './store.ts';
import { localClusterId, roots } from './tree/contextTypes.ts';
import { contextNode } from './tree/places.ts';
import { Looks, type QueryChange, isTrusted } from './tree/looks.ts';
import { failureNode } from './tree/messages.ts';
import { typeOf } from './tree/nodeTypes.ts';
import { releaseRow } from './tree/releaseTypes.ts';
import type { Scene, View } from './tree/types.ts';

export interface TreeDeps {
  readonly contexts: Pick<Contexts, 'loaded' | 'onDidLoad' | 'configs' | 'get' | 'local'>;
  readonly store: Store;
  readonly discovery: Pick<Discovery, 'current' | 'want' | 'expect' | 'onDidChange'>;
  readonly releases: Pick<Releases, 'current' | 'want' | 'onDidChange'>;
  readonly preferences: Preferences;
  readonly local: LocalClusters;
  readonly forwards: Pick<Forwards, 'states' | 'onDidChange'>;
  readonly clock: Clock;
  readonly log: Log;
}

/** Rows of a folder that are shown before "Show more": VS Code's tree slows down with the rows it holds. */
const pageSize = 500;

/** What the view was told of a node. */
interface Shown {
  readonly node: KubernetesNode;
  readonly parent: KubernetesNode | undefined;
  /** Key of the one row that it stands for. */
  readonly own: string | undefined;
  /** Its row as last described. */
  row: string;
  /** Ids of its children; undefined until they were asked for. */
  children: readonly string[] | undefined;
  collapsed: boolean;
}

/** A change with the key of its query. */
interface KeyedChange extends QueryChange {
  readonly key: string;
}

const noKeys: ReadonlySet<string> = new Set();
const keysOf = (queries: readonly Query[]): ReadonlySet<string> => new Set(queries.map(queryKey));

export class KubernetesTree implements TreeSource<KubernetesNode>, Disposable {
  readonly #view: View;
  readonly #deps: TreeDeps;
  readonly #disposables = new DisposableStore();
  readonly #changed: Emitter<readonly KubernetesNode[] | undefined>;
  readonly #shown = new Map<string, Shown>();
  readonly #looks: Looks;
  readonly #pacer = new Pacer();
  readonly #limits = new Map<string, number>();
  #rootIds: readonly string[] = [];
  #filter = noFilter;
  /** Nobody asks for rows before the view is seen, so it counts as seen until it says otherwise. */
  #visible = true;
  /** What was announced in this beat. */
  readonly #changes: KeyedChange[] = [];
  /** A beat is being gone through: what is announced meanwhile is the next one's. */
  #isBeating = false;

  constructor(view: View, deps: TreeDeps) {
    this.#view = view;
    this.#deps = deps;
    this.#changed = new Emitter((error) => deps.log.error('a listener of the tree failed', error));
    this.#looks = this.#disposables.add(new Looks(deps.store, (change) => this.#onRows(change)));
    this.#disposables.add(this.#changed);
    this.#disposables.add(deps.contexts.onDidLoad(() => this.#changed.fire(undefined)));
    this.#disposables.add(deps.preferences.onDidChange((context) => this.#fireAgain(`context|${context}`)));
    this.#disposables.add(deps.discovery.onDidChange((context) => this.#fireAgain(`context|${context}|resources`)));
    this.#disposables.add(deps.releases.onDidChange((context) => this.#redraw(`context|${context}|releases`)));
    this.#disposables.add(deps.local.onDidChange(() => this.#onLocalClusters()));
    if (view === 'pods') this.#disposables.add(deps.forwards.onDidChange(() => this.#onForwards()));
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
      // VS Code asks for several folders in one turn, and then for each row of each.
      await this.#pacer.pause();
      if (node === undefined) {
        await this.#deps.contexts.loaded();
        const nodes = this.#remember(undefined, roots(this.#scene()));
        this.#openLooks();
        return nodes;
      }
      const shown = this.#shown.get(node.id);
      if (shown !== undefined) shown.children ??= [];
      await this.#ready(node);
      const nodes = this.#remember(node, this.#childrenOf(node));
      this.#wantReleases(nodes);
      return nodes;
    } catch (error) {
      this.#deps.log.error('the tree could not be made', error);
      return [failureNode(node?.id ?? 'roots', error)];
    }
  }

  parent(node: KubernetesNode): KubernetesNode | undefined {
    const shown = this.#shown.get(node.id);
    // One that is to be revealed may stand in a folder that was never opened.
    if (shown !== undefined || node.kind !== 'namespace') return shown?.parent;
    return contextNode(node.context, this.#deps.contexts.get(node.context)?.name ?? node.context);
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
    else if ('context' in node) this.#fireKnown(`context|${node.context}`);
  }

  dispose(): void {
    this.#disposables.dispose();
  }

  describe(node: KubernetesNode): NodeDescription {
    const description = this.#describe(node);
    const shown = this.#shown.get(node.id);
    if (shown === undefined) return description;
    shown.row = rowText(description);
    return { ...description, children: foldOf(shown, description) };
  }

  #describe(node: KubernetesNode): NodeDescription {
    const scene = this.#scene();
    const type = typeOf(node);
    const description = type.describe(node, scene);
    const [read] = type.reads?.(node, scene) ?? [];
    if (read === undefined || isTrusted(this.#looks.state(read))) return description;
    // What is known of a server that is lost may be wrong by now.
    const icon = description.icon && { name: description.icon.name };
    const spoken = t('{0}, not live: {1}', description.spoken, stateText(this.#looks.state(read)));
    return { ...description, ...(icon === undefined ? {} : { icon }), spoken, dimmed: true };
  }

  #scene(): Scene {
    const { contexts, discovery, releases, preferences, local, forwards, store } = this.#deps;
    return {
      view: this.#view,
      looks: this.#looks,
      contexts,
      discovery,
      releases,
      preferences,
      local,
      forwards,
      filter: this.#filter,
      now: (context) => store.now(context),
      page: (folder, rows, toNode) => this.#page(folder, rows, toNode),
    };
  }

  #childrenOf(node: KubernetesNode): KubernetesNode[] {
    return typeOf(node).children?.(node, this.#scene()) ?? [];
  }

  #page<T>(folder: KubernetesNode, rows: readonly T[], toNode: (row: T) => KubernetesNode): KubernetesNode[] {
    const limit = this.#limit(folder.id);
    const nodes = rows.slice(0, limit).map(toNode);
    const hidden = rows.length - limit;
    return hidden > 0 ? [...nodes, { kind: 'more', id: `${folder.id}|more:${hidden}`, folder, hidden }] : nodes;
  }

  #limit(folder: string): number {
    return this.#limits.get(folder) ?? pageSize;
  }

  // What is watched.

  /** Resolves when the folder can be shown. What it needs may turn out to be something else when rows are refused. */
  async #ready(node: KubernetesNode): Promise<void> {
    if (node.kind === 'folder' && node.folder === 'resources') await this.#deps.discovery.want(node.context);
    const waited = new Set<string>();
    for (;;) {
      this.#openLooks();
      const next = this.#needs(node).find((query) => !waited.has(queryKey(query)));
      if (next === undefined) return;
      waited.add(queryKey(next));
      await this.#looks.settled(next);
    }
  }

  #needs(node: KubernetesNode): readonly Query[] {
    return typeOf(node).needs?.(node, this.#scene()) ?? [];
  }

  /** The rows a folder is made of. */
  #folderQueries(node: KubernetesNode): Query[] {
    return [...this.#needs(node), ...(typeOf(node).extras?.(node, this.#scene()) ?? [])];
  }

  /** Opens the looks of folders in sight and closes the others; returns the folders whose look was opened. */
  #openLooks(): KubernetesNode[] {
    const wanted = new Set<string>();
    const opened: KubernetesNode[] = [];
    for (const { node, children } of this.#shown.values()) {
      if (children === undefined || !this.#inSight(node)) continue;
      let any = false;
      for (const query of this.#folderQueries(node)) {
        wanted.add(queryKey(query));
        if (this.#looks.open(query)) any = true;
      }
      if (any) opened.push(node);
    }
    this.#looks.keepOnly(wanted);
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

  // What the view is told.

  /** Keeps one object per id, for the view knows nodes by identity, and forgets what is gone. */
  #remember(parent: KubernetesNode | undefined, nodes: readonly KubernetesNode[]): KubernetesNode[] {
    const known = parent === undefined ? undefined : this.#shown.get(parent.id);
    const before = parent === undefined ? this.#rootIds : (known?.children ?? []);
    const result = nodes.map((node) => {
      const shown = this.#shown.get(node.id);
      if (shown !== undefined) return shown.node;
      this.#shown.set(node.id, {
        node,
        parent,
        own: typeOf(node).key?.(node),
        row: '',
        children: undefined,
        collapsed: false,
      });
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

  /** Gathers what is announced in one beat, so that what is on screen is gone through once for all of it. */
  #onRows(change: QueryChange): void {
    this.#changes.push({ ...change, key: queryKey(change.query) });
    if (this.#isBeating) return;
    this.#isBeating = true;
    queueMicrotask(() => void this.#beat());
  }

  async #beat(): Promise<void> {
    try {
      while (this.#changes.length > 0) await this.#onBeat(this.#changes.splice(0));
    } catch (error) {
      this.#deps.log.error('the tree could not follow a change', error);
    } finally {
      this.#isBeating = false;
    }
  }

  /** Tells the view which rows to draw again: those that show something else or hold other rows. */
  async #onBeat(changes: readonly KeyedChange[]): Promise<void> {
    const different = new Set<string>();
    const keys = new Set(changes.flatMap((change) => [...change.keys]));
    const trust = changes.some((change) => change.trust);
    for (const [id, shown] of this.#shown) {
      // Most of thousands of rows are of objects that did not change, with nothing below them: quickly passed over.
      if (!trust && shown.children === undefined && shown.own !== undefined && !keys.has(shown.own)) continue;
      if (!changes.some(this.#concerning(shown))) continue;
      const turn = this.#pacer.pause();
      if (turn !== undefined) await turn;
      this.#wantReleases([shown.node]); // A new revision may have another chart.
      if (this.#looksDifferent(shown)) different.add(id);
    }
    await this.#pacer.pause(); // The view draws in this turn what it is told of.
    const topmost = [...different].filter((each) => !this.#hasAncestorIn(each, different));
    const nodes = topmost.flatMap((each) => this.#shown.get(each)?.node ?? []);
    if (nodes.length > 0) this.#changed.fire(nodes);
    for (const change of changes) this.#rediscover(change);
  }

  /** Tells of each change whether it concerns the node; what that takes is worked out once for all changes. */
  #concerning({ node, children, own }: Shown): (change: KeyedChange) => boolean {
    if (!('context' in node)) return () => false;
    const { context } = node;
    if (node.kind === 'context') return ({ query }) => query.context === context;
    const type = typeOf(node);
    const held = children === undefined ? noKeys : keysOf(this.#folderQueries(node));
    return ({ query, key, keys, trust }) => {
      if (query.context !== context) return false;
      if (held.has(key)) return true;
      if (!trust && (own === undefined ? keys.size === 0 : !keys.has(own))) return false;
      if (own !== undefined && children !== undefined && keys.has(own)) return true;
      return keysOf(type.reads?.(node, this.#scene()) ?? []).has(key);
    };
  }

  /** Custom resources that came or went bring or take kinds. */
  #rediscover({ query, keys }: QueryChange): void {
    if (query.resource?.resource !== 'customresourcedefinitions' || keys.size === 0) return;
    const definitions = [...this.#looks.rows(query).values()].map(({ name }) => name);
    void this.#deps.discovery.expect(query.context, new Set(definitions));
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

  /** Asks for what only the release itself tells: its chart and version. */
  #wantReleases(nodes: readonly KubernetesNode[]): void {
    const scene = this.#scene();
    for (const node of nodes) {
      const row = node.kind === 'release' ? releaseRow(node, scene) : undefined;
      if (row !== undefined && node.kind === 'release') this.#deps.releases.want(node.context, [row]);
    }
  }

  /** Has those rows of a folder drawn again that look different. */
  #redraw(folder: string): void {
    for (const id of this.#shown.get(folder)?.children ?? []) this.#fireKnown(id);
  }

  /** The folder comes with the first forward and goes with the last. */
  #onForwards(): void {
    const isShown = this.#shown.has('forwards');
    if (isShown && this.#deps.forwards.states().length > 0) this.#fireAgain('forwards');
    else this.#changed.fire(undefined);
  }

  #onLocalClusters(): void {
    for (const { name } of this.#deps.local.clusters()) this.#fireKnown(localClusterId(name));
  }

  /** Has the node's row drawn again, when it is on screen and looks different. */
  #fireKnown(id: string): void {
    const shown = this.#shown.get(id);
    if (shown !== undefined && rowText(this.#describe(shown.node)) !== shown.row) this.#changed.fire([shown.node]);
  }

  /** Has the node and what is below it drawn again. */
  #fireAgain(id: string): void {
    const shown = this.#shown.get(id);
    if (shown !== undefined) this.#changed.fire([shown.node]);
  }
}

/** What of a description is on screen; tooltips are made when they are looked at. */
const rowText = (row: NodeDescription): string => JSON.stringify({ ...row, tooltip: undefined });

/** VS Code forgets what is unfolded below a folded row when the row is drawn again, and asks us when it is unfolded. */
function foldOf({ children, collapsed }: Shown, described: NodeDescription): NodeDescription['children'] {
  if (described.children === 'none') return 'none';
  if (collapsed) return 'collapsed';
  return children === undefined ? described.children : 'expanded';
}
