/**
 * A real Kubernetes for tests: the product's embedded cluster, one per process, in a temporary folder, with the built
 * programs of the person's cache. It ends with the process, however that ends.
 *
 *   const cluster = await sharedControlPlane(this);       // in a before hook
 *   const namespace = await cluster.namespace();          // in a test; removed when the process ends
 *   await cluster.api('GET', `/api/v1/namespaces/${namespace}/pods`);   // the second source: plain HTTPS
 */
import { eventually } from './eventually.ts';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildLabkit } from '../../src/cluster/build.ts';
import { ControlPlane, type ControlPlaneOptions, type Running } from '../../src/cluster/controlPlane.ts';
import { signalProcess } from '../../src/core/identity.ts';
import { parseRecord } from '../../src/cluster/state.ts';
import { Failure } from '../../src/core/failure.ts';
import { lazy } from '../../src/core/lazy.ts';
import { silentLog } from '../../src/core/log.ts';
import { cacheFolder } from '../../src/core/platform.ts';

export const labkitFolder = join(import.meta.dirname, '..', '..', 'labkit');

export interface ApiAnswer {
  readonly status: number;
  readonly text: string;
}

export class TestCluster {
  /** Path of the administrator's kubeconfig; its only context is `gantry`. */
  readonly kubeconfig: string;
  /** `https://127.0.0.1:PORT`. */
  readonly server: string;
  /** PEM. */
  readonly ca: string;
  /** PEM; in the group `system:masters`. */
  readonly adminCert: string;
  readonly adminKey: string;
  readonly controlPlane: ControlPlane;
  readonly running: Running;
  readonly #agent: Agent;

  constructor(controlPlane: ControlPlane, running: Running) {
    const read = (file: string): string => readFileSync(controlPlane.layout.certificate(file), 'utf8');
    this.controlPlane = controlPlane;
    this.running = running;
    this.kubeconfig = running.kubeconfig;
    this.server = running.server;
    this.ca = read('ca.crt');
    this.adminCert = read('admin.crt');
    this.adminKey = read('admin.key');
    this.#agent = new Agent({ ca: this.ca, cert: this.adminCert, key: this.adminKey, keepAlive: true });
  }

  /** Closes the connections that nothing is asked over now. */
  closeIdle(): void {
    this.#agent.destroy();
  }

  /** Sends a request as administrator, a body that is text as it is; resolves with status and text, whatever the status. */
  send(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<ApiAnswer> {
    return send(this.#agent, `${this.server}${path}`, method, body, headers);
  }

  /** As `send`, but throws unless the status is below 400, and reads the answer as JSON. */
  async api<T = unknown>(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<T> {
    const { status, text } = await this.send(method, path, body, headers);
    if (status >= 400) throw new Error(`${method} ${path}: ${status} ${text}`);
    return JSON.parse(text) as T;
  }

  /** A new namespace with its default service account. It goes with the cluster; `removeNamespace` removes it earlier. */
  async namespace(): Promise<string> {
    const name = `test-${randomBytes(4).toString('hex')}`;
    await this.api('POST', '/api/v1/namespaces', { metadata: { name } });
    await eventually(async () => {
      const { status } = await this.send('GET', `/api/v1/namespaces/${name}/serviceaccounts/default`);
      return status === 200;
    });
    return name;
  }

  async removeNamespace(name: string): Promise<void> {
    await this.send('DELETE', `/api/v1/namespaces/${name}`);
  }
}

export { eventually };

/** A pod that kwok runs. */
export const pod = (name: string, labels: Record<string, string> = {}): object => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, labels },
  spec: { containers: [{ name: 'main', image: 'example.invalid/app:1' }] },
});

/** The cluster of this run. Call from a hook or a test with its `this`; skips without Go, fails then when CI=true. */
export async function sharedControlPlane(context: Mocha.Context): Promise<TestCluster> {
  context.timeout(30 * 60_000);
  try {
    return await shared();
  } catch (error) {
    if (!(error instanceof Failure) || error.kind !== 'toolMissing' || process.env['CI'] === 'true') throw error;
    console.error(`skipped: ${error.message}`);
    return context.skip();
  }
}

/** The same for programs that are no tests, such as benches. */
export const shared = lazy(async (): Promise<TestCluster> => {
  const controlPlane = ownControlPlane();
  return new TestCluster(controlPlane, await controlPlane.start(progress(), new AbortController().signal));
});

/** A control plane that the caller alone uses; its processes end with this process. Nothing is started yet. */
export function ownControlPlane(options: Partial<ControlPlaneOptions> = {}): ControlPlane {
  const folder = options.folder ?? mkdtempSync(join(tmpdir(), 'gantry-cluster-'));
  const controlPlane = new ControlPlane({
    name: 'gantry',
    programs: builtPrograms,
    log: silentLog,
    owned: true,
    ...options,
    folder,
  });
  made.set(controlPlane, folder);
  return controlPlane;
}

/** The programs of the person's cache, built if this is the first time. */
export const builtPrograms: ControlPlaneOptions['programs'] = async (report, signal) => {
  const place = { labkitFolder, cacheFolder: cacheFolder(), log: silentLog, env: process.env };
  return {
    controlPlane: await buildLabkit('controlplane', place, report, signal),
    kwok: await buildLabkit('kwok', place, report, signal),
  };
};

const made = new Map<ControlPlane, string>();
process.on('exit', () => {
  for (const [controlPlane, folder] of made) {
    endNow(controlPlane);
    rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
  }
});
// Without a handler these end the process before 'exit' is told.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(1));

/** Ends what the record knows while nothing asynchronous runs any more. What it does not know hangs on our lifeline. */
function endNow(controlPlane: ControlPlane): void {
  let text: string;
  try {
    text = readFileSync(controlPlane.layout.state, 'utf8');
  } catch {
    return; // Never started, or removed.
  }
  const processes = parseRecord(JSON.parse(text))?.processes ?? {};
  for (const identity of Object.values(processes)) signalProcess(identity, 'SIGKILL');
}

/** Says at most every ten seconds how far the build is: the first one takes minutes. */
function progress(): (sentence: string) => void {
  let last = Date.now();
  return (sentence) => {
    if (Date.now() - last < 10_000) return;
    last = Date.now();
    console.error(sentence);
  };
}

function send(
  agent: Agent,
  url: string,
  method: string,
  body: unknown,
  headers: Record<string, string>,
): Promise<ApiAnswer> {
  return new Promise((resolve, reject) => {
    const options = { method, agent, headers: { 'content-type': 'application/json', ...headers } };
    const outgoing = request(url, options, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (piece: string) => (text += piece));
      response.on('error', reject);
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
    });
    outgoing.on('error', reject);
    outgoing.end(typeof body === 'string' ? body : JSON.stringify(body));
  });
}
