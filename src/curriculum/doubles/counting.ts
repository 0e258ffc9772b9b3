/** What all doubles share: nonces that are given once, counted calls, and failures that are drawn. */
import { type AddressInfo, type Server, type Socket, createServer } from 'node:net';
import { Failure, errnoOf } from '../../core/failure.ts';
import { t } from '../../core/l10n.ts';
import { type Random, seeded } from '../random.ts';
import type { Behaviour } from './double.ts';

/** A call as it shall be answered; undefined: not at all. */
export interface Call {
  readonly fails: boolean;
  /** Claimable unless the call fails. */
  readonly nonce: string;
}

export class Ledger {
  readonly #random: Random;
  readonly #given = new Set<string>();
  #behaviour: Behaviour = { fails: 'never', delay: 0 };
  #calls = 0;
  /** Which call of the present ten fails. */
  #failing = 0;

  constructor(random: Random) {
    // Numbers of its own: what it draws does not depend on what else is drawn meanwhile.
    this.#random = seeded(random.between(1, 0x7fffffff));
  }

  get calls(): number {
    return this.#calls;
  }

  get behaviour(): Behaviour {
    return this.#behaviour;
  }

  begin(behaviour: Behaviour): void {
    this.#behaviour = behaviour;
    this.#calls = 0;
    this.#given.clear();
  }

  claim(nonce: string): boolean {
    return this.#given.delete(nonce);
  }

  /**
   * Counts a call, and says how to answer it.
   * @param forData or only for a sign of life.
   * @param mustFail whatever else was to become of it.
   */
  call(forData = true, mustFail = false): Call | undefined {
    const place = this.#calls % 10;
    if (place === 0) this.#failing = this.#random.between(0, 9);
    const { fails: how } = this.#behaviour;
    const fails = mustFail || how === 'always' || (how === 'one-in-ten' && place === this.#failing);
    const nonce = this.#random.nonce();
    this.#calls++;
    if (mustFail) return { fails, nonce };
    if (how === 'hangs' || how === 'stalls' || (how === 'no-data' && forData)) return undefined;
    if (!fails) this.#given.add(nonce);
    return { fails, nonce };
  }
}

/** A listener of 127.0.0.1 that can stop listening and come back at the same port. */
export class Door {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #port = 0;

  constructor(onConnection: (socket: Socket) => void) {
    this.#server = createServer((socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
      socket.on('error', () => {}); // The program under test may cut as it likes.
      onConnection(socket);
    });
  }

  get port(): number {
    return this.#port;
  }

  async open(): Promise<void> {
    if (this.#server.listening) return;
    const listening = Promise.withResolvers<void>();
    this.#server.once('error', listening.reject);
    this.#server.listen(this.#port, '127.0.0.1', listening.resolve);
    try {
      await listening.promise;
    } catch (error) {
      if (errnoOf(error) !== 'EADDRINUSE') throw error;
      throw new Failure('conflict', t('Another program took port {0} before yours could. Check again.', this.#port));
    } finally {
      this.#server.removeListener('error', listening.reject);
    }
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  /** Nobody listens any more, and every connection is cut. */
  async close(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }
}
