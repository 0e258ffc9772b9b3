/** A counting stand-in of an HTTP service the learner's program calls. */
import { type Server, type ServerResponse, createServer } from 'node:http';
import type { Random } from '../random.ts';
import { Door, Ledger } from './counting.ts';
import type { Behaviour, Double } from './double.ts';

/** Answers every request with a nonce that it gives once, or with 500. */
export class FakeHttp implements Double {
  readonly #http: Server;
  readonly #door: Door;
  readonly #ledger: Ledger;
  #cancelled = 0;

  private constructor(random: Random) {
    this.#ledger = new Ledger(random);
    this.#http = createServer((_, response) => this.#answer(response));
    this.#door = new Door((socket) => this.#http.emit('connection', socket));
  }

  static async start(random: Random): Promise<FakeHttp> {
    const double = new FakeHttp(random);
    await double.#door.open();
    return double;
  }

  get address(): string {
    return `http://127.0.0.1:${this.#door.port}/`;
  }

  get calls(): number {
    return this.#ledger.calls;
  }

  get cancelled(): number {
    return this.#cancelled;
  }

  async begin(behaviour: Behaviour): Promise<void> {
    this.#ledger.begin(behaviour);
    this.#cancelled = 0;
    await (behaviour.fails === 'refuses' ? this.#door.close() : this.#door.open());
  }

  claim(nonce: string): boolean {
    return this.#ledger.claim(nonce);
  }

  close(): Promise<void> {
    return this.#door.close();
  }

  #answer(response: ServerResponse): void {
    const call = this.#ledger.call();
    response.on('close', () => {
      if (!response.writableFinished) this.#cancelled++;
    });
    if (call === undefined) return;
    response.writeHead(call.fails ? 500 : 200, { 'content-type': 'text/plain' });
    const timer = setTimeout(
      () => response.end(call.fails ? 'out of order' : call.nonce),
      this.#ledger.behaviour.delay,
    );
    response.on('close', () => clearTimeout(timer));
  }
}
