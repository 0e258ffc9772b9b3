/** The front door of the local clusters, embedded and in containers: one object for both programs and `npm start`. */
import { type Dirent, existsSync } from 'node:fs';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Disposable, DisposableStore } from '../core/disposable.ts';
import { Emitter, type Event } from '../core/emitter.ts';
import { Failure, isAbort, messageOf } from '../core/failure.ts';
import { t } from '../core/l10n.ts';
import type { Log } from '../core/log.ts';
import type { LogFeed } from '../core/log/entry.ts';
import { type StoredFolder, measure } from '../core/storage.ts';
import { type Activity, ActivityWriter, readActivity, watchFolder } from './activity.ts';
import { type GoTarget, type BuildPlace, type Report, buildLabkit, labkitCache } from './build.ts';
import { ContainerCluster, type Reached, embeddedName } from './container/containerCluster.ts';
import type { ContainerEngines } from './container/engine.ts';
import { followContainer } from './container/followContainer.ts';
import { type Loaded, type Node, unloadImage } from './container/load.ts';
import { type OtherCluster, loadIntoNodes, otherClusters } from './container/otherClusters.ts';
import { readContainerRecord } from './container/record.ts';
import type { ContainerSettings } from './container/request.ts';
import { ControlPlane, type Running, type Status } from './controlPlane.ts';
import type { Kind, Programs } from './layout.ts';
import type { Simulation } from './simulation.ts';
import type { ResetTarget } from './snapshot.ts';
import { logFiles } from './logFiles.ts';
import { readRecord } from './state.ts';

export interface ClusterDeps {
  readonly log: Log;
  /** What can be built again: `labkit/` in it. */
  readonly cacheFolder: string;
  /** What holds the person's objects: `cluster/` in it. */
  readonly stateFolder: string;
  /** The Go sources; may be read-only. */
  readonly labkitFolder: string;
  /** Where clusters in containers can be; asked for by those only. */
  readonly engines: () => Promise<ContainerEngines>;
  /** Asked for when a cluster's context is merged into them, or taken out again. */
  readonly kubeconfigs: () => Promise<PersonalKubeconfigs>;
  /** The environment Go is found and run in; the process's own unless given. */
  readonly env?: NodeJS.ProcessEnv;
  /** Clusters that this object starts end with this program. */
  readonly owned?: boolean;
}

/** The person's own kubeconfigs: the port that the kubernetes domain fills. */
export interface PersonalKubeconfigs {
  /** Adds the contexts of a kubeconfig's text, and says under which names. Throws Failure. */
  add(text: string): Promise<{ readonly file: string; readonly names: readonly string[] }>;
  /** Takes them out again where they are still what was added. Throws Failure. */
  takeBack(text: string): Promise<readonly TakenBack[]>;
}

/** What became of the contexts of a kubeconfig in one of the person's files. */
export interface TakenBack {
  readonly file: string;
  readonly removed: readonly string[];
  /** Of its names, but something else by now. */
  readonly kept: readonly string[];
}

/** How things stand with one cluster, for a view. */
export interface ClusterState {
  readonly name: string;
  readonly kind: Kind;
  readonly phase: 'building' | 'starting' | 'running' | 'stopping' | 'deleting' | 'stopped' | 'failed';
  /** What is being done, or what failed, in the person's language. */
  readonly message?: string;
  /** Path of its kubeconfig, while it runs. */
  readonly kubeconfig?: string;
}

/** What a cluster of each kind is made with. */
export interface Making {
  readonly embedded: () => Promise<Simulation>;
  readonly container: () => ContainerSettings;
}

/** Something that this program does to a cluster. */
interface Work {
  readonly controller: AbortController;
  /** Resolves when it is over, however that went. */
  readonly over: Promise<unknown>;
}

export interface ListedCluster {
  readonly name: string;
  readonly kind: Kind;
  readonly status: Status;
  readonly kubeconfig: string;
  /** What is wrong with it and what to do. */
  readonly message?: string;
}

/** The cluster that is meant when none is named; also the name of its context. */
export const defaultName = 'gantry';

/** The cluster in a container that is meant when none is named. */
export const defaultContainerName = 'k3s';

/** With `gantry-` before it the name of a host, which has at most 63 characters. */
const longestContainerName = 56;

export function createCluster(deps: ClusterDeps): Cluster {
  return new Cluster(deps);
}

