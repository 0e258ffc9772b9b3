/** A counting stand-in of a Redis that the learner's program keeps its data in. */
import type { Socket } from 'node:net';
import type { Random } from '../random.ts';
import { Door, Ledger } from './counting.ts';
import type { Behaviour, Double } from './double.ts';

/** Longest request kept while it is not whole; the lessons' commands are a few bytes. */
const longestRequest = 64 * 1024;

/**
 * Speaks as much of RESP2 as the lessons need (redis.io/docs, "Redis serialization protocol"): PING answers PONG, GET a
 * nonce that it gives once; anything else is an unknown command. Failing, it answers as a
 * Redis that still loads its data.
 */
export class FakeRedis implements Double {
  readonly #door: Door;
  readonly #ledger: Ledger;

  private constructor(random: Random) {
    this.#ledger = new Ledger(random);
    this.#door = new Door((socket) => this.#serve(socket));
  }

  static async start(random: Random): Promise<FakeRedis> {
    const double = new FakeRedis(random);
    await double.#door.open();
    return double;
  }

  /** `127.0.0.1:PORT` */
  get address(): string {
    return `127.0.0.1:${this.#door.port}`;
  }

  get calls(): number {
    return this.#ledger.calls;
  }

  /** A connection carries many calls, so that its end says nothing of one. */
  get cancelled(): number {
    return 0;
  }

  async begin(behaviour: Behaviour): Promise<void> {
    this.#ledger.begin(behaviour);
    await (behaviour.fails === 'refuses' ? this.#door.close() : this.#door.open());
  }

  claim(nonce: string): boolean {
    return this.#ledger.claim(nonce);
  }

  close(): Promise<void> {
    return this.#door.close();
  }

  #serve(socket: Socket): void {
    let pending = '';
    socket.setEncoding('utf8');
    socket.on('data', (text: string) => {
      pending += text;
      for (;;) {
        const request = takeRequest(pending);
        if (request === undefined) break;
        pending = request.rest;
        this.#answer(socket, request.command);
      }
      if (pending.length > longestRequest) socket.destroy();
    });
  }

  #answer(socket: Socket, [name = '']: readonly string[]): void {
    const command = name.toUpperCase();
    if (command !== 'PING' && command !== 'GET') return void socket.write('-ERR unknown command\r\n');
    const call = this.#ledger.call(command === 'GET');
    if (call === undefined) return;
    if (call.fails) socket.write('-LOADING Redis is loading the dataset in memory\r\n');
    else socket.write(command === 'PING' ? '+PONG\r\n' : `$${call.nonce.length}\r\n${call.nonce}\r\n`);
  }
}

/** The first whole request of a stream: an array of bulk strings, or words on a line. */
function takeRequest(text: string): { readonly command: readonly string[]; readonly rest: string } | undefined {
  const lines = text.split('\r\n');
  if (lines.length < 2) return undefined;
  const count = /^\*(\d+)$/.exec(lines[0]!)?.[1];
  if (count === undefined) return { command: lines[0]!.trim().split(/\s+/), rest: text.slice(lines[0]!.length + 2) };
  const used = 1 + 2 * Number(count);
  if (lines.length <= used) return undefined;
  return {
    command: lines.slice(1, used).filter((_, i) => i % 2 === 1),
    rest: lines.slice(used).join('\r\n'),
  };
}
