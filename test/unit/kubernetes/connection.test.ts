import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, type Server, type Socket, createServer } from 'node:net';
import { Connection } from '../../../src/kubernetes/connection.ts';

describe('a connection that is disposed', function () {
  this.timeout(6_000); // Undici gives up by itself after ten seconds.
  let server: Server;
  const sockets: Socket[] = [];
  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });

  /** Port of a server that says `greeting` to the first bytes of each connection and nothing after. */
  async function listen(greeting: string): Promise<number> {
    server = createServer((socket) => {
      sockets.push(socket);
      socket.on('error', () => {}).once('data', () => socket.write(greeting));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  }

  const connect = (address: string, proxyUrl?: string): Connection => {
    const cluster = {
      name: 'c',
      server: address,
      skipTLSVerify: false,
      ...(proxyUrl === undefined ? {} : { proxyUrl }),
    };
    const context = { id: 'ctx', name: 'ctx', cluster, user: undefined, namespace: 'default', file: '/' };
    return new Connection(context, { env: {}, trusted: () => true });
  };

  /** Asks for something, and disposes the connection when the server has seen so many pieces of what it is sent first. */
  async function disposeWhileConnecting(connection: Connection, pieces: number): Promise<void> {
    const asked = connection.request('/version', { signal: AbortSignal.timeout(60_000), what: 'ask' });
    const refused = assert.rejects(asked, /Cancelled/);
    const [socket] = (await once(server, 'connection')) as [Socket];
    for (let piece = 0; piece < pieces; piece++) await once(socket, 'data');
    const closed = once(socket, 'close');
    connection.dispose();
    await Promise.all([refused, closed]);
  }

  it('ends a TLS handshake that the server never answers', async () => {
    const port = await listen('');
    await disposeWhileConnecting(connect(`https://127.0.0.1:${port}`), 1);
  });

  it('ends a handshake behind a proxy', async () => {
    const port = await listen('HTTP/1.1 200 Yes\r\n\r\n');
    await disposeWhileConnecting(connect('https://far.test', `http://127.0.0.1:${port}`), 2);
  });

  it('ends a proxy that does not answer', async () => {
    const port = await listen('');
    await disposeWhileConnecting(connect('https://far.test', `http://127.0.0.1:${port}`), 1);
  });
});
