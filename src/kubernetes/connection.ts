/**
 * The way to one API server as one user: one keep-alive agent for as long as the credentials stay the same. Client-node
 * opens a TLS connection per request, which is why its HTTP client is not used.
 */
import { createHash } from 'node:crypto';
import { isIP } from 'node:net';
import { createGunzip } from 'node:zlib';
import { Agent, type Dispatcher, ProxyAgent } from 'undici';
import type { WebSocket } from 'ws';
import { type Clock, systemClock } from '../core/backoff.ts';
import type { Disposable } from '../core/disposable.ts';
import { Failure } from '../core/failure.ts';
import { t } from '../core/l10n.ts';
import type { ApiObject, ApiStatus } from './api.ts';
import { ApiFailure, refusal, transportFailure } from './apiFailure.ts';
import { type CredentialDeps, CredentialSource, type Credentials } from './credentials.ts';
import type { KubeContext } from './kubeconfig.ts';
import { readStatus } from './protobufCodec.ts';
import { isLoopback, proxyFor } from './proxy.ts';
import type { SocketOpener, SocketRequest } from './streams/socket.ts';

export interface RequestOptions {
  readonly query?: Readonly<Record<string, string | undefined>>;
  readonly accept?: string;
  readonly signal: AbortSignal;
  /** Milliseconds between two pieces of the body after which the server counts as gone; 0, or left out, for never. */
  readonly longestPause?: number;
  /** The answer may come compressed: worth it for lists, not for watches, which the server never compresses. */
  readonly compressed?: boolean;
  /** Verb and resource for people: `list pods in shop`. */
  readonly what: string;
  /** GET when left out. A request that changes something is sent once: only credentials that were refused are renewed. */
  readonly method?: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';
  readonly body?: RequestBody;
}

export interface RequestBody {
  /** The media type: `application/json`, `application/merge-patch+json` … */
  readonly type: string;
  readonly text: string;
}

/** A success of the server; the body must be read or the signal aborted, else its connection is not free again. */
export interface Answer {
  readonly status: number;
  /** The media type of the body. */
  readonly type?: string | undefined;
  readonly body: AsyncIterable<Uint8Array>;
}

/** What the list and watch engine needs of a server. */
export interface Requester {
  /** Resolves when the head of a success arrived. Rejects with a Failure; `ApiFailure` when the server answered. */
  request(path: string, options: RequestOptions): Promise<Answer>;
  /** Resolves when the server answers anything at all; rejects within seconds when it does not. */
  probe(signal: AbortSignal): Promise<void>;
  /** Who the server is now and how far it has come; what the user may not read is undefined. */
  identity(): Promise<ServerNow>;
  /** Milliseconds that the server's clock is ahead of ours, as far as it differs noticeably; 0 before the first answer. */
  readonly skew?: number;
}

export interface ServerNow {
  /** Uid of the namespace kube-system, which is the cluster's own. */
  readonly uid: string | undefined;
  /** The newest resource version. */
  readonly version: string | undefined;
}

const connectTimeout = 10_000;
/** Milliseconds until the first byte of an answer. A list of a busy server takes a while to begin. */
const headersTimeout = 30_000;
const probeTimeout = 5_000;
/** Milliseconds by which two clocks may differ before it counts: a Date header has whole seconds and was written earlier. */
const leastSkew = 3_000;
/** Below the 90 s after which API servers close idle connections (Go's http.Server as kube-apiserver sets it). */
const keepAliveTimeout = 60_000;
/** Milliseconds of silence after which TCP asks the other end; load balancers forget quiet connections after 60 s. */
const keepAliveProbe = 15_000;
/** Bytes of a refusal's body that are read. */
const mostRefusalBytes = 64 * 1024;

export class Connection implements Requester, SocketOpener, Disposable {
  readonly context: KubeContext;
  readonly #credentials: CredentialSource;
  readonly #env: NodeJS.ProcessEnv;
  readonly #closing = new AbortController();
  #agent: { readonly hash: string; readonly dispatcher: Dispatcher } | undefined;
  readonly #clock: Clock;
  #probing: Promise<void> | undefined;
  #identifying: Promise<ServerNow> | undefined;
  #skew = 0;

  constructor(context: KubeContext, deps: CredentialDeps) {
    this.context = context;
    this.#clock = deps.clock ?? systemClock;
    // Tokens expire by the clock of those who issue them.
    this.#credentials = new CredentialSource(context, deps, () => this.#clock.now() + this.#skew);
    this.#env = deps.env;
  }

