/** What Gantry reads of one engine, parsed, and how it changes things there. */
import type { Readable } from 'node:stream';
import type { Disposable } from '../core/disposable.ts';
import { Failure } from '../core/failure.ts';
import { lines } from '../core/lines.ts';
import { type ApiRequest, EngineApi, type Upload, deadlines } from './api.ts';
import { type Container, fromInspect, fromList } from './containers.ts';
import { engineFailure } from './failures.ts';
import { array, record, text } from './fields.ts';
import type { Ping, Runtime } from './probe.ts';
import { type Folder, type Resources, cacheFrom, imagesFrom, networksFrom, volumesFrom } from './resources.ts';
import type { Reachable } from './target.ts';

export interface LogQuery {
  readonly follow: boolean;
  /** Lines to begin with, counted from the end. */
  readonly tail: number | 'all';
  /** Seconds since the epoch, nanoseconds after the point, on the engine's clock: nothing older is sent. */
  readonly since?: string;
  /** True to begin each line with the time the engine got it, in RFC 3339 with nanoseconds, and a space. */
  readonly timestamps?: boolean;
}

export class EngineClient implements Disposable {
  readonly api: EngineApi;
  readonly runtime: Runtime;
  readonly #secure: boolean;
  readonly #host: string;

  constructor(target: Reachable, runtime: Runtime, apiVersion: string) {
    this.api = new EngineApi(target, apiVersion);
    this.#secure = 'tls' in target && target.tls !== undefined;
    this.#host = 'socketPath' in target && target.via !== undefined ? `unix://${target.socketPath}` : this.address;
    this.runtime = runtime;
  }

  get address(): string {
    return this.api.address;
  }

  /** The API version that requests name. */
  get version(): string {
    return this.api.version;
  }

