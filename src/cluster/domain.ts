/** The front door of the local clusters, embedded and in containers: one object for both programs and `npm start`. */
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Disposable, DisposableStore } from '../core/disposable.ts';
import { Emitter, type Event } from '../core/emitter.ts';
import { Failure, isAbort, messageOf } from '../core/failure.ts';
import { t } from '../core/l10n.ts';
import type { Log } from '../core/log.ts';
import { type StoredFolder, measure } from '../core/storage.ts';
import { ActivityWriter, readActivity, watchFolder } from './activity.ts';
import { type BuildPlace, type Report, buildLabkit, labkitCache } from './build.ts';
import { ContainerCluster, type Reached, embeddedName } from './container/containerCluster.ts';
import type { ContainerEngines } from './container/engine.ts';
import type { Loaded } from './container/load.ts';
import type { ContainerSettings } from './container/request.ts';
import { ControlPlane, type Running, type Status } from './controlPlane.ts';
import type { Kind, Programs } from './layout.ts';

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
  /** The environment Go is found and run in; the process's own unless given. */
  readonly env?: NodeJS.ProcessEnv;
  /** Clusters that this object starts end with this program. */
  readonly owned?: boolean;
}

/** How things stand with the default cluster, for a view. */
export interface ClusterState {
  readonly phase: 'absent' | 'building' | 'starting' | 'running' | 'failed';
  /** What is being done, or what failed, in the person's language. */
  readonly message?: string;
  /** Path of its kubeconfig, once it runs. */
  readonly kubeconfig?: string;
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
  #state: ClusterState = { phase: 'absent' };
  /** The start of the default cluster that runs in this program. */
  #start: AbortController | undefined;
  #observed = false;
  /** Whether the start is still making its programs. */
  #building = false;

  constructor(deps: ClusterDeps) {
    this.#deps = deps;
    this.#folder = join(deps.stateFolder, 'cluster');
  }

  /** How the default cluster stands, as far as is known. The first call begins to observe it. */
  current(): ClusterState {
    this.#observe();
    return this.#state;
  }

  /** Fires when `current` changed, whichever window changed it. */
  readonly onDidChange: Event<void> = (listener) => {
    this.#observe();
    return this.#changed.event(listener);
  };