  get skew(): number {
    return this.#skew;
  }

  async request(path: string, options: RequestOptions): Promise<Answer> {
    const credentials = await this.#credentials.get();
    const response = await this.#send(path, options, credentials);
    if (response.statusCode !== 401) return this.#accept(response, options);
    await drain(response);
    if (!this.#credentials.renew(credentials)) throw refusal(options.what, this.context.name, 401, {});
    return this.#accept(await this.#send(path, options, await this.#credentials.get()), options);
  }

  /** Opens a WebSocket with the same credentials; they are renewed once when the server refuses them. */
  async socket(request: SocketRequest): Promise<WebSocket> {
    const { openSocket } = await import('./streams/socket.ts');
    const bound = { ...request, signal: AbortSignal.any([request.signal, this.#closing.signal]) };
    const credentials = await this.#credentials.get();
    try {
      return await openSocket(this.context, credentials, this.#env, bound);
    } catch (error) {
      const refused = error instanceof ApiFailure && error.status === 401;
      if (!refused || !this.#credentials.renew(credentials)) throw error;
      return openSocket(this.context, await this.#credentials.get(), this.#env, bound);
    }
  }

  probe(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    // One question serves every watch of the connection; none of them can end it for the others.
    this.#probing ??= this.#ask('/readyz').finally(() => (this.#probing = undefined));
    return this.#probing;
  }

  identity(): Promise<ServerNow> {
    this.#identifying ??= this.#identify().finally(() => (this.#identifying = undefined));
    return this.#identifying;
  }

  /** Asks for new credentials at the next request. */
  reset(): void {
    this.#credentials.reset();
  }

  dispose(): void {
    this.#closing.abort();
    void this.#agent?.dispatcher.destroy();
    this.#agent = undefined;
  }

  /** Whether the server says anything at all within seconds. */
  #ask(path: string): Promise<void> {
    return this.#soon(async (signal) => {
      await drain(await this.#send(path, { signal, what: path }, await this.#credentials.get()));
    });
  }

  async #identify(): Promise<ServerNow> {
    // A list, for only a list tells how far the server has come.
    const query = { fieldSelector: 'metadata.name=kube-system', limit: '1' };
    try {
      return await this.#soon(async (signal) => {
        const { body } = await this.request('/api/v1/namespaces', { query, signal, what: 'identify' });
        const { metadata, items } = JSON.parse(await textOf(body)) as ApiList;
        return { uid: items?.[0]?.metadata.uid, version: metadata?.resourceVersion };
      });
    } catch (error) {
      if (error instanceof Failure && error.kind === 'forbidden') return { uid: undefined, version: undefined };
      throw error;
    }
  }

  /** Gives up when the server says nothing within seconds. */
  async #soon<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const { server } = this.context.cluster;
    const done = new AbortController();
    const late = new AbortController();
    void this.#clock.sleep(probeTimeout, done.signal).then(
      () => late.abort(new Failure('timeout', t('{0} does not answer. Check the network or a VPN.', server))),
      () => {},
    );
    try {
      return await work(late.signal);
    } finally {
      done.abort();
    }
  }