  /** Variables that lead the docker command to this engine, wherever its own way would lead. */
  commandEnv(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
    // Certificates of a context are known to the docker command only.
    if (this.#secure) return env;
    const { DOCKER_CONTEXT: _, ...rest } = env;
    return { ...rest, DOCKER_HOST: this.#host };
  }

  /** See `EngineApi.ping`. */
  ping(signal: AbortSignal): Promise<Ping> {
    return this.api.ping(signal);
  }

  /** Every container, stopped ones too. */
  async listContainers(signal: AbortSignal): Promise<Container[]> {
    return array(await this.#get('/containers/json', deadlines.list, signal, { all: true })).map(fromList);
  }

  /**
   * One container, or undefined when there is none. Right after an event this is newer than a list: the engine
   * announces `die` before its lists know, but answers this when the change is complete.
   */
  async container(id: string, signal: AbortSignal): Promise<Container | undefined> {
    try {
      return fromInspect(await this.inspectContainer(id, signal));
    } catch (error) {
      if (error instanceof Failure && error.kind === 'notFound') return undefined;
      throw error;
    }
  }

  /** What the engine knows of a container. Throws Failure `notFound` when there is no such one. */
  inspectContainer(id: string, signal: AbortSignal): Promise<unknown> {
    return this.#get(`/containers/${encodeURIComponent(id)}/json`, deadlines.inspect, signal);
  }

  /** Whether the container's output comes from a terminal. Throws Failure `notFound` when there is no such container. */
  async hasTty(id: string, signal: AbortSignal): Promise<boolean> {
    return record(record(await this.inspectContainer(id, signal))['Config'])['Tty'] === true;
  }

  /** Asks for something and gives the answer, as JSON where it is some. */
  ask(request: ApiRequest, signal: AbortSignal, file?: Upload): Promise<unknown> {
    return this.api.json(request, deadlines.act, signal, file);
  }

  /** The rows of a folder. Neither asks for what makes the engine walk its disks. */
  list<F extends Folder>(folder: F, signal: AbortSignal): Promise<readonly Resources[F][]> {
    const { path, rows, query } = lists[folder];
    return this.#get(path, deadlines.list, signal, query).then(rows);
  }

  /** What tells an engine from every other, whatever its address; empty when it does not say (Podman makes up a new one). */
  async identity(signal: AbortSignal): Promise<string> {
    if (this.runtime === 'podman') return '';
    const info = record(await this.#get('/info', deadlines.inspect, signal));
    return ['ID', 'Name', 'DockerRootDir'].map((name) => text(info[name])).join(' ');
  }

  /**
   * The engine's events about what has a row, as bytes: JSON objects that end in line feeds. Runs until the signal or the
   * engine ends it.
   * @param since seconds since the epoch, on the engine's clock; what happened from then on is sent first.
   */
  events(since: number | undefined, signal: AbortSignal): Promise<Readable> {
    const filters = {
      type: ['container', 'image', 'volume', 'network', 'builder'],
      // Podman knows some of these by other names and would then send nothing.
      ...(this.runtime === 'docker' ? { event: [...containerEvents, ...folderEvents] } : {}),
    };
    const query = { filters, ...(since === undefined ? {} : { since }) };
    return this.api.stream({ method: 'GET', path: '/events', query }, signal);
  }

  /** Its events of some kinds about a container by id or name, as `events` gives them. */
  containerEvents(container: string, kinds: readonly string[], signal: AbortSignal): Promise<Readable> {
    const query = { filters: { container: [container], event: kinds } };
    return this.api.stream({ method: 'GET', path: '/events', query }, signal);
  }

  /** Resolves with true once a container runs, with false once it is gone. Throws Failure when the engine goes away. */
  async started(id: string, signal: AbortSignal): Promise<boolean> {
    const over = new AbortController();
    const either = AbortSignal.any([signal, over.signal]);
    try {
      const events = await this.containerEvents(id, ['start', 'destroy'], either);
      const now = await this.container(id, signal); // It may have started before the events were heard.
      if (now === undefined) return false;
      if (now.state === 'running') return true;
      for await (const line of lines(events)) {
        if (line.includes('"destroy"')) return false;
        if (line.includes('"start"')) return true;
      }
      throw engineFailure(Object.assign(new Error('end'), { code: 'ECONNRESET' }), this.address);
    } catch (error) {
      throw engineFailure(error, this.address);
    } finally {
      over.abort();
    }
  }

  /** A container's output, framed unless it has a TTY (see `demux`). */
  containerLogs(id: string, query: LogQuery, signal: AbortSignal): Promise<Readable> {
    const path = `/containers/${encodeURIComponent(id)}/logs`;
    return this.api.stream({ method: 'GET', path, query: { ...query, stdout: true, stderr: true } }, signal);
  }

  dispose(): void {
    this.api.dispose();
  }

  #get(path: string, milliseconds: number, signal: AbortSignal, query: ApiRequest['query'] = {}): Promise<unknown> {
    return this.api.json({ method: 'GET', path, query }, milliseconds, signal);
  }
}

/** Actions after which a container's row may be another one. */
export const containerEvents = [
  'create',
  'start',
  'restart',
  'die',
  'pause',
  'unpause',
  'rename',
  'update',
  'destroy',
  'health_status',
] as const;

/** Actions after which a list of images, volumes or networks may be another one, beside `create` and `destroy`. */
const folderEvents = ['pull', 'import', 'load', 'tag', 'untag', 'delete', 'remove', 'prune'] as const;

type Lists = {
  readonly [F in Folder]: {
    readonly path: string;
    readonly query?: ApiRequest['query'];
    readonly rows: (answer: unknown) => Resources[F][];
  };
};

const lists: Lists = {
  images: { path: '/images/json', rows: imagesFrom },
  volumes: { path: '/volumes', rows: volumesFrom },
  networks: { path: '/networks', rows: networksFrom },
  // Before API 1.42 the engine adds up everything it has; so this one is listed when it is opened and after a prune only.
  cache: { path: '/system/df', query: { type: 'build-cache' }, rows: cacheFrom },
};
