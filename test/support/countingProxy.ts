/** A unix socket in front of an engine's that writes down each request: who asked for what, and what is still open. */
import { mkdtemp, rm } from 'node:fs/promises';
import { Agent, createServer, request } from 'node:http';
import { type Socket, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface SeenRequest {
  readonly method: string;
  /** Path and query, without the API version: `/containers/json?all=true`. */
  readonly path: string;
  /** What was sent with it, its first 64 KiB. */
  body: string;
  /** True until the answer ended or the asker hung up. */
  open: boolean;
}

export interface CountingProxy {
  readonly socketPath: string;
  readonly requests: readonly SeenRequest[];
  /** Cuts every connection off, in the middle of whatever it carries. */
  cut(): void;
  /** Connections that are open now. */
  connections(): Promise<number>;
  close(): Promise<void>;
}

/** Forwards everything to the engine's socket; streams pass piece by piece. */
export async function countingProxy(target: string): Promise<CountingProxy> {
  const folder = await mkdtemp(join(tmpdir(), 'gantry-proxy-'));
  const socketPath = join(folder, 'docker.sock');
  const requests: SeenRequest[] = [];
  const agent = new Agent();
  const server = createServer((incoming, response) => {
    const { method = '', url = '', headers } = incoming;
    const seen: SeenRequest = { method, path: url.replace(/^\/v[\d.]+/, ''), body: '', open: true };
    requests.push(seen);
    const outgoing = request({ socketPath: target, method, path: url, headers, agent }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      response.flushHeaders();
      answer.on('error', () => response.destroy());
      answer.pipe(response);
    });
    outgoing.on('error', () => response.destroy());
    response.on('close', () => {
      seen.open = false;
      outgoing.destroy();
    });
    incoming.on('data', (chunk: Buffer) => {
      if (seen.body.length < 65_536) seen.body += chunk.toString('latin1');
    });
    incoming.pipe(outgoing);
  });
  // A client that pauses between two requests, on a busy machine, must not meet a connection that was just closed.
  server.keepAliveTimeout = 60_000;
  server.on('upgrade', (incoming, socket: Socket, head) => {
    const { method = '', url = '', headers } = incoming;
    const seen: SeenRequest = { method, path: url.replace(/^\/v[\d.]+/, ''), body: '', open: true };
    requests.push(seen);
    const upstream = connect({ path: target, allowHalfOpen: true });
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${String(value)}`);
    upstream.write(`${[`${method} ${url} HTTP/1.1`, ...lines].join('\r\n')}\r\n\r\n`);
    upstream.write(head);
    const end = (): void => {
      seen.open = false;
      upstream.destroy();
      socket.destroy();
    };
    for (const one of [upstream, socket]) one.on('error', end).on('close', end);
    socket.pipe(upstream).pipe(socket);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(socketPath, resolve);
  });
  return {
    socketPath,
    requests,
    cut: () => server.closeAllConnections(),
    connections: () => new Promise((resolve, reject) => server.getConnections((e, n) => (e ? reject(e) : resolve(n)))),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      agent.destroy();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
