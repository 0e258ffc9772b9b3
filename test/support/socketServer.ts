/** A WebSocket server on loopback in the place of an API server's streams: each connection does what a test says. */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { WebSocket, WebSocketServer } from 'ws';
import type { SocketOpener } from '../../src/kubernetes/streams/socket.ts';

export interface SocketServer {
  readonly port: number;
  readonly opener: SocketOpener;
  /** Served by the connections to come, in turn; the last one serves all that follow. */
  serve(...each: readonly ((socket: WebSocket, query: URLSearchParams) => void)[]): void;
  close(): void;
}

export async function socketServer(): Promise<SocketServer> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', handleProtocols: ([first]) => first ?? false });
  await once(server, 'listening');
  let waiting: ((socket: WebSocket, query: URLSearchParams) => void)[] = [];
  server.on('connection', (socket, { url = '' }) => {
    const next = waiting.length > 1 ? waiting.shift() : waiting[0];
    next?.(socket, new URL(url, 'http://server').searchParams);
  });
  const { port } = server.address() as AddressInfo;
  return {
    port,
    opener: {
      socket: async ({ protocols, query }) => {
        const search = new URLSearchParams(query.map(([name, value]): [string, string] => [name, value])).toString();
        const socket = new WebSocket(`ws://127.0.0.1:${port}/?${search}`, [...protocols]);
        socket.once('open', () => socket.pause());
        await once(socket, 'open');
        return socket;
      },
    },
    serve: (...each) => (waiting = [...each]),
    close: () => {
      for (const client of server.clients) client.terminate();
      server.close();
    },
  };
}

/** A message of a channel: 1 is standard output, 2 errors, 3 the end's status. */
export const frame = (channel: number, data: string | Uint8Array): Buffer =>
  Buffer.concat([Buffer.of(channel), typeof data === 'string' ? Buffer.from(data) : data]);
