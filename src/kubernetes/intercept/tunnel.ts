/**
 * The way from a pod of ours to a program of this machine, which no node could reach itself: a few connections to the pod
 * wait (see labkit/relay), and each is joined with the program once somebody uses it.
 */
import { type Socket, connect } from 'node:net';
import { Transform } from 'node:stream';
import { setTimeout as wait } from 'node:timers/promises';
import type { Disposable } from '../../core/disposable.ts';

export interface TunnelOptions {
  /** A port of this machine that leads to the pod's relay. */
  readonly relay: number;
  /** The program's port. */
  readonly local: number;
  /** Milliseconds that callers wait for a program that is being started anew. */
  readonly patience: number;
}

/** Connections that wait; more callers at once wait for others to be opened. */
const waiting = 4;
/** Milliseconds between two tries to reach the program or the pod. */
const retryEvery = 200;
/** The greeting, then the port as two bytes. */
const headLength = 3;
/** The length that says that a connection broke. */
const broken = 0xffff_ffff;

export class Tunnel implements Disposable {
  readonly #options: TunnelOptions;
  readonly #ending = new AbortController();
  readonly #sockets = new Set<Socket>();
  readonly #greeted = Promise.withResolvers<void>();
  readonly #silent = Promise.withResolvers<void>();

  constructor(options: TunnelOptions) {
    this.#options = options;
    for (let i = 0; i < waiting; i++) void this.#waiter();
  }

  /** Resolves once the pod has greeted. */
  get greeted(): Promise<void> {
    return this.#greeted.promise;
  }

  /** Resolves when a caller waited in vain: nobody listens at the program's port. */
  get silent(): Promise<void> {
    return this.#silent.promise;
  }

  dispose(): void {
    this.#ending.abort();
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Keeps one connection waiting: another one as soon as it is used or lost. */
  async #waiter(): Promise<void> {
    const { signal } = this.#ending;
    while (!signal.aborted) {
      const used = await this.#waitOnce().catch(() => false);
      if (!used) await wait(retryEvery, undefined, { signal }).catch(() => {});
    }
  }

  /** Resolves with true when the connection was used, false when it was lost before. */
  #waitOnce(): Promise<boolean> {
    const remote = this.#keep(connect(this.#options.relay, '127.0.0.1'));
    return new Promise((resolve) => {
      let head = Buffer.alloc(0);
      const read = (piece: Buffer): void => {
        head = Buffer.concat([head, piece]);
        this.#greeted.resolve();
        if (head.length < headLength) return;
        remote.off('data', read).pause();
        resolve(true);
        void this.#join(remote, head.subarray(headLength));
      };
      remote.on('data', read).once('close', () => resolve(false));
    });
  }

  async #join(remote: Socket, first: Buffer): Promise<void> {
    const local = await this.#program(remote);
    if (local === undefined) return cut(remote);
    if (first.length > 0) local.write(first);
    remote.once('close', () => local.destroySoon());
    remote.pipe(local);
    local.on('error', () => cut(remote));
    local.pipe(inPieces()).pipe(remote);
  }

  /** A connection to the program; undefined when it did not come up in time or the caller is gone. */
  async #program(caller: Socket): Promise<Socket | undefined> {
    const until = performance.now() + this.#options.patience;
    for (;;) {
      const local = await connected(this.#options.local);
      if (local !== undefined) return this.#keep(local);
      if (this.#ending.signal.aborted || caller.destroyed) return undefined;
      if (performance.now() > until) {
        this.#silent.resolve();
        return undefined;
      }
      await wait(retryEvery, undefined, { signal: this.#ending.signal }).catch(() => {});
    }
  }

  #keep(socket: Socket): Socket {
    this.#sockets.add(socket);
    return socket
      .setNoDelay(true)
      .on('error', () => {}) // 'close' follows.
      .once('close', () => this.#sockets.delete(socket));
  }
}

/** What the program says, each piece after its length; an end is a piece of none (see labkit/relay). */
function inPieces(): Transform {
  return new Transform({
    transform(piece: Buffer, _, done) {
      this.push(lengthOf(piece.length));
      done(null, piece);
    },
    flush(done) {
      done(null, lengthOf(0));
    },
  });
}

function lengthOf(bytes: number): Buffer {
  const head = Buffer.alloc(4);
  head.writeUInt32BE(bytes);
  return head;
}

/** What came until now is no whole answer, and must not look like one. */
function cut(remote: Socket): void {
  if (!remote.destroyed) remote.write(lengthOf(broken));
  remote.destroySoon();
}

/** A connection to whoever listens at a port of `localhost`; undefined when nobody does. */
export function connected(port: number): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host: 'localhost', port });
    socket.once('error', () => resolve(undefined)).once('connect', () => resolve(socket));
  });
}
