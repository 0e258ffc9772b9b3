/** A debugger's side of the Debug Adapter Protocol: https://microsoft.github.io/debug-adapter-protocol/. */
import { type Socket, connect } from 'node:net';

interface Message {
  readonly type: string;
  readonly event?: string;
  readonly request_seq?: number;
  readonly success?: boolean;
  readonly message?: string;
  readonly body?: unknown;
}

export class DapClient {
  readonly #socket: Socket;
  readonly #answers = new Map<number, (message: Message) => void>();
  readonly #events: Message[] = [];
  #arrived = Promise.withResolvers<void>();
  #rest = Buffer.alloc(0);
  #last = 0;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (chunk: Buffer) => this.#take(chunk));
    socket.on('error', () => {});
  }

  static connect(host: string, port: number): Promise<DapClient> {
    return new Promise((resolve, reject) => {
      const socket = connect(port, host);
      socket.once('error', reject);
      socket.once('connect', () => resolve(new DapClient(socket)));
    });
  }

  /** The body of the answer; rejects with its words when it is no success. */
  ask<T>(command: string, args: object = {}): Promise<T> {
    const seq = ++this.#last;
    const text = JSON.stringify({ seq, type: 'request', command, arguments: args });
    this.#socket.write(`Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`);
    return new Promise((resolve, reject) => {
      this.#answers.set(seq, ({ success, message, body }) => {
        if (success === true) resolve(body as T);
        else reject(new Error(`${command}: ${message} ${JSON.stringify(body)}`));
      });
    });
  }

  /** The body of the first event of this name that nobody has waited for yet. */
  async event<T>(name: string): Promise<T> {
    for (;;) {
      const at = this.#events.findIndex(({ event }) => event === name);
      if (at >= 0) return this.#events.splice(at, 1)[0]!.body as T;
      await this.#arrived.promise;
    }
  }

  close(): void {
    this.#socket.destroy();
  }

  #take(chunk: Buffer): void {
    this.#rest = Buffer.concat([this.#rest, chunk]);
    for (;;) {
      const head = this.#rest.indexOf('\r\n\r\n');
      if (head < 0) return;
      const length = Number(/Content-Length: (\d+)/i.exec(this.#rest.toString('latin1', 0, head))?.[1]);
      const end = head + 4 + length;
      if (this.#rest.length < end) return;
      const message = JSON.parse(this.#rest.toString('utf8', head + 4, end)) as Message;
      this.#rest = this.#rest.subarray(end);
      if (message.type === 'event') {
        this.#events.push(message);
        this.#arrived.resolve();
        this.#arrived = Promise.withResolvers();
      } else this.#answers.get(message.request_seq ?? 0)?.(message);
    }
  }
}
