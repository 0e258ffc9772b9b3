/** A unix socket in front of an engine's that writes down each request: who asked for what, and what is still open. */
import { mkdtemp, rm } from 'node:fs/promises';
import { Agent, createServer, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface SeenRequest {
  readonly method: string;
  /** Path and query, without the API version: `/containers/json?all=true`. */
  readonly path: string;
  /** True until the answer ended or the asker hung up. */
  open: boolean;
}

export interface CountingProxy {
  readonly socketPath: string;
  readonly requests: readonly SeenRequest[];
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
    const seen: SeenRequest = { method, path: url.replace(/^\/v[\d.]+/, ''), open: true };
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
    incoming.pipe(outgoing);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(socketPath, resolve);
  });
  return {
    socketPath,
    requests,
    connections: () => new Promise((resolve, reject) => server.getConnections((e, n) => (e ? reject(e) : resolve(n)))),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      agent.destroy();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
