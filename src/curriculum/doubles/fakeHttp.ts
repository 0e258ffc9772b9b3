/** A counting stand-in of an HTTP service the learner's program calls. */
import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';
import type { Random } from '../random.ts';
import { Door, Ledger } from './counting.ts';
import type { Arrival, Behaviour, Double } from './double.ts';

/** Longest body kept of a call; the lessons' are a few bytes. */
const longestBody = 64 * 1024;

/** Answers every request with a nonce that it gives once, or with a failure. */
export class FakeHttp implements Double {
  readonly #http: Server;
  readonly #door: Door;
  readonly #ledger: Ledger;
  #arrivals: Arrival[] = [];
  /** How many calls each path had. */
  readonly #callsOf = new Map<string, number>();
  #cancelled = 0;

  private constructor(random: Random) {
    this.#ledger = new Ledger(random);
    this.#http = createServer((request, response) => this.#answer(request, response));
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

  get arrivals(): readonly Arrival[] {
    return this.#arrivals;
  }

  get cancelled(): number {
    return this.#cancelled;
  }

  async begin(behaviour: Behaviour): Promise<void> {
    this.#ledger.begin(behaviour);
    this.#arrivals = [];
    this.#callsOf.clear();
    this.#cancelled = 0;
    await (behaviour.fails === 'refuses' ? this.#door.close() : this.#door.open());
  }

  claim(nonce: string): boolean {
    return this.#ledger.claim(nonce);
  }

  close(): Promise<void> {
    return this.#door.close();
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const { first, delay, fails } = this.#ledger.behaviour;
    const earlier = this.#note(request);
    const scripted = first !== undefined && earlier < first.calls ? first : undefined;
    const call = this.#ledger.call(true, scripted !== undefined);
    response.on('close', () => {
      if (!response.writableFinished && scripted?.cuts !== true) this.#cancelled++;
    });
    if (call === undefined) {
      if (fails === 'stalls') begin(response);
      return;
    }
    // What was asked has come whole before it is answered.
    request.on('end', () => {
      if (scripted?.cuts === true) return void response.destroy();
      const status = call.fails ? (scripted === undefined ? 500 : (scripted.status ?? 503)) : 200;
      response.writeHead(status, { 'content-type': 'text/plain', ...scripted?.headers });
      const timer = setTimeout(() => response.end(call.fails ? 'out of order' : call.nonce), delay);
      response.on('close', () => clearTimeout(timer));
    });
  }

  /** Keeps a call; returns how many of its path came before. */
  #note(request: IncomingMessage): number {
    const { method = '', url: path = '', headers } = request;
    const earlier = this.#callsOf.get(path) ?? 0;
    this.#callsOf.set(path, earlier + 1);
    const arrival = { method, path, headers, body: '', at: performance.now() };
    this.#arrivals.push(arrival);
    request.setEncoding('utf8');
    request.on('data', (text: string) => {
      if (arrival.body.length < longestBody) arrival.body += text;
    });
    return earlier;
  }
}

/** What looks like an answer, as long as its end is not awaited. */
function begin(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/plain', 'content-length': 16 });
  response.write('00');
}
