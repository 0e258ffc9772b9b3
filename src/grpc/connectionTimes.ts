/** How long a connection took to come about. grpc-js does not tell, so what makes its connections is watched. */
import { type Socket, isIP } from 'node:net';
import type { ChannelCredentials } from '@grpc/grpc-js';
import type { Timing } from './events.ts';
import type { Target } from './target.ts';

export type ConnectionTimes = Pick<Timing, 'dns' | 'connect' | 'tls'>;

/** Not for users by its name, but part of the declared type. */
const creator = '_createSecureConnector';

type Connector = ReturnType<ChannelCredentials[typeof creator]>;

export class ConnectionWatch {
  readonly #hasName: boolean;
  readonly #secure: boolean;
  readonly #now: () => number;
  #asked: number | undefined;
  #dns: number | undefined;
  #untold: ConnectionTimes | undefined;

  constructor({ host }: Target, secure: boolean, now: () => number = () => performance.now()) {
    this.#hasName = host !== undefined && isIP(host) === 0;
    this.#secure = secure;
    this.#now = now;
  }

  /** From now on a connection is wanted; grpc-js looks for the address first. */
  begin(): void {
    this.#asked ??= this.#now();
  }

  /** The times of the newest connection, once: they are those of the first call over it. */
  take(): ConnectionTimes {
    const times = this.#untold ?? {};
    this.#untold = undefined;
    return times;
  }

  /** Watches the connections made with these credentials. */
  watch(credentials: ChannelCredentials): ChannelCredentials {
    const create = credentials[creator].bind(credentials);
    credentials[creator] = (...given) => this.#watched(create(...given));
    return credentials;
  }

  #watched(connector: Connector): Connector {
    let began = 0;
    let latest: { readonly socket: Socket; readonly heard: number } | undefined;
    return {
      waitForReady: async () => {
        if (this.#hasName) this.#dns ??= this.#now() - (this.#asked ?? this.#now());
        await connector.waitForReady();
        began = this.#now();
      },
      connect: async (socket) => {
        const connected = this.#now();
        latest = { socket, heard: socket.bytesRead };
        const result = await connector.connect(socket);
        latest = { socket: result.socket, heard: result.socket.bytesRead };
        this.#untold = {
          ...(this.#dns === undefined ? {} : { dns: this.#dns }),
          connect: connected - began,
          ...(this.#secure ? { tls: this.#now() - connected } : {}),
        };
        return result;
      },
      getCallCredentials: () => connector.getCallCredentials(),
      destroy: () => {
        connector.destroy();
        // grpc-js 1.14 closes a connection only if HTTP/2 came about on it: one to a server that is silent would stay open.
        if (latest?.socket.bytesRead === latest?.heard) latest?.socket.destroy();
      },
    };
  }
}
