/** One engine's API: dockerode on our own agents, with the version pinned and each error made a Failure. */
import type { Agent } from 'node:http';
import type { Readable } from 'node:stream';
import Dockerode from 'dockerode';
import type { Disposable } from '../core/disposable.ts';
import { Failure } from '../core/failure.ts';
import { type Container, fromInspect, fromList } from './containers.ts';
import { engineFailure, silence } from './failures.ts';
import { type Ping, type Runtime, ping } from './probe.ts';
import { type Folder, type Resources, imagesFrom, networksFrom, volumesFrom } from './resources.ts';
import { type Target, addressOf, agentFor } from './target.ts';

/** The newest API version whose answers this program knows. */
const newest = '1.52';

/** Milliseconds a request may take. Lists of a busy engine take seconds; see moby/moby#53077. */
const deadlines = {
  ping: 5000,
  inspect: 10_000,
  list: 30_000,
  open: 10_000,
  // A stop lasts as long as the container was given to end in.
  act: 600_000,
} as const;

/** What can be done to a container. */
export type Action = 'start' | 'stop' | 'restart';

export interface LogQuery {
  readonly follow: boolean;
  /** Lines to begin with, counted from the end. */
  readonly tail: number | 'all';
}

export class EngineClient implements Disposable {
  readonly address: string;
  readonly runtime: Runtime;
  readonly #target: Target;
  /** Few connections for requests, so that a frozen engine gathers no pile; streams hold one each for as long as they run. */
  readonly #requests: Agent;
  readonly #streams: Agent;
  #version = '';
  #api!: { readonly requests: Dockerode; readonly streams: Dockerode };

  constructor(target: Target, runtime: Runtime, apiVersion: string) {
    this.address = addressOf(target);
    this.runtime = runtime;
    this.#target = target;
    this.#requests = agentFor(target, 4);
    this.#streams = agentFor(target, Infinity);
    this.#pin(apiVersion);
  }

  /** The API version that requests name. */
  get version(): string {
    return this.#version;
  }

  /** Asks whether the engine is there; an engine that came back in another version is spoken to in that one. */
  async ping(signal: AbortSignal): Promise<Ping> {
    const answer = await this.#within(deadlines.ping, signal, (either) =>
      ping(this.#target, this.#requests, this.address, either),
    );
    this.#pin(answer.apiVersion);
    return answer;
  }

