/** A counting stand-in of an HTTP service the learner's program calls. */
import { type Server, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { HttpStep } from '../items.ts';
import { type Random, seeded } from '../random.ts';

/** How it behaves; `delay` in milliseconds. */
export type Behaviour = Pick<HttpStep, 'fails' | 'delay'>;

/**
 * Answers every request with a nonce that it gives once, or with 500. It listens on a port of 127.0.0.1 that the kernel
 * chose and holds, so nobody else can be called in its place.
 */
export class FakeHttp {
  readonly #server: Server;
  readonly #random: Random;
  readonly #given = new Set<string>();
  #behaviour: Behaviour = { fails: 'never', delay: 0 };
  #calls = 0;
  /** Which call of the present ten fails. */
  #failing = 0;

  private constructor(random: Random) {
    // Numbers of its own: what it draws does not depend on what else is drawn meanwhile.
    this.#random = seeded(random.between(1, 0x7fffffff));
    this.#server = createServer((_, response) => this.#answer(response));
  }

  static async start(random: Random): Promise<FakeHttp> {
    const double = new FakeHttp(random);
    const listening = Promise.withResolvers<void>();
    double.#server.once('error', listening.reject);
    double.#server.listen(0, '127.0.0.1', listening.resolve);
    await listening.promise;
    return double;
  }

  get address(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`;
  }

  /** Behaves like this from now on; counts from zero, and takes back the nonces nobody claimed. */
  begin(behaviour: Behaviour): void {
    this.#behaviour = behaviour;
    this.#calls = 0;
    this.#given.clear();
  }

  /** Requests since `begin`. */
  get calls(): number {
    return this.#calls;
  }

  /** Whether it gave this nonce since `begin`; true once for each. */
  claim(nonce: string): boolean {
    return this.#given.delete(nonce);
  }

  /** Stops listening and cuts what is connected. */
  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }

  #answer(response: ServerResponse): void {
    const fails = this.#nextFails();
    const nonce = this.#random.nonce();
    this.#calls++;
    if (!fails) this.#given.add(nonce);
    response.writeHead(fails ? 500 : 200, { 'content-type': 'text/plain' });
    const timer = setTimeout(() => response.end(fails ? 'out of order' : nonce), this.#behaviour.delay);
    response.on('close', () => clearTimeout(timer));
  }

  #nextFails(): boolean {
    const place = this.#calls % 10;
    if (place === 0) this.#failing = this.#random.between(0, 9);
    const { fails } = this.#behaviour;
    return fails === 'always' || (fails === 'one-in-ten' && place === this.#failing);
  }
}
