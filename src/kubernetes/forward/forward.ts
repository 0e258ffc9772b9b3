/**
 * One forwarded port: a listener on loopback that outlives pods and outages of the API. Each TCP connection has a way of
 * its own and chooses its pod anew.
 */
import { type Server, type Socket, createServer } from 'node:net';
import type { Disposable } from '../../core/disposable.ts';
import { Emitter } from '../../core/emitter.ts';
import { Failure, errnoOf, isAbort, toFailure } from '../../core/failure.ts';
import { t } from '../../core/l10n.ts';
import { explainRefusal } from '../actions/explainRefusal.ts';
import { forwardPort } from '../actions/streams.ts';
import { type ObjectRef, known } from '../apiResource.ts';
import type { Requester } from '../connection.ts';
import type { Store } from '../store.ts';
import { openPort } from '../streams/portStream.ts';
import type { SocketOpener } from '../streams/socket.ts';
import { Backends } from './backends.ts';
import type { ForwardSpec } from './spec.ts';

export interface ForwardDeps {
  readonly store: Store;
  readonly connect: (context: string) => Requester & SocketOpener;
}

export class Forward implements Disposable {
  readonly spec: ForwardSpec;
  readonly #deps: ForwardDeps;
  readonly #changed = new Emitter<void>();
  readonly #ending = new AbortController();
  readonly #locals = new Set<Socket>();
  readonly #servers: Server[] = [];
  #backends: Backends | undefined;
  #port = 0;
  #problem: Failure | undefined;

  constructor(spec: ForwardSpec, deps: ForwardDeps) {
    this.spec = spec;
    this.#deps = deps;
  }

  /** Fires when connections come and go and when a problem comes and goes. */
  readonly onDidChange = this.#changed.event;

  /** The local port, 0 until `listen`. */
  get port(): number {
    return this.#port;
  }

  get address(): string {
    return `127.0.0.1:${this.#port}`;
  }

  /** Connections that are open. */
  get connections(): number {
    return this.#locals.size;
  }

  /** Why the last connection could not be served; undefined since one could. */
  get problem(): Failure | undefined {
    return this.#problem;
  }

  /**
   * Listens on loopback only. The cluster is not contacted before somebody connects. Throws Failure `conflict` when the
   * port is taken.
   */
  async listen(): Promise<void> {
    const server = await this.#listenAt('127.0.0.1', this.spec.localPort);
    this.#port = (server.address() as { port: number }).port;
    // `localhost` may mean either; without IPv6 the first is enough.
    await this.#listenAt('::1', this.#port).catch(() => undefined);
  }

  dispose(): void {
    this.#ending.abort();
    for (const server of this.#servers) server.close();
    for (const local of this.#locals) local.resetAndDestroy();
    this.#backends?.dispose();
    this.#changed.dispose();
  }

  #listenAt(host: string, port: number): Promise<Server> {
    const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, (local) => void this.#serve(local));
    return new Promise((resolve, reject) => {
      server.once('error', (error) => reject(listenFailure(error, port)));
      server.listen({ host, port, ipv6Only: host === '::1' }, () => {
        if (this.#ending.signal.aborted) {
          server.close();
          return reject(new Failure('cancelled', t('Cancelled.')));
        }
        this.#servers.push(server);
        server.on('error', () => {}); // A connection that ended before it was accepted.
        resolve(server);
      });
    });
  }

  async #serve(local: Socket): Promise<void> {
    this.#locals.add(local);
    const closed = new AbortController();
    local.on('error', () => {}); // 'close' follows.
    local.once('close', () => {
      this.#locals.delete(local);
      closed.abort();
      this.#changed.fire();
    });
    this.#changed.fire();
    try {
      const signal = AbortSignal.any([this.#ending.signal, closed.signal]);
      const server = this.#deps.connect(this.spec.context);
      this.#backends ??= new Backends(this.spec, this.#deps.store, () => this.#deps.connect(this.spec.context));
      const pod = await this.#backends.choose(signal);
      const remote = await openPort(server, pod, signal);
      if (local.destroyed) return remote.terminate();
      local.setNoDelay(true);
      const ended = remote.join(local);
      local.resume();
      this.#tell(undefined);
      void this.#backends.gone(pod, signal).then((isGone) => isGone && remote.breakOnceSilent());
      const failure = await ended;
      if (failure !== undefined) this.#tell(failure);
    } catch (error) {
      // A reset, not an end: nobody must take this for an empty answer.
      local.resetAndDestroy();
      this.#backends?.forget();
      if (!isAbort(error))
        this.#tell(toFailure(explainRefusal(error, forwardPort.needs(known.pods), this.#ref()), 'unreachable'));
    }
  }

  #ref(): ObjectRef {
    const { context, namespace, name } = this.spec;
    return { ...known.pods, context, namespace, name };
  }

  #tell(problem: Failure | undefined): void {
    if (this.#problem?.message === problem?.message) return;
    this.#problem = problem;
    this.#changed.fire();
  }
}

function listenFailure(error: unknown, port: number): Failure {
  switch (errnoOf(error)) {
    case 'EADDRINUSE':
      return new Failure('conflict', t('Port {0} is taken by another program. Choose another one.', port), error);
    case 'EACCES':
      return new Failure('forbidden', t('Port {0} needs more rights. Choose one above 1023.', port), error);
    default:
      return toFailure(error);
  }
}
