/** One running Gantry: VS Code first, then, behind it, the demo services and the embedded cluster. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { type Cluster, createCluster } from '../../src/cluster/domain.ts';
import { isAbort, messageOf } from '../../src/core/failure.ts';
import { silentLog } from '../../src/core/log.ts';
import { cacheFolder, stateFolder } from '../../src/core/platform.ts';
import { freePorts } from '../../src/core/ports.ts';
import { buildAll } from '../build.ts';
import { root } from './project.ts';
import { type Shop, shopServices, startShop } from '../../test/support/shop.ts';
import { openWindow, type Window } from './window.ts';

export interface SessionOptions {
  readonly workspace: string;
  readonly browser: boolean;
  readonly cluster: boolean;
  readonly say: (line: string) => void;
  /** More settings of the window. */
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly env?: NodeJS.ProcessEnv;
}

export interface Session {
  readonly window: Window;
  /** Rejects with what kept the demo services from starting. */
  readonly shop: Promise<Shop>;
  /** The kubeconfig, once the cluster is ready; undefined without a cluster. Rejects with what kept it from starting. */
  readonly cluster: Promise<string | undefined>;
  stop(): Promise<void>;
}

export async function openSession(options: SessionOptions): Promise<Session> {
  const { workspace, browser, say } = options;
  const folder = await mkdtemp(join(tmpdir(), 'gantry-start-'));
  const ending = new AbortController();
  const stops: (() => Promise<unknown>)[] = [() => rm(folder, { recursive: true, force: true, maxRetries: 5 })];
  const stop = async (): Promise<void> => {
    ending.abort();
    for (const step of stops.splice(0).reverse()) {
      await step().catch((error: unknown) => say(`While ending: ${messageOf(error)}`));
    }
  };
  try {
    say('Building …');
    await buildAll();
    // Chosen before the services run, so that the window opens knowing them.
    const ports = await freePorts(shopServices.length);
    const addresses = ports.map((port) => `127.0.0.1:${port}`);
    const file = join(folder, `${basename(workspace)}.code-workspace`);
    const settings = { 'gantry.grpc.servers': addresses, ...options.settings };
    await writeFile(file, JSON.stringify({ folders: [{ path: workspace }], settings }));
    const window = await openWindow({ workspace: file, folder, browser, env: options.env ?? {}, settings }, say);
    stops.push(() => window.close());
    const shop = startShop({ ports, signal: ending.signal }, say);
    stops.push(async () => (await shop.catch(() => undefined))?.stop());
    const cluster = options.cluster
      ? startCluster(ending.signal, say, (step) => stops.push(step))
      : Promise.resolve(undefined);
    for (const [name, part] of [
      ['demo services', shop],
      ['embedded cluster', cluster],
    ] as const) {
      part.catch((error: unknown) => {
        if (!isAbort(error)) say(`The ${name} did not start: ${messageOf(error)} Everything else works.`);
      });
    }
    return { window, shop, cluster, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Starts the cluster that the window's Pods view shows; both know it by its folder. One that runs already is left running at the end. */
async function startCluster(
  signal: AbortSignal,
  say: (line: string) => void,
  atEnd: (step: () => Promise<unknown>) => void,
): Promise<string> {
  const cluster: Cluster = createCluster({
    log: silentLog,
    cacheFolder: cacheFolder(),
    stateFolder: stateFolder(),
    labkitFolder: join(root, 'labkit'),
    engines: () => Promise.reject(new Error('the embedded cluster needs no engine')),
    kubeconfigs: () => Promise.reject(new Error('nothing is merged')),
  });
  atEnd(async () => cluster.dispose());
  const ranBefore = (await cluster.status()) === 'running';
  if (!ranBefore) atEnd(() => cluster.stop());
  let last = '';
  const { kubeconfig } = await cluster.start((sentence) => {
    if (sentence !== last) say(`Cluster: ${(last = sentence)}`);
  }, signal);
  say('Cluster: ready.');
  return kubeconfig;
}
