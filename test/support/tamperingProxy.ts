/** An API server over plain HTTP that answers as a test says, and else as the real one behind it does. */
import { type IncomingHttpHeaders, type IncomingMessage, type ServerResponse, createServer } from 'node:http';
import { Agent, request } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TestCluster } from './controlPlane.ts';

export interface ApiRequest {
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly isWatch: boolean;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** 0 until it was answered. */
  status: number;
}

/** What to answer instead. */
export interface Instead {
  readonly status: number;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

export interface TamperingProxy {
  readonly url: string;
  readonly requests: readonly ApiRequest[];
  /** Undefined lets a request pass; headers of what passes can be changed by `headers`. */
  tamper: (request: ApiRequest) => Instead | undefined;
  /** Headers of the answers that pass. */
  headers: Record<string, string>;
  close(): Promise<void>;
}

export async function tamperingProxy(cluster: TestCluster): Promise<TamperingProxy> {
  const agent = new Agent({ ca: cluster.ca, cert: cluster.adminCert, key: cluster.adminKey, keepAlive: true });
  const requests: ApiRequest[] = [];
  const server = createServer((incoming, response) => {
    const url = new URL(incoming.url ?? '/', 'http://localhost');
    const query = url.searchParams;
    const seen = {
      path: url.pathname,
      query,
      headers: incoming.headers,
      isWatch: query.has('watch'),
      at: Date.now(),
      status: 0,
    };
    requests.push(seen);
    const instead = proxy.tamper(seen);
    if (instead === undefined) forward(incoming, response, seen);
    else {
      seen.status = instead.status;
      response.writeHead(instead.status, { 'content-type': 'application/json', ...instead.headers });
      response.end(instead.body ?? '');
    }
  });
  const forward = (incoming: IncomingMessage, response: ServerResponse, seen: ApiRequest): void => {
    const { authorization: _, host: __, connection: ___, ...headers } = incoming.headers;
    const outgoing = request(
      `${cluster.server}${incoming.url}`,
      { method: incoming.method, headers, agent },
      (answer) => {
        seen.status = answer.statusCode ?? 0;
        const { connection: ____, 'keep-alive': _____, ...kept } = answer.headers;
        response.writeHead(seen.status, { ...kept, ...proxy.headers });
        response.flushHeaders();
        answer.on('error', () => response.destroy());
        answer.pipe(response);
      },
    );
    outgoing.on('error', () => response.destroy());
    response.on('close', () => outgoing.destroy());
    incoming.pipe(outgoing);
  };
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  const proxy: TamperingProxy = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    tamper: () => undefined,
    headers: {},
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      agent.destroy();
    },
  };
  return proxy;
}
