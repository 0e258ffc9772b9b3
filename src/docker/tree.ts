/** The Containers view: engines, their Compose projects, their containers. */
import { Coalescer } from '../core/coalesce.ts';
import { type Disposable, DisposableStore } from '../core/disposable.ts';
import { Emitter } from '../core/emitter.ts';
import { t } from '../core/l10n.ts';
import { lastValue } from '../core/loadable.ts';
import { type NodeDescription, messageNode } from '../core/node.ts';
import type { TreeSource } from '../core/tree.ts';
import type { Container } from './containers.ts';
import {
  describeContainer,
  describeEngine,
  describeGone,
  describeNoEngine,
  describeProbes,
  describeProject,
} from './describe.ts';
import type { Engines, RunningEngine } from './engines.ts';
import type { ContainerNode, MessageNode } from './nodes.ts';
import type { StoreChange } from './store.ts';

/** Milliseconds in which changes are gathered into one refresh of rows. */
const gathering = 100;

export class ContainerTree implements TreeSource<ContainerNode>, Disposable {
  readonly #engines: Engines;
  readonly #own = new DisposableStore();
  #listening = new DisposableStore();
  readonly #changed = this.#own.add(new Emitter<readonly ContainerNode[] | undefined>());
  readonly #refreshes = this.#own.add(
    new Coalescer<ContainerNode | undefined>(gathering, (nodes) => this.#fire(nodes)),
  );
  /** One object for each row: the view knows rows by identity. */
  readonly #nodes = new Map<string, ContainerNode>();

  constructor(engines: Engines) {
    this.#engines = engines;
    this.#own.add(engines.onDidChange(() => this.#listen()));
    this.#listen();
  }

  readonly onDidChange = this.#changed.event;

  setVisible(visible: boolean): void {
    this.#engines.setVisible(visible);
  }

  async children(node: ContainerNode | undefined): Promise<readonly ContainerNode[]> {
    if (node === undefined) return this.#roots();
    if (node.kind === 'engine') return this.#ofEngine(node.engine);
    if (node.kind === 'project') {
      return this.#containers(node.engine)
        .filter(({ project }) => project === node.project)
        .map(({ id }) => this.#container(node.engine, id));
    }
    return [];
  }

  parent(node: ContainerNode): ContainerNode | undefined {
    if (node.kind === 'engine' || node.engine === undefined) return undefined;
    const project = node.kind === 'container' ? this.#find(node.engine, node.id)?.project : undefined;
    return project === undefined ? this.#engine(node.engine) : this.#project(node.engine, project);
  }

  describe(node: ContainerNode): NodeDescription {
    if (node.kind === 'engine') {
      const engine = this.#engines.byAddress(node.engine);
      return engine === undefined ? describeGone(`engine ${node.engine}`, node.engine) : describeEngine(engine);
    }
    if (node.kind === 'project') {
      const containers = this.#containers(node.engine).filter(({ project }) => project === node.project);
      return describeProject(node.engine, node.project, containers);
    }
    if (node.kind === 'container') {
      const container = this.#find(node.engine, node.id);
      if (container === undefined) return describeGone(`container ${node.engine} ${node.id}`, node.id.slice(0, 12));
      return describeContainer(node.engine, container, this.#state(node.engine)?.state === 'failed');
    }
    return this.#describeMessage(node);
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
    const projects = [...new Set(containers.flatMap(({ project }) => project ?? []))];
    const alone = containers.filter(({ project }) => project === undefined);
    return [
      ...(this.#state(address)?.state === 'failed' ? [this.#message('unreachable', address)] : []),
      ...(containers.length === 0 && this.#state(address)?.state === 'ready'
        ? [this.#message('noContainers', address)]
        : []),
      ...projects.sort().map((project) => this.#project(address, project)),
      ...alone.map(({ id }) => this.#container(address, id)),
    ];
  }

  #describeMessage({ message, engine = '' }: MessageNode): NodeDescription {
    const id = `${message} ${engine}`;
    if (message === 'noEngine') return describeNoEngine(this.#engines.probes);
    if (message === 'noContainers') return messageNode(id, t('No containers'), { name: 'info' });
    if (message === 'advice') {
      return messageNode(id, this.#engines.advice().message, { name: 'info' }, describeProbes(this.#engines.probes));
    }
    const state = this.#state(engine);
    const sentence = state?.state === 'failed' ? state.failure.message : '';
    return messageNode(id, sentence, { name: 'warning', color: 'list.warningForeground' });
  }

  /** Follows the stores of the engines there are now. */
  #listen(): void {
    this.#listening.dispose();
    this.#listening = new DisposableStore();
    for (const engine of this.#engines.all) {
      this.#listening.add(engine.store.onDidChange((change) => this.#onChange(engine, change)));
    }
    this.#refreshes.add(undefined);
  }

  #onChange(engine: RunningEngine, change: StoreChange): void {
    if (change !== 'all' && change.what === 'row') {
      this.#refreshes.add(this.#container(engine.address, change.id));
      const project = this.#find(engine.address, change.id)?.project;
      if (project !== undefined) this.#refreshes.add(this.#project(engine.address, project));
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

  #find(address: string, id: string): Container | undefined {
    const state = this.#state(address);
    return state === undefined ? undefined : lastValue(state)?.get(id);
  }

  /** By name, as people look for them. */
  #containers(address: string): readonly Container[] {
    const state = this.#state(address);
    const containers = state === undefined ? undefined : lastValue(state);
    return [...(containers?.values() ?? [])].sort((a, b) => a.name.localeCompare(b.name));
  }

  readonly #engine = (engine: string): ContainerNode => this.#node({ kind: 'engine', engine });
  readonly #project = (engine: string, project: string): ContainerNode =>
    this.#node({ kind: 'project', engine, project });
  readonly #container = (engine: string, id: string): ContainerNode => this.#node({ kind: 'container', engine, id });
  readonly #message = (message: MessageNode['message'], engine?: string): ContainerNode =>
    this.#node({ kind: 'message', message, ...(engine === undefined ? {} : { engine }) });

  #node(node: ContainerNode): ContainerNode {
    const key = JSON.stringify(node);
    const kept = this.#nodes.get(key) ?? node;
    this.#nodes.set(key, kept);
    return kept;
  }
}
