/**
 * The Containers view: engines, their Compose projects and containers, and folders of what else they keep. A folder is
 * listed only while it is open and the view is in sight.
 */
import { Coalescer } from '../core/coalesce.ts';
import { type Disposable, DisposableStore } from '../core/disposable.ts';
import { Emitter, type Event } from '../core/emitter.ts';
import { type Clock, systemClock } from '../core/backoff.ts';
import { t } from '../core/l10n.ts';
import { type Loadable, lastValue } from '../core/loadable.ts';
import { type NodeDescription, messageNode } from '../core/node.ts';
import { printable } from '../core/printable.ts';
import type { TreeSource } from '../core/tree.ts';
import { ContainerParts, type PartDeps } from './containerParts.ts';
import { type ImagePartDeps, ImageParts, imageOf } from './imageParts.ts';
import type { Container } from './containers.ts';
import {
  describeContainer,
  describeEngine,
  describeGone,
  describeGroup,
  describeNoEngine,
  describeProbes,
  describeProject,
  failedNode,
} from './describe.ts';
import {
  describeCache,
  describeFolder,
  describeImage,
  describeNetwork,
  describeNothing,
  describeVolume,
} from './describeResources.ts';
import type { Engines, RunningEngine } from './engines.ts';
import type { Listing, Listings } from './listing.ts';
import type { ContainerNode, FolderNode, GroupNode, MessageNode, ProjectNode, ResourceNode } from './nodes.ts';
import { type Folder, folders } from './resources.ts';
import type { StoreChange } from './store.ts';

/** Milliseconds in which changes are gathered into one refresh of rows. */
const gathering = 100;

/** What the tree asks for below its rows. */
export type TreeParts = Pick<PartDeps, 'stats' | 'files'> &
  Pick<ImagePartDeps, 'client' | 'scanned'> & {
    /** Tells the engine. */
    readonly onDidScan: Event<string>;
    /** The label that containers are grouped by; empty for none. */
    readonly groupBy: () => string;
  };

export const composeLabel = 'com.docker.compose.project';

export class ContainerTree implements TreeSource<ContainerNode>, Disposable {
  readonly #engines: Engines;
  readonly #clock: Clock;
  readonly #own = new DisposableStore();
  #listening = new DisposableStore();
  readonly #changed = this.#own.add(new Emitter<readonly ContainerNode[] | undefined>());
  readonly #refreshes = this.#own.add(
    new Coalescer<ContainerNode | undefined>(gathering, (nodes) => this.#fire(nodes)),
  );
  /** One object for each row: the view knows rows by identity. */
  readonly #nodes = new Map<string, ContainerNode>();
  readonly #open = new Set<FolderNode>();
  readonly #parts: ContainerParts;
  readonly #imageParts: ImageParts;
  readonly #scanned: ImagePartDeps['scanned'];
  readonly #groupBy: () => string;
  #visible = false;

