/** An HTTP server on loopback in front of an API server that writes down each request and its body. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { Agent, request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestCluster } from './controlPlane.ts';

export interface RecordedRequest {
  readonly method: string;
  /** Path and query as they came. */
  readonly url: string;
  readonly type: string;
  readonly body: string;
}

export interface RecordingApi {
  /** Path of a kubeconfig whose only context is `gantry` and whose user needs no credentials. */
  readonly kubeconfig: string;
  readonly requests: RecordedRequest[];
  /** What to do with a request instead of passing it on; true when it was dealt with. */
  intercept: ((recorded: RecordedRequest, hangUp: () => void) => boolean) | undefined;
  close(): Promise<void>;
}

export async function recordingApi(cluster: TestCluster): Promise<RecordingApi> {
  const agent = new Agent({ ca: cluster.ca, cert: cluster.adminCert, key: cluster.adminKey, keepAlive: true });
  const requests: RecordedRequest[] = [];
  const folder = mkdtempSync(join(tmpdir(), 'gantry-recording-'));
  const server = createServer((incoming, response) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      const body = Buffer.concat(chunks);
      const { method = '', url = '', headers } = incoming;
      const recorded = { method, url, type: headers['content-type'] ?? '', body: body.toString('utf8') };
      requests.push(recorded);
      if (api.intercept?.(recorded, () => response.destroy())) return;
      const { host: _, connection: __, ...passed } = headers;
      const outgoing = request(cluster.server + url, { method, agent, headers: passed }, (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        response.flushHeaders();
        answer.on('error', () => response.destroy());
        answer.pipe(response);
      });
      outgoing.on('error', () => response.destroy());
      response.on('close', () => outgoing.destroy());
      outgoing.end(body);
    });
    incoming.on('error', () => response.destroy());
  });
  // Who opens a stream is only written down: there may be no kubelet that could answer it.
  server.on('upgrade', ({ method = '', url = '' }, socket) => {
    requests.push({ method, url, type: '', body: '' });
    socket.on('error', () => {});
    socket.end('HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the recording server has no port');
  const kubeconfig = join(folder, 'config');
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'gantry', cluster: { server: `http://127.0.0.1:${address.port}` } }],
    users: [{ name: 'gantry', user: {} }],
    contexts: [{ name: 'gantry', context: { cluster: 'gantry', user: 'gantry' } }],
    'current-context': 'gantry',
  };
  writeFileSync(kubeconfig, JSON.stringify(config), { mode: 0o600 });
  const api: RecordingApi = {
    kubeconfig,
    requests,
    intercept: undefined,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      agent.destroy();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  return api;
}