  /**
   * Makes an embedded cluster run, building its programs first if this is the first time. Reuses one that runs. Throws
   * Failure: `toolMissing` without Go, `unreachable` without a module proxy, `conflict` when a cluster in a container has
   * the name, `timeout`, `internal`; `cancelled` leaves no process.
   */
  async start(report: Report, signal: AbortSignal, name = defaultName): Promise<Running> {
    if (name !== defaultName) return this.#controlPlane(name).start(report, signal);
    const own = new AbortController();
    this.#start = own;
    const writer = new ActivityWriter(this.#activityFile);
    const progress = (message: string): void => {
      const phase = this.#building ? 'building' : 'starting';
      this.#become({ phase, message });
      writer.tell({ phase, message });
      report(message);
    };
    try {
      const running = await this.#controlPlane(name).start(progress, AbortSignal.any([signal, own.signal]));
      this.#become({ phase: 'running', kubeconfig: running.kubeconfig });
      await writer.end();
      return running;
    } catch (error) {
      const message = messageOf(error);
      this.#become(isAbort(error) ? { phase: 'absent' } : { phase: 'failed', message });
      await (isAbort(error) ? writer.end() : writer.fail(message));
      throw error;
    } finally {
      if (this.#start === own) this.#start = undefined;
    }
  }

  /** Makes a cluster run in a container of an engine; see `ContainerCluster.start`. */
  async startContainer(
    report: Report,
    signal: AbortSignal,
    settings: ContainerSettings,
    name = defaultContainerName,
  ): Promise<Reached> {
    if (name === defaultName) throw embeddedName(name);
    if (name.length > longestContainerName) {
      const sentence = t('{0} is too long: the name of a cluster in a container has at most {1} characters.', name, longestContainerName); // prettier-ignore
      throw new Failure('invalid', sentence);
    }
    return this.#container(name).start(report, signal, settings);
  }

  /** Starts a cluster that is there, of either kind. Throws Failure `notFound`. */
  async startAgain(report: Report, signal: AbortSignal, name = defaultName): Promise<Reached> {
    const cluster = this.#local(name);
    if (!existsSync(cluster.layout.folder)) throw noSuchCluster(name);
    return cluster instanceof ContainerCluster ? cluster.start(report, signal) : this.start(report, signal, name);
  }

  /** Ends a cluster's processes, and a start of it that this program is at. Its objects are kept. */
  async stop(name = defaultName): Promise<void> {
    if (name === defaultName) this.#start?.abort();
    await this.#local(name).stop();
    await this.#changedBy(name);
  }

  /** Ends the processes of every cluster and removes its container, before all that is kept is removed. */
  async endAll(): Promise<void> {
    for (const { name, kind } of await this.list()) await (kind === 'container' ? this.remove(name) : this.stop(name));
  }

  /** Ends a cluster and deletes its objects. Throws Failure `notFound`. */
  async remove(name = defaultName): Promise<void> {
    if (name === defaultName) this.#start?.abort();
    const cluster = this.#local(name);
    if (!existsSync(cluster.layout.folder)) throw noSuchCluster(name);
    await cluster.remove();
    await this.#changedBy(name);
  }

  status(name = defaultName): Promise<Status> {
    return this.#controlPlane(name).status();
  }

  /** Every cluster there is, by name. */
  async list(): Promise<ListedCluster[]> {
    const entries = await readdir(this.#folder, { withFileTypes: true }).catch(() => []);
    const names = entries.filter((entry) => entry.isDirectory() && isName(entry.name)).map((entry) => entry.name);
    return Promise.all(
      names.sort().map(async (name) => {
        const cluster = this.#local(name);
        const { kubeconfig } = cluster.layout;
        return cluster instanceof ContainerCluster
          ? { name, kind: 'container' as const, ...(await cluster.standing()), kubeconfig }
          : { name, kind: 'embedded' as const, status: await cluster.status(), kubeconfig };
      }),
    );
  }

  /** Path of a running cluster's kubeconfig. Throws Failure `notFound`. */
  async kubeconfig(name = defaultName): Promise<string> {
    const running = await this.#local(name).running();
    if (running === undefined) throw noSuchCluster(name);
    return running.kubeconfig;
  }

  /** Brings an image of its engine into a cluster in a container. Throws Failure; see `loadImage`. */
  async load(image: string, report: Report, signal: AbortSignal, name = defaultContainerName): Promise<Loaded> {
    return this.#container(name).load(image, report, signal);
  }

  /** The end of what a cluster in a container wrote. @param lines how much of it. Throws Failure `notFound`. */
  async logs(lines: number, signal: AbortSignal, name = defaultContainerName): Promise<string> {
    return this.#container(name).logs(lines, signal);
  }

  /** Looks again how the default cluster stands. */
  async refresh(): Promise<void> {
    if (this.#start !== undefined) return;
    const activity = await readActivity(this.#activityFile);
    const state = activity ?? (await this.#settled());
    if (this.#start === undefined) this.#become(state);
  }

  /** What is kept on disk, with sizes. */
  storage(): Promise<StoredFolder[]> {
    return measure([labkitCache(this.#deps.cacheFolder), this.#folder]);
  }

  /** Builds a program of labkit, or finds it built; see `buildLabkit`. */
  labkit(name: string, report: Report, signal: AbortSignal): Promise<string> {
    return buildLabkit(name, this.#place, report, signal);
  }

  /** Stops observing; clusters go on. */
  dispose(): void {
    this.#store.dispose();
  }

  get #place(): BuildPlace {
    const { labkitFolder, cacheFolder, log, env = process.env } = this.#deps;
    return { labkitFolder, cacheFolder, log, env };
  }

  get #activityFile(): string {
    return join(this.#folder, `${defaultName}.activity`);
  }

  /** The cluster of a name, of the kind that there is. */
  #local(name: string): ControlPlane | ContainerCluster {
    const controlPlane = this.#controlPlane(name);
    return controlPlane.layout.kind === 'container' ? this.#container(name) : controlPlane;
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

  async #settled(): Promise<ClusterState> {
    const controlPlane = this.#controlPlane(defaultName);
    switch (await controlPlane.status()) {
      case 'running':
        return { phase: 'running', kubeconfig: controlPlane.layout.kubeconfig };
      case 'broken':
        return {
          phase: 'failed',
          message: t('A part of the local cluster has ended. Create it again: its objects are kept.'),
        };
      case 'stopped':
        return { phase: 'absent', message: t('The local cluster is stopped.') };
      case 'changing':
        return this.#state; // Whoever is at it says so when it is done.
      case 'absent':
        return { phase: 'absent' };
    }
  }

  /** After a change that left no trace in the folder that the windows watch. */
  async #changedBy(name: string): Promise<void> {
    if (name !== defaultName) return;
    await new ActivityWriter(this.#activityFile).nudge();
    await this.refresh();
  }

  #observe(): void {
    if (this.#observed) return;
    this.#observed = true;
    this.#store.add(watchFolder(this.#folder, () => void this.refresh()));
    void this.refresh();
  }

  #become(state: ClusterState): void {
    if (JSON.stringify(state) === JSON.stringify(this.#state)) return;
    this.#state = state;
    this.#changed.fire();
  }
}

/** As Kubernetes names things; also keeps folders of our own, such as locks, apart. */
const isName = (name: string): boolean => /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(name);

/** Throws Failure `invalid`. */
function checkName(name: string): void {
  if (isName(name)) return;
  throw new Failure('invalid', t('{0} is no name for a cluster: use lower-case letters, digits and dashes.', name));
}

const noSuchCluster = (name: string): Failure =>
  new Failure('notFound', t('No cluster {0} runs. Create it: gantry cluster create {0}', name));
