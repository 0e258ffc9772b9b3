/**
 * Requests to one engine: docker-modem on our own agents, with the version pinned, a deadline on every answer, and each
 * error made a Failure.
 */
import type { Agent } from 'node:http';
import type { Duplex, Readable } from 'node:stream';
import Dockerode from 'dockerode';
import type { Disposable } from '../core/disposable.ts';
import { engineFailure, silence } from './failures.ts';
import { type Ping, ping } from './probe.ts';
import { type Reachable, addressOf, agentFor } from './target.ts';

/** The newest API version whose answers this program knows. */
const newest = '1.52';

/** Milliseconds a request may take. Lists of a busy engine take seconds; see moby/moby#53077. */
export const deadlines = {
  ping: 5000,
  inspect: 10_000,
  list: 30_000,
  open: 10_000,
  // Podman, and a loaded engine, first mount what they make an archive of.
  archive: 60_000,
  // A stop lasts as long as the container was given to end in; a prune walks the disks.
  act: 600_000,
} as const;

/** One request, as plain data. */
export interface ApiRequest {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE';
  /** Below the version: `/containers/json`. */
  readonly path: string;
  /** Objects travel as JSON, lists as repeated names. */
  readonly query?: Readonly<Record<string, unknown>>;
  readonly body?: object;
  readonly headers?: Readonly<Record<string, string>>;
  /** Milliseconds until a stream must have begun; `deadlines.open` unless told. */
  readonly patience?: number;
}

/** Bytes that go with a request, such as an archive. */
export type Upload = Readable | Buffer;

export class EngineApi implements Disposable {
  readonly address: string;
  readonly #target: Reachable;
  /** Few connections for requests, so that a frozen engine gathers no pile; streams hold one each for as long as they run. */
  readonly #requests: Agent;
  readonly #streams: Agent;
  #version = '';
  #modems!: { readonly requests: Modem; readonly streams: Modem };

  constructor(target: Reachable, apiVersion: string) {
    this.address = addressOf(target);
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

  /** The answer as JSON, or as bytes when it is none; throws a Failure for what is not below 400. */
  json(request: ApiRequest, milliseconds: number, signal: AbortSignal, file?: Upload): Promise<unknown> {
    const upload = file === undefined ? {} : { file };
    return this.#within(milliseconds, signal, (abortSignal) =>
      dial<unknown>(this.#modems.requests, request, { abortSignal, ...upload }),
    );
  }

  /** The answer as it comes. The deadline holds until the engine answers, the signal for as long as the stream runs. */
  stream(request: ApiRequest, signal: AbortSignal, file?: Upload): Promise<Readable> {
    const upload = file === undefined ? {} : { file };
    // What is sent first may take long; the engine answers after it.
    const patience = file === undefined ? (request.patience ?? deadlines.open) : deadlines.act;
    return this.#opening(patience, signal, (abortSignal) =>
      dial<Readable>(this.#modems.streams, request, { isStream: true, abortSignal, ...upload }),
    );
  }

  /** The connection itself, both ways, for a terminal. Its `end()` closes the input only; destroy it when done. */
  async hijack(request: ApiRequest, signal: AbortSignal): Promise<Duplex> {
    // Without a body docker-modem would never send the headers, or would end up with a chunk in the container's input.
    const empty = { file: Buffer.alloc(0), openStdin: false };
    const input = request.body === undefined ? empty : { openStdin: true };
    const socket = await this.#opening(deadlines.open, signal, (abortSignal) =>
      dial<Duplex>(this.#modems.streams, request, { isStream: true, hijack: true, abortSignal, ...input }),
    );
    if (signal.aborted) socket.destroy();
    else signal.addEventListener('abort', () => socket.destroy(), { once: true });
    return socket;
  }

  dispose(): void {
    this.#requests.destroy();
    this.#streams.destroy();
  }

  /** A tunnel that broke is opened again; one that stands costs nothing. */
  async #way(): Promise<void> {
    if ('socketPath' in this.#target) await this.#target.via?.open();
  }

  #pin(apiVersion: string): void {
    const version = pinned(apiVersion);
    if (version === this.#version) return;
    this.#version = version;
    const modem = (agent: Agent): Modem => dockerode(this.#target, agent, version).modem;
    this.#modems = { requests: modem(this.#requests), streams: modem(this.#streams) };
  }

  async #opening<T>(milliseconds: number, signal: AbortSignal, open: (either: AbortSignal) => Promise<T>): Promise<T> {
    await this.#way();
    const deadline = new AbortController();
    const timer = setTimeout(() => deadline.abort(), milliseconds);
    try {
      return await open(AbortSignal.any([signal, deadline.signal]));
    } catch (error) {
      signal.throwIfAborted();
      throw deadline.signal.aborted ? silence(this.address, milliseconds) : engineFailure(error, this.address);
    } finally {
      clearTimeout(timer);
    }
  }

  async #within<T>(milliseconds: number, signal: AbortSignal, work: (either: AbortSignal) => Promise<T>): Promise<T> {
    await this.#way();
    const timeout = AbortSignal.timeout(milliseconds);
    try {
      return await work(AbortSignal.any([signal, timeout]));
    } catch (error) {
      signal.throwIfAborted();
      throw timeout.aborted ? silence(this.address, milliseconds) : engineFailure(error, this.address);
    }
  }
}

/** The part of docker-modem that is used; its types leave out half of it. */
interface Modem {
  dial(options: object, callback: (error: Error | null, answer: unknown) => void): void;
}

interface DialOptions {
  readonly abortSignal: AbortSignal;
  readonly isStream?: boolean;
  readonly hijack?: boolean;
  readonly openStdin?: boolean;
  readonly file?: Upload;
}

/** 304 says that there is nothing to do: a start of what runs, a stop of what does not. */
const fine = Object.fromEntries([200, 201, 202, 204, 304].map((status) => [status, true]));

function dial<T>(modem: Modem, request: ApiRequest, options: DialOptions): Promise<T> {
  const { method, path, query = {}, body = {}, headers } = request;
  return new Promise((resolve, reject) => {
    modem.dial(
      {
        method,
        path: Object.keys(query).length === 0 ? path : `${path}?`,
        options: { _query: query, _body: body },
        statusCodes: fine,
        ...(headers === undefined ? {} : { headers: { ...headers } }),
        ...options,
      },
      (error, answer) => (error === null ? resolve(answer as T) : reject(error)),
    );
  });
}

/** The older of what the engine speaks and what we know. An engine answers in any version down to its own minimum. */
export function pinned(server: string): string {
  const [major = 0, minor = 0] = server.split('.').map(Number);
  const [ourMajor, ourMinor] = newest.split('.').map(Number) as [number, number];
  return major < ourMajor || (major === ourMajor && minor < ourMinor) ? server : newest;
}

/** dockerode reads DOCKER_* itself, lets them win over a socket, and throws when it does not like them. */
function dockerode(target: Reachable, agent: Agent, version: string): Dockerode {
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