export class Cluster implements Disposable {
  readonly #deps: ClusterDeps;
  readonly #folder: string;
  readonly #store = new DisposableStore();
  readonly #changed = this.#store.add(new Emitter<void>());
  readonly #controlPlanes = new Map<string, ControlPlane>();
  readonly #states = new Map<string, ClusterState>();
  /** What this program is at, by the name of the cluster. */
  readonly #works = new Map<string, Work>();
  /** How often each name was looked at: only the newest look counts. */
  readonly #looks = new Map<string, number>();
  /** What follows the containers of clusters, by the name of the cluster. */
  readonly #followed = new Map<string, AbortController>();
  #observed = false;
  /** Whether a start is still making its programs. */
  #building = false;

  constructor(deps: ClusterDeps) {
    this.#deps = deps;
    this.#folder = join(deps.stateFolder, 'cluster');
  }

  /** Every cluster as far as is known, the default one first. The first call begins to observe them. */
  clusters(): readonly ClusterState[] {
    this.#observe();
    return [...this.#states.values()].sort(defaultFirst);
  }

  /** Fires when `clusters` changed, whichever window changed it. */
  readonly onDidChange: Event<void> = (listener) => {
    this.#observe();
    return this.#changed.event(listener);
  };

  /**
   * Makes an embedded cluster run, building its programs first if this is the first time. Reuses one that runs. Throws
   * Failure: `toolMissing` without Go, `unreachable` without a module proxy, `conflict` when a cluster in a container has
   * the name, `timeout`, `internal`; `cancelled` leaves no process.
   * @param simulation what its nodes are; as before unless given.
   */
  async start(report: Report, signal: AbortSignal, name = defaultName, simulation?: Simulation): Promise<Running> {
    const controlPlane = this.#controlPlane(name);
    if (controlPlane.layout.kind === 'container') return controlPlane.start(report, signal); // Which is refused.
    const phase = (): Activity['phase'] => (this.#building ? 'building' : 'starting');
    return this.#starting(name, 'embedded', phase, report, signal, (told, own) =>
      controlPlane.start(told, own, simulation),
    );
  }

  /** Makes a cluster run in a container of an engine; see `ContainerCluster.start`. */
  async startContainer(
    report: Report,
    signal: AbortSignal,
    settings: ContainerSettings | undefined,
    name = defaultContainerName,
  ): Promise<Reached> {
    if (name === defaultName) throw embeddedName(name);
    const problem = containerNameProblem(name);
    if (problem !== undefined) throw new Failure('invalid', problem);
    const cluster = this.#container(name);
    if (cluster.layout.kind === 'embedded') throw embeddedName(name);
    const phase = (): Activity['phase'] => 'starting';
    return this.#starting(name, 'container', phase, report, signal, (told, own) => cluster.start(told, own, settings));
  }

  /**
   * Starts a cluster that is there, of either kind, as what it was created. Throws Failure `notFound`.
   * @param anew asked when it never got ready.
   * @param simulation what the nodes of an embedded cluster are from now on.
   */
  async startAgain(
    report: Report,
    signal: AbortSignal,
    name = defaultName,
    { anew, simulation }: { readonly anew?: Making; readonly simulation?: Simulation | undefined } = {},
  ): Promise<Reached> {
    const { layout } = this.#local(name);
    const kind = existsSync(layout.folder) ? (layout.kind ?? 'embedded') : this.#states.get(name)?.kind;
    if (kind === undefined) throw noSuchCluster(name);
    if (kind === 'embedded') {
      const isNew = (await readRecord(layout.state)) === undefined;
      return this.start(report, signal, name, simulation ?? (isNew ? await anew?.embedded() : undefined));
    }
    const record = await readContainerRecord(layout.container);
    return this.startContainer(report, signal, record?.ready === true ? undefined : anew?.container(), name);
  }

  /** Ends a cluster's processes, and a start of it that this program is at. Its objects are kept. */
  async stop(name = defaultName): Promise<void> {
    await this.#abort(name);
    const cluster = this.#local(name);
    if (!existsSync(cluster.layout.folder)) return;
    await this.#ending(name, 'stopping', t('Stopping the cluster {0}.', name), () => cluster.stop());
  }

  /** Notes down all objects of an embedded cluster, for `reset`. Throws Failure; see `ControlPlane.snapshot`. */
  async snapshot(signal: AbortSignal, name = defaultName): Promise<void> {
    await this.#embedded(name).snapshot(signal);
  }

  /** What an embedded cluster can be set back to, with when that was. Throws Failure. */
  async resetTargets(name = defaultName): Promise<readonly { readonly to: ResetTarget; readonly at: number }[]> {
    return this.#embedded(name).resetTargets();
  }

  /** What is lost by that, in sentences; none when nothing. Throws Failure. */
  async resetLoses(to: ResetTarget, name = defaultName): Promise<readonly string[]> {
    return this.#embedded(name).resetLoses(to);
  }

  /** Sets all objects of an embedded cluster back; see `ControlPlane.reset`. Throws Failure. */
  async reset(to: ResetTarget, report: Report, signal: AbortSignal, name = defaultName): Promise<void> {
    await this.#embedded(name).reset(to, report, signal);
    await this.#look(name);
  }

  /** Removes every cluster, before all that is kept is removed. */
  async removeAll(): Promise<void> {
    for (const { name } of await this.list()) await this.remove(name);
  }

  /**
   * Ends a cluster and deletes its objects; of one that failed before there was any, what is told of it. Its context is
   * taken out of the person's kubeconfig, where it was merged into it and is still the same.
   * Resolves with sentences about that, none when it never was there. Throws Failure `notFound`.
   */
  async remove(name = defaultName): Promise<readonly string[]> {
    await this.#abort(name);
    const cluster = this.#local(name);
    if (!existsSync(cluster.layout.folder) && (await readActivity(this.#activityFile(name))) === undefined) {
      throw noSuchCluster(name);
    }
    const kubeconfig = await readFile(cluster.layout.kubeconfig, 'utf8').catch(() => undefined);
    await this.#ending(name, 'deleting', t('Deleting the cluster {0}.', name), () => cluster.remove());
    return kubeconfig === undefined ? [] : this.#takeBack(kubeconfig);
  }

  async #takeBack(kubeconfig: string): Promise<readonly string[]> {
    try {
      const files = await (await this.#deps.kubeconfigs()).takeBack(kubeconfig);
      return files.flatMap(({ file, removed, kept }) => [
        ...removed.map((context) => t('The context {0} was taken out of {1}.', context, file)),
        ...kept.map((context) => t('The context {0} stays in {1}: it is no longer the one of this cluster.', context, file)), // prettier-ignore
      ]);
    } catch (error) {
      return [t('If its context was merged into your kubeconfig, it stays there: {0}', messageOf(error))];
    }
  }

  status(name = defaultName): Promise<Status> {
    return this.#controlPlane(name).status();
  }

  /** Every cluster there is, by name. */
  async list(): Promise<ListedCluster[]> {
    const folders = (await this.#entries()).filter((entry) => entry.isDirectory() && isName(entry.name));
    const names = folders.map(({ name }) => name).sort();
    return Promise.all(names.map((name) => this.#listed(name)));
  }

  /** Where a running cluster is reached. Throws Failure `notFound`. */
  async reached(name = defaultName): Promise<Running | Reached> {
    const running = await this.#local(name).running();
    if (running === undefined) throw noSuchCluster(name);
    return running;
  }

  /** Path of a running cluster's kubeconfig. Throws Failure `notFound`. */
  async kubeconfig(name = defaultName): Promise<string> {
    return (await this.reached(name)).kubeconfig;
  }

  /** Adds the context of a running cluster to the person's own kubeconfig. Throws Failure. */
  async merge(name = defaultName): Promise<{ readonly file: string; readonly names: readonly string[] }> {
    const text = await readFile(await this.kubeconfig(name), 'utf8');
    return (await this.#deps.kubeconfigs()).add(text);
  }

  /**
   * Brings an image into a cluster in a container: ours, or one of kind or k3d, which is named as its context is.
   * @param source address of the engine that has the image: the cluster's own unless given. Throws Failure; see `loadImage`.
   */
  async load(
    image: string,
    report: Report,
    signal: AbortSignal,
    name = defaultContainerName,
    source?: string,
  ): Promise<Loaded> {
    const nodes = await this.#nodes(name, signal);
    const from = source === undefined ? undefined : await (await this.#deps.engines()).at(source);
    return loadIntoNodes(nodes, image, report, signal, from);
  }

  /** Takes an image out of a cluster again; pods that run go on. Throws Failure, but not when it is not there. */
  async unload(image: string, signal: AbortSignal, name = defaultContainerName): Promise<void> {
    for (const node of await this.#nodes(name, signal)) await unloadImage(node, image, signal);
  }

  /** Those of a cluster in a container: ours, or one of kind or k3d; one at least. Throws Failure. */
  async #nodes(name: string, signal: AbortSignal): Promise<readonly Node[]> {
    const local = this.#local(name);
    if (local instanceof ContainerCluster) return [await local.node(signal)];
    if (existsSync(local.layout.folder)) throw noEngineBelow(name);
    const other = /^(?:kind|k3d)-/.test(name) ? await this.#other(name, signal) : undefined;
    if (other === undefined || other.nodes.length === 0) throw new Failure('notFound', noContainerRuns(name));
    const engine = await (await this.#deps.engines()).preferred();
    return other.nodes.map((id) => ({ engine, id }));
  }

  /** Clusters of kind and k3d on the engine that the docker command uses. Throws Failure. */
  async others(signal: AbortSignal): Promise<readonly OtherCluster[]> {
    return otherClusters(await (await this.#deps.engines()).preferred(), signal);
  }

  /** Names of the images that can be loaded into a cluster: those of its engine. Throws Failure. */
  async images(signal: AbortSignal, name = defaultContainerName): Promise<readonly string[]> {
    const local = this.#local(name);
    const engine =
      local instanceof ContainerCluster ? await local.engine() : await (await this.#deps.engines()).preferred();
    return engine.imageNames(signal);
  }

  /** The end of what a cluster in a container wrote. @param lines how much of it. Throws Failure `notFound`. */
  async logs(lines: number, signal: AbortSignal, name = defaultContainerName): Promise<string> {
    return this.#container(name).logs(lines, signal);
  }

  /** As `logs`, of either kind; of one in a container also what it goes on to write. Throws Failure `notFound`. */
  async follow(lines: number, signal: AbortSignal, name = defaultName): Promise<LogFeed> {
    const cluster = this.#local(name);
    if (cluster instanceof ContainerCluster) return cluster.follow(lines, signal);
    return logFiles(cluster.layout.logs, lines);
  }

  /** Why a new cluster cannot have this name; undefined when it can, as far as is known. */
  nameProblem(kind: Kind, name: string): string | undefined {
    const there = this.#states.get(name);
    if (!isName(name)) return noName(name);
    if (there !== undefined && (there.kind !== kind || there.phase !== 'failed')) {
      return t('There already is a cluster {0}.', name);
    }
    return kind === 'container' ? containerNameProblem(name) : undefined;
  }

  /** A name for a new cluster that none has, as far as is known. */
  freeName(kind: Kind): string {
    const first = kind === 'container' ? defaultContainerName : defaultName;
    for (let number = 1; ; number++) {
      const name = number === 1 ? first : `${first}-${number}`;
      if (!this.#states.has(name)) return name;
    }
  }

  /** Looks again how every cluster stands. */
  async refresh(): Promise<void> {
    const names = (await this.#entries()).flatMap(({ name }) => name.replace(/\.activity$/, ''));
    await Promise.all([...new Set([...names.filter(isName), ...this.#states.keys()])].map((name) => this.#look(name)));
  }

  /** What is kept on disk, with sizes. */
  storage(): Promise<StoredFolder[]> {
    return measure([labkitCache(this.#deps.cacheFolder), this.#folder]);
  }

  /** Builds a program of labkit, or finds it built; see `buildLabkit`. */
  labkit(name: string, report: Report, signal: AbortSignal, target?: GoTarget): Promise<string> {
    return buildLabkit(name, { ...this.#place, ...(target === undefined ? {} : { target }) }, report, signal);
  }

  /** Stops observing; clusters go on. */
  dispose(): void {
    for (const followed of this.#followed.values()) followed.abort();
    this.#followed.clear();
    this.#observed = false;
    this.#store.dispose();
  }

  get #place(): BuildPlace {
    const { labkitFolder, cacheFolder, log, env = process.env } = this.#deps;
    return { labkitFolder, cacheFolder, log, env };
  }

  #activityFile(name: string): string {
    return join(this.#folder, `${name}.activity`);
  }

  async #other(name: string, signal: AbortSignal): Promise<OtherCluster | undefined> {
    return (await this.others(signal)).find((each) => each.name === name);
  }

  async #entries(): Promise<Dirent[]> {
    return readdir(this.#folder, { withFileTypes: true }).catch(() => []);
  }

  /** The cluster of a name, of the kind that there is. */
  #local(name: string): ControlPlane | ContainerCluster {
    const controlPlane = this.#controlPlane(name);
    return controlPlane.layout.kind === 'container' ? this.#container(name) : controlPlane;
  }

  /** Throws Failure `invalid` for one in a container. */
  #embedded(name: string): ControlPlane {
    const controlPlane = this.#controlPlane(name);
    if (controlPlane.layout.kind !== 'container') return controlPlane;
    throw new Failure('invalid', t('{0} is in a container: only embedded clusters can be set back.', name));
  }

  #container(name: string): ContainerCluster {
    checkName(name);
    const { engines, log } = this.#deps;
    return new ContainerCluster({ folder: this.#folder, name, engines, log });
  }

  #controlPlane(name: string): ControlPlane {
    checkName(name);
    let controlPlane = this.#controlPlanes.get(name);
    if (controlPlane === undefined) {
      const { log, owned = false } = this.#deps;
      const programs = (report: Report, signal: AbortSignal): Promise<Programs> => this.#programs(report, signal);
      controlPlane = new ControlPlane({ folder: this.#folder, name, programs, log, owned });
      this.#controlPlanes.set(name, controlPlane);
    }
    return controlPlane;
  }

  async #programs(report: Report, signal: AbortSignal): Promise<Programs> {
    this.#building = true;
    try {
      return {
        controlPlane: await this.labkit('controlplane', report, signal),
        kwok: await this.labkit('kwok', report, signal),
      };
    } finally {
      this.#building = false;
    }
  }

  /** Starts a cluster, and tells every window how far that is. */
  #starting<T extends Reached>(
    name: string,
    kind: Kind,
    phase: () => Activity['phase'],
    report: Report,
    signal: AbortSignal,
    start: (report: Report, signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    return this.#working(name, kind, signal, async (tell, own) => {
      const told = (message: string): void => {
        tell(phase(), message);
        report(message);
      };
      const reached = await start(told, own);
      this.#know(name, { name, kind, phase: 'running', kubeconfig: reached.kubeconfig });
      return reached;
    });
  }

  /** Ends a cluster, and tells every window so. */
  async #ending(
    name: string,
    phase: 'stopping' | 'deleting',
    message: string,
    end: () => Promise<void>,
  ): Promise<void> {
    const kind = this.#local(name).layout.kind ?? this.#states.get(name)?.kind ?? 'embedded';
    const work = (tell: (phase: Activity['phase'], message: string) => void): Promise<void> => {
      tell(phase, message);
      return end();
    };
    await this.#working(name, kind, new AbortController().signal, work);
    await this.#look(name);
  }

  async #working<T>(
    name: string,
    kind: Kind,
    signal: AbortSignal,
    work: (tell: (phase: Activity['phase'], message: string) => void, signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const controller = new AbortController();
    const writer = new ActivityWriter(this.#activityFile(name));
    const tell = (phase: Activity['phase'], message: string): void => {
      if (this.#works.get(name)?.controller === controller) this.#know(name, { name, kind, phase, message });
      writer.tell({ kind, phase, message });
    };
    const run = async (): Promise<T> => {
      try {
        const result = await work(tell, AbortSignal.any([signal, controller.signal]));
        await writer.end();
        return result;
      } catch (error) {
        await (isAbort(error) ? writer.end() : writer.fail(kind, messageOf(error)));
        throw error;
      } finally {
        if (this.#works.get(name)?.controller === controller) this.#works.delete(name);
      }
    };
    const running = Promise.resolve().then(run);
    this.#works.set(name, { controller, over: running.catch(() => {}) });
    try {
      return await running;
    } catch (error) {
      await this.#look(name);
      throw error;
    }
  }

  /** Ends what this program is at with a cluster, and waits until it is over. */
  async #abort(name: string): Promise<void> {
    const work = this.#works.get(name);
    work?.controller.abort();
    await work?.over;
  }

  async #look(name: string): Promise<void> {
    const look = this.#newLook(name);
    const state = await this.#found(name);
    if (!this.#works.has(name) && this.#looks.get(name) === look) this.#become(name, state);
  }

  /** What this program has done itself it need not look at. */
  #know(name: string, state: ClusterState): void {
    this.#newLook(name);
    this.#become(name, state);
  }

  #newLook(name: string): number {
    const look = (this.#looks.get(name) ?? 0) + 1;
    this.#looks.set(name, look);
    return look;
  }

  /** How a cluster stands; undefined when there is none. */
  async #found(name: string): Promise<ClusterState | undefined> {
    const activity = await readActivity(this.#activityFile(name));
    if (activity !== undefined && activity.phase !== 'failed') return { name, ...activity };
    const { kind, status, kubeconfig, message } = await this.#listed(name);
    if (activity !== undefined && status !== 'running') return { name, ...activity };
    const told = message === undefined ? {} : { message };
    switch (status) {
      case 'running':
        return { name, kind, phase: 'running', kubeconfig };
      case 'broken':
        return { name, kind, phase: 'failed', ...told };
      case 'stopped':
        return { name, kind, phase: 'stopped', ...told };
      case 'changing':
        return this.#states.get(name) ?? { name, kind, phase: 'starting' }; // Whoever is at it says so when it is done.
      case 'absent':
        return undefined;
    }
  }

  async #listed(name: string): Promise<ListedCluster> {
    const cluster = this.#local(name);
    const { kubeconfig } = cluster.layout;
    if (cluster instanceof ContainerCluster) {
      return { name, kind: 'container', ...(await cluster.standing()), kubeconfig };
    }
    const status = await cluster.status();
    const ended = t('A part of the cluster has ended. Start it again: its objects are kept.');
    return { name, kind: 'embedded', status, kubeconfig, ...(status === 'broken' ? { message: ended } : {}) };
  }

  #observe(): void {
    if (this.#observed) return;
    this.#observed = true;
    this.#store.add(watchFolder(this.#folder, () => void this.refresh()));
    void this.refresh();
  }

  #become(name: string, state: ClusterState | undefined): void {
    if (JSON.stringify(state) === JSON.stringify(this.#states.get(name))) return;
    if (state === undefined) this.#states.delete(name);
    else this.#states.set(name, state);
    this.#followContainer(name, state?.kind === 'container');
    this.#changed.fire();
  }

  /** What its engine tells of a cluster's container is heard for as long as somebody looks at the clusters. */
  #followContainer(name: string, wanted: boolean): void {
    const followed = this.#followed.get(name);
    if (wanted === (followed !== undefined) || !this.#observed) return;
    followed?.abort();
    this.#followed.delete(name);
    if (!wanted) return;
    const over = new AbortController();
    this.#followed.set(name, over);
    const look = async (): Promise<boolean> => {
      await this.#look(name);
      return this.#states.get(name)?.phase !== 'failed';
    };
    void followContainer({ changes: (signal) => this.#container(name).changes(signal), look }, over.signal);
  }
}

const defaultFirst = (a: ClusterState, b: ClusterState): number =>
  Number(b.name === defaultName) - Number(a.name === defaultName) || (a.name < b.name ? -1 : 1);

/** As Kubernetes names things; also keeps folders of our own, such as locks, apart. */
const isName = (name: string): boolean => /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(name);

/** Throws Failure `invalid`. */
function checkName(name: string): void {
  if (!isName(name)) throw new Failure('invalid', noName(name));
}

const noName = (name: string): string =>
  t('{0} is no name for a cluster: use lower-case letters, digits and dashes.', name);

function containerNameProblem(name: string): string | undefined {
  if (name === defaultName) return embeddedName(name).message;
  return name.length > longestContainerName
    ? t('{0} is too long: the name of a cluster in a container has at most {1} characters.', name, longestContainerName)
    : undefined;
}

const noEngineBelow = (name: string): Failure =>
  new Failure('invalid', t('The pods of {0} are simulated: it takes no images. Load them into a cluster in a container.', name)); // prettier-ignore

const noContainerRuns = (name: string): string =>
  t('No cluster {0} runs. Create it: gantry cluster create --container {0}', name);

const noSuchCluster = (name: string): Failure =>
  new Failure('notFound', t('No cluster {0} runs. Create it: gantry cluster create {0}', name));