  /** Every container, stopped ones too. */
  async listContainers(signal: AbortSignal): Promise<Container[]> {
    const items: unknown = await this.#within(deadlines.list, signal, (abortSignal) =>
      this.#api.requests.listContainers({ all: true, abortSignal }),
    );
    return (items as unknown[]).map(fromList);
  }

  /**
   * One container, or undefined when there is none. Right after an event this is newer than a list: the engine
   * announces `die` before its lists know, but answers this when the change is complete.
   */
  async container(id: string, signal: AbortSignal): Promise<Container | undefined> {
    try {
      return fromInspect(await this.#inspect(id, signal));
    } catch (error) {
      if (error instanceof Failure && error.kind === 'notFound') return undefined;
      throw error;
    }
  }

  /** Whether the container's output comes from a terminal. Throws Failure `notFound` when there is no such container. */
  async hasTty(id: string, signal: AbortSignal): Promise<boolean> {
    return (await this.#inspect(id, signal)).Config.Tty;
  }

  /**
   * Does something to a container and resolves when it is done; done already is fine. Throws Failure `notFound` for an
   * unknown container, and the engine's own words when it refuses.
   */
  async act(action: Action, id: string, signal: AbortSignal): Promise<void> {
    const container = this.#container(id);
    const acts = {
      start: (abortSignal) => container.start({ abortSignal }),
      stop: (abortSignal) => container.stop({ abortSignal }),
      restart: (abortSignal) => container.restart({ abortSignal }),
    } satisfies Record<Action, (abortSignal: AbortSignal) => Promise<unknown>>;
    await this.#within(deadlines.act, signal, (either) => acts[action](either).catch(unlessSoAlready));
  }

  /** Removes a container; its anonymous and named volumes stay. `force` kills it first if it runs. */
  async remove(id: string, { force }: { readonly force: boolean }, signal: AbortSignal): Promise<void> {
    await this.#within(deadlines.act, signal, (abortSignal) => this.#container(id).remove({ force, abortSignal }));
  }

  /** The rows of a folder. Neither asks for what makes the engine walk its disks. */
  list<F extends Folder>(folder: F, signal: AbortSignal): Promise<readonly Resources[F][]> {
    return this.#within(deadlines.list, signal, (abortSignal) => lists[folder](this.#api.requests, abortSignal));
  }

  /**
   * The engine's events about what has a row, as bytes: JSON objects that end in line feeds. Runs until the signal or the
   * engine ends it.
   * @param since seconds since the epoch, on the engine's clock; what happened from then on is sent first.
   */
  events(since: number | undefined, signal: AbortSignal): Promise<Readable> {
    const filters = {
      type: ['container', 'image', 'volume', 'network'],
      // Podman knows some of these by other names and would then send nothing.
      ...(this.runtime === 'docker' ? { event: [...containerEvents, ...folderEvents] } : {}),
    };
    return this.#stream('/events?', { filters, ...(since === undefined ? {} : { since }) }, signal);
  }

  /** A container's output, framed unless it has a TTY (see `demux`). */
  containerLogs(id: string, { follow, tail }: LogQuery, signal: AbortSignal): Promise<Readable> {
    const query = { follow, tail, stdout: true, stderr: true };
    return this.#stream(`/containers/${encodeURIComponent(id)}/logs?`, query, signal);
  }

  dispose(): void {
    this.#requests.destroy();
    this.#streams.destroy();
  }

  #container(id: string): Dockerode.Container {
    return this.#api.requests.getContainer(encodeURIComponent(id));
  }

  #inspect(id: string, signal: AbortSignal): Promise<Dockerode.ContainerInspectInfo> {
    return this.#within(deadlines.inspect, signal, (abortSignal) => this.#container(id).inspect({ abortSignal }));
  }

  #pin(apiVersion: string): void {
    const version = pinned(apiVersion);
    if (version === this.#version) return;
    this.#version = version;
    const api = (agent: Agent): Dockerode => dockerode(this.#target, agent, version);
    this.#api = { requests: api(this.#requests), streams: api(this.#streams) };
  }

  /** Opens a stream: the deadline holds until the engine answers, the signal as long as the stream runs. */
  async #stream(path: string, options: Record<string, unknown>, signal: AbortSignal): Promise<Readable> {
    const deadline = new AbortController();
    const timer = setTimeout(() => deadline.abort(), deadlines.open);
    try {
      const { modem } = this.#api.streams;
      return await new Promise<Readable>((resolve, reject) => {
        modem.dial(
          {
            path,
            method: 'GET',
            options,
            isStream: true,
            statusCodes: { 200: true },
            abortSignal: AbortSignal.any([signal, deadline.signal]),
          },
          (error, stream) => (error === null ? resolve(stream as Readable) : reject(error)),
        );
      });
    } catch (error) {
      signal.throwIfAborted();
      throw deadline.signal.aborted ? silence(this.address, deadlines.open) : engineFailure(error, this.address);
    } finally {
      clearTimeout(timer);
    }
  }

  async #within<T>(milliseconds: number, signal: AbortSignal, work: (either: AbortSignal) => Promise<T>): Promise<T> {
    const timeout = AbortSignal.timeout(milliseconds);
    try {
      return await work(AbortSignal.any([signal, timeout]));
    } catch (error) {
      signal.throwIfAborted();
      throw timeout.aborted ? silence(this.address, milliseconds) : engineFailure(error, this.address);
    }
  }
}

/** The engine answers 304 when there is nothing to do: a start of what runs, a stop of what does not. */
function unlessSoAlready(error: unknown): void {
  if ((error as { statusCode?: unknown } | null)?.statusCode !== 304) throw error;
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
const folderEvents = ['pull', 'import', 'load', 'tag', 'untag', 'delete', 'remove'] as const;

type Lists = { readonly [F in Folder]: (api: Dockerode, abortSignal: AbortSignal) => Promise<Resources[F][]> };

const lists: Lists = {
  images: async (api, abortSignal) => imagesFrom(await api.listImages({ abortSignal })),
  volumes: async (api, abortSignal) => volumesFrom(await api.listVolumes({ abortSignal })),
  networks: async (api, abortSignal) => networksFrom(await api.listNetworks({ abortSignal })),
};

/** The older of what the engine speaks and what we know. An engine answers in any version down to its own minimum. */
export function pinned(server: string): string {
  const [major = 0, minor = 0] = server.split('.').map(Number);
  const [ourMajor, ourMinor] = newest.split('.').map(Number) as [number, number];
  return major < ourMajor || (major === ourMajor && minor < ourMinor) ? server : newest;
}

/** dockerode reads DOCKER_* itself, lets them win over a socket, and throws when it does not like them. */
function dockerode(target: Target, agent: Agent, version: string): Dockerode {
  const where =
    'host' in target
      ? { host: target.host, port: target.port, protocol: target.tls === undefined ? 'http' : 'https' }
      : { socketPath: target.socketPath, protocol: 'http' };
  return withoutDockerVariables(
    () => new Dockerode({ ...where, agent, version: `v${version}` } as unknown as Dockerode.DockerOptions),
  );
}

function withoutDockerVariables<T>(work: () => T): T {
  const names = Object.keys(process.env).filter((name) => name.startsWith('DOCKER_'));
  const saved = names.map((name) => [name, process.env[name]] as const);
  for (const name of names) delete process.env[name];
  try {
    return work();
  } finally {
    for (const [name, value] of saved) process.env[name] = value;
  }
}