  async #accept(response: Dispatcher.ResponseData, { what }: RequestOptions): Promise<Answer> {
    const { statusCode: status, body, headers } = response;
    if (status >= 200 && status < 300) {
      this.#credentials.accepted();
      const type = headers['content-type'];
      const plain = headers['content-encoding'] === 'gzip' ? body.compose(createGunzip()) : body;
      return {
        status,
        body: this.#read(plain as AsyncIterable<Uint8Array>),
        type: typeof type === 'string' ? type : undefined,
      };
    }
    if (status !== 401) this.#credentials.accepted();
    const retryAfter = headers['retry-after'];
    const said = await statusObject(response);
    throw refusal(what, this.context.name, status, said, typeof retryAfter === 'string' ? retryAfter : undefined);
  }

  async #send(path: string, options: RequestOptions, credentials: Credentials): Promise<Dispatcher.ResponseData> {
    const { server } = this.context.cluster;
    const signal = AbortSignal.any([options.signal, this.#closing.signal]);
    try {
      const url = new URL(server);
      const response = this.#dispatcher(credentials).request({
        origin: url.origin,
        path: url.pathname.replace(/\/$/, '') + path + queryText(options.query),
        method: options.method ?? 'GET',
        headers: {
          accept: options.accept ?? 'application/json',
          // On this machine, packing costs more than it saves.
          ...(options.compressed && !isLoopback(url.hostname) ? { 'accept-encoding': 'gzip' } : {}),
          ...(options.body === undefined ? {} : { 'content-type': options.body.type }),
          'user-agent': 'gantry',
          ...credentials.headers,
        },
        body: options.body?.text ?? null,
        signal,
        headersTimeout,
        bodyTimeout: options.longestPause ?? 0,
      });
      const answer = await unlessAborted(response, signal);
      this.#noteTime(answer.headers['date']);
      return answer;
    } catch (error) {
      const proxy = proxyFor(server, this.context.cluster.proxyUrl, this.#env);
      throw transportFailure(error, server, this.context.name, proxy);
    }
  }

  #noteTime(date: string | string[] | undefined): void {
    const ahead = Date.parse(String(date)) - this.#clock.now();
    if (!Number.isNaN(ahead)) this.#skew = Math.abs(ahead) < leastSkew ? 0 : ahead;
  }

  async *#read(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    try {
      yield* body;
      await turn();
    } catch (error) {
      throw transportFailure(error, this.context.cluster.server, this.context.name);
    }
  }

  #dispatcher(credentials: Credentials): Dispatcher {
    if (this.#closing.signal.aborted) throw new Failure('cancelled', t('Cancelled.'));
    const hash = hashOf(credentials);
    if (this.#agent?.hash === hash) return this.#agent.dispatcher;
    // What still runs on the old agent may finish: closing is graceful.
    void this.#agent?.dispatcher.close();
    this.#agent = { hash, dispatcher: createAgent(this.context, credentials, this.#env, this.#closing.signal) };
    return this.#agent.dispatcher;
  }
}

/** Undici looks at the signal of a request only once it has a connection; a dead server gives none for long. */
function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason as Error);
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}

function createAgent(
  { cluster }: KubeContext,
  credentials: Credentials,
  env: NodeJS.ProcessEnv,
  closing: AbortSignal,
): Dispatcher {
  const { hostname } = new URL(cluster.server);
  const servername = cluster.tlsServerName ?? (isIP(hostname.replace(/^\[|\]$/g, '')) === 0 ? hostname : undefined);
  const dialling = {
    keepAlive: true,
    keepAliveInitialDelay: keepAliveProbe,
    // An agent that is destroyed leaves connections that are not made yet alone, and a dead server never makes them.
    signal: closing,
  };
  const tls = {
    ca: credentials.ca,
    cert: credentials.cert,
    key: credentials.key,
    rejectUnauthorized: !cluster.skipTLSVerify,
    ...(servername === undefined ? {} : { servername }),
    ...dialling,
    timeout: connectTimeout,
  };
  // HTTP/1.1: one watch cannot hold up another, and a dead connection takes one watch with it, not all.
  const options = { allowH2: false, connectTimeout, keepAliveTimeout };
  const proxy = proxyFor(cluster.server, cluster.proxyUrl, env);
  return proxy === undefined
    ? new Agent({ ...options, connect: tls })
    : new ProxyAgent({ ...options, uri: proxy, requestTls: tls, proxyTls: dialling });
}

/** Tells whether the TLS part of two credentials is the same; headers do not need another connection. */
function hashOf({ ca, cert, key }: Credentials): string {
  const hash = createHash('sha256');
  for (const part of [ca, cert, key]) hash.update(`${part?.length ?? -1}:`).update(part ?? '');
  return hash.digest('base64');
}

function queryText(query: RequestOptions['query']): string {
  const entries = Object.entries(query ?? {}).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return entries.length === 0 ? '' : `?${new URLSearchParams(entries).toString()}`;
}

/** The Status object of a refusal; empty when the body is none, as with proxies. */
async function statusObject({ body }: Dispatcher.ResponseData): Promise<ApiStatus> {
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      if ((length += chunk.length) > mostRefusalBytes) break;
    }
    return readStatus(Buffer.concat(chunks));
  } catch {
    return {};
  }
}

interface ApiList {
  readonly metadata?: { readonly resourceVersion?: string };
  readonly items?: readonly ApiObject[];
}

async function textOf(body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

async function drain({ body }: Dispatcher.ResponseData): Promise<void> {
  await body.dump({ limit: mostRefusalBytes }).catch(() => {});
  await turn();
}

/** Undici gives a connection back one turn of the event loop after its answer ended; a request before that dials anew. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