  constructor(engines: Engines, parts: TreeParts, clock: Clock = systemClock) {
    this.#engines = engines;
    this.#clock = clock;
    this.#parts = this.#own.add(
      new ContainerParts({
        ...parts,
        node: (node) => this.#node(node),
        changed: (nodes) => this.#changed.fire(nodes),
      }),
    );
    this.#scanned = parts.scanned;
    this.#groupBy = parts.groupBy;
    this.#imageParts = new ImageParts({ ...parts, node: (node) => this.#node(node) });
    this.#own.add(parts.onDidScan((engine) => this.#refreshes.add(this.#folder(engine, 'images'))));
    this.#own.add(engines.onDidChange(() => this.#listen()));
    this.#listen();
  }

  readonly onDidChange = this.#changed.event;

  setVisible(visible: boolean): void {
    this.#visible = visible;
    this.#engines.setVisible(visible);
    this.#parts.setVisible(visible);
    for (const folder of this.#open) this.#watch(folder);
  }

  setExpanded(node: ContainerNode, expanded: boolean): void {
    if (node.kind === 'container' && !expanded) this.#parts.setOpen(node, false);
    if (node.kind === 'file' && !expanded) void this.#parts.forget(node);
    if (node.kind !== 'folder') return;
    if (expanded) this.#open.add(node);
    else this.#open.delete(node);
    this.#watch(node);
  }

  async children(node: ContainerNode | undefined): Promise<readonly ContainerNode[]> {
    if (node === undefined) return this.#roots();
    if (node.kind === 'engine') return this.#ofEngine(node.engine);
    if (node.kind === 'folder') return this.#ofFolder(node);
    if (node.kind === 'file') return this.#parts.ofFolder(node);
    if (node.kind === 'resource' && node.folder === 'images') return this.#imageParts.ofImage(node);
    if (node.kind === 'container') {
      return this.#parts.ofContainer(node, this.#find(node.engine, node.id)?.state === 'running');
    }
    if (node.kind === 'project' || node.kind === 'group') {
      return this.#groupedIn(node).map(({ id }) => this.#container(node.engine, id));
    }
    return [];
  }

  parent(node: ContainerNode): ContainerNode | undefined {
    if (node.kind === 'engine' || node.engine === undefined) return undefined;
    if (node.kind === 'resource' || (node.kind === 'message' && node.folder !== undefined)) {
      return this.#folder(node.engine, node.folder!);
    }
    if (node.kind === 'layer' || node.kind === 'vulnerability' || node.kind === 'imageMessage') {
      return this.#node({ kind: 'resource', engine: node.engine, folder: 'images', key: node.key });
    }
    if (node.kind === 'usage' || node.kind === 'file' || node.kind === 'fileMessage') {
      return this.#container(node.engine, node.id);
    }
    const container = node.kind === 'container' ? this.#find(node.engine, node.id) : undefined;
    const group = container === undefined ? undefined : this.#groupOf(node.engine, container);
    return group ?? this.#engine(node.engine);
  }

  describe(node: ContainerNode): NodeDescription {
    if (node.kind === 'engine') {
      const engine = this.#engines.byAddress(node.engine);
      return engine === undefined ? describeGone(`engine ${node.engine}`, node.engine) : describeEngine(engine);
    }
    if (node.kind === 'project') return describeProject(node.engine, node.project, this.#groupedIn(node));
    if (node.kind === 'group') return describeGroup(node, this.#groupedIn(node));
    if (node.kind === 'container') {
      const container = this.#find(node.engine, node.id);
      if (container === undefined) return describeGone(`container ${node.engine} ${node.id}`, node.id.slice(0, 12));
      return describeContainer(node.engine, container, this.#state(node.engine)?.state === 'failed');
    }
    if (node.kind === 'folder') return describeFolder(node.engine, node.folder);
    if (node.kind === 'usage') return this.#parts.describeUsage(node);
    if (node.kind === 'file') return this.#parts.describeFile(node);
    if (node.kind === 'fileMessage') return this.#parts.describeFileMessage(node.engine, node.id, node.path);
    if (node.kind === 'layer') return this.#imageParts.describeLayer(node);
    if (node.kind === 'vulnerability') return this.#imageParts.describeVulnerability(node);
    if (node.kind === 'imageMessage') return this.#imageParts.describeMessage(node);
    if (node.kind === 'resource') return this.#describeResource(node);
    return this.#describeMessage(node);
  }

  /** Containers are grouped by another label from now on. */
  regroup(): void {
    this.#refreshes.add(undefined);
  }

  dispose(): void {
    this.#listening.dispose();
    this.#own.dispose();
  }

  async #roots(): Promise<readonly ContainerNode[]> {
    await this.#engines.found();
    const engines = this.#engines.all.map(({ address }) => this.#engine(address));
    if (engines.length === 0) return [this.#message('noEngine'), this.#message('advice')];
    return this.#engines.askedFailure === undefined ? engines : [this.#message('advice'), ...engines];
  }

  async #ofEngine(address: string): Promise<readonly ContainerNode[]> {
    await this.#engines.byAddress(address)?.store.known();
    const containers = this.#containers(address);
    const groups = [...new Set(containers.flatMap((one) => this.#groupOf(address, one) ?? []))];
    const alone = containers.filter((one) => this.#groupOf(address, one) === undefined);
    return [
      ...(this.#state(address)?.state === 'failed' ? [this.#message('unreachable', address)] : []),
      ...(containers.length === 0 && this.#state(address)?.state === 'ready'
        ? [this.#message('noContainers', address)]
        : []),
      ...groups.sort((a, b) => nameOf(a).localeCompare(nameOf(b))),
      ...alone.map(({ id }) => this.#container(address, id)),
      ...folders.filter((folder) => this.#has(address, folder)).map((folder) => this.#folder(address, folder)),
    ];
  }

  /** Podman's builds leave images, and no cache of their own. */
  #has(address: string, folder: Folder): boolean {
    return folder !== 'cache' || this.#engines.byAddress(address)?.runtime === 'docker';
  }

  /** The view asks for rows of open folders only, also for one that it remembers as open and never announces. */
  async #ofFolder(node: FolderNode): Promise<readonly ContainerNode[]> {
    const listing = this.#listing(node.engine, node.folder);
    if (listing === undefined) return [];
    this.setExpanded(node, true);
    await listing.known();
    const { engine, folder } = node;
    const state: Loadable<ReadonlyMap<string, unknown>> = listing.state;
    const rows = [...(lastValue(state)?.keys() ?? [])];
    return [
      ...(state.state === 'failed' ? [this.#message('unreachable', engine, folder)] : []),
      ...(state.state === 'ready' && rows.length === 0 ? [this.#message('nothing', engine, folder)] : []),
      ...rows.map((key) => this.#node({ kind: 'resource', engine, folder, key })),
    ];
  }

  #describeResource({ engine, folder, key }: ResourceNode): NodeDescription {
    const listings = this.#engines.byAddress(engine)?.listings;
    if (folder === 'images') {
      const image = rowOf(listings?.images, key);
      if (image !== undefined) {
        return describeImage(engine, image, this.#clock.now(), this.#scanned(engine, imageOf(key)));
      }
    } else if (folder === 'volumes') {
      const volume = rowOf(listings?.volumes, key);
      if (volume !== undefined) return describeVolume(engine, volume, this.#users(engine, key));
    } else if (folder === 'cache') {
      const left = rowOf(listings?.cache, key);
      if (left !== undefined) return describeCache(engine, left, this.#clock.now());
    } else {
      const network = rowOf(listings?.networks, key);
      if (network !== undefined) return describeNetwork(engine, network);
    }
    return describeGone(`${folder} ${engine} ${key}`, key);
  }

  /** Names of the containers that mount a volume. */
  #users(engine: string, volume: string): readonly string[] {
    return this.#containers(engine)
      .filter(({ volumes }) => volumes?.includes(volume))
      .map(({ name }) => name);
  }

  #describeMessage({ message, engine = '', folder }: MessageNode): NodeDescription {
    const id = `${message} ${engine} ${folder ?? ''}`;
    if (message === 'nothing') return describeNothing(id, engine, folder!);
    if (message === 'noEngine') return describeNoEngine(this.#engines.probes);
    if (message === 'noContainers') {
      const row = messageNode(id, t('No containers: run an image…'), { name: 'info' });
      return { ...row, command: { id: 'gantry.docker.run', args: [] } };
    }
    if (message === 'advice') {
      return {
        ...messageNode(id, this.#engines.advice().message, { name: 'info' }, describeProbes(this.#engines.probes)),
        command: { id: 'gantry.docker.doctor', args: [] },
      };
    }
    const state = folder === undefined ? this.#state(engine) : this.#listing(engine, folder)?.state;
    const sentence = state?.state === 'failed' ? state.failure.message : '';
    const row = failedNode(id, sentence);
    return folder === undefined ? { ...row, command: { id: 'gantry.docker.doctor', args: [] } } : row;
  }

  /** Follows the stores of the engines there are now. */
  #listen(): void {
    this.#listening.dispose();
    this.#listening = new DisposableStore();
    for (const engine of this.#engines.all) {
      this.#listening.add(engine.store.onDidChange((change) => this.#onChange(engine, change)));
      for (const folder of folders) {
        const node = this.#folder(engine.address, folder);
        this.#listening.add(engine.listings[folder].onDidChange(() => this.#refreshes.add(node)));
        this.#watch(node);
      }
    }
    this.#refreshes.add(undefined);
  }

  #onChange(engine: RunningEngine, change: StoreChange): void {
    if (change !== 'all' && change.what === 'row') {
      this.#refreshes.add(this.#container(engine.address, change.id));
      const container = this.#find(engine.address, change.id);
      const group = container === undefined ? undefined : this.#groupOf(engine.address, container);
      if (group !== undefined) this.#refreshes.add(group);
    } else {
      this.#refreshes.add(this.#engine(engine.address));
    }
  }

  #fire(nodes: ReadonlySet<ContainerNode | undefined>): void {
    this.#changed.fire(nodes.has(undefined) ? undefined : [...nodes].filter((node) => node !== undefined));
  }

  #state(address: string): RunningEngine['store']['state'] | undefined {
    return this.#engines.byAddress(address)?.store.state;
  }

  /** Lists a folder, or stops listing it, as is right now. */
  #watch(node: FolderNode): void {
    this.#listing(node.engine, node.folder)?.watch(this.#visible && this.#open.has(node));
  }

  #listing<F extends Folder>(address: string, folder: F): Listings[F] | undefined {
    return this.#engines.byAddress(address)?.listings[folder];
  }

  #find(address: string, id: string): Container | undefined {
    const state = this.#state(address);
    return state === undefined ? undefined : lastValue(state)?.get(id);
  }

  /** The group that a container stands in: its Compose project, or all with its value of the label that was chosen. */
  #groupOf(engine: string, { project, labels }: Container): ProjectNode | GroupNode | undefined {
    const label = this.#groupBy();
    if (label === composeLabel)
      return project === undefined ? undefined : this.#node({ kind: 'project', engine, project });
    const value = printable(labels?.[label] ?? '');
    return value === '' ? undefined : this.#node({ kind: 'group', engine, label, value });
  }

  #groupedIn(group: ProjectNode | GroupNode): readonly Container[] {
    return this.#containers(group.engine).filter((one) => this.#groupOf(group.engine, one) === group);
  }

  /** By name, as people look for them. */
  #containers(address: string): readonly Container[] {
    const state = this.#state(address);
    const containers = state === undefined ? undefined : lastValue(state);
    return [...(containers?.values() ?? [])].sort((a, b) => a.name.localeCompare(b.name));
  }

  readonly #engine = (engine: string): ContainerNode => this.#node({ kind: 'engine', engine });
  readonly #container = (engine: string, id: string): ContainerNode => this.#node({ kind: 'container', engine, id });
  readonly #folder = (engine: string, folder: Folder): FolderNode => this.#node({ kind: 'folder', engine, folder });
  readonly #message = (message: MessageNode['message'], engine?: string, folder?: Folder): ContainerNode =>
    this.#node({
      kind: 'message',
      message,
      ...(engine === undefined ? {} : { engine }),
      ...(folder === undefined ? {} : { folder }),
    });

  #node<Node extends ContainerNode>(node: Node): Node {
    const key = JSON.stringify(node);
    const kept = (this.#nodes.get(key) as Node | undefined) ?? node;
    this.#nodes.set(key, kept);
    return kept;
  }
}

const nameOf = (group: ProjectNode | GroupNode): string => (group.kind === 'project' ? group.project : group.value);

const rowOf = <Row extends { readonly key: string }>(
  listing: Listing<Row> | undefined,
  key: string,
): Row | undefined => (listing === undefined ? undefined : lastValue(listing.state)?.get(key));
