/** The Kubernetes domain in front of something that breaks: what it asked, what it said, and whether it is right again. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Clock, systemClock } from '../../src/core/backoff.ts';
import { passingMemory } from '../../src/core/memory.ts';
import { silentLog } from '../../src/core/log.ts';
import type { ApiPod } from '../../src/kubernetes/api.ts';
import { type Kubernetes, type KubernetesDeps, createKubernetes } from '../../src/kubernetes/domain.ts';
import { podStatus } from '../../src/kubernetes/podStatus.ts';
import type { PodRow } from '../../src/kubernetes/rows.ts';
import type { Look } from '../../src/kubernetes/store.ts';
import type { WatchState } from '../../src/kubernetes/watchState.ts';
import { type TestCluster, eventually } from './controlPlane.ts';
import { type Footprint, footprint, nothingLeftSince } from './footprint.ts';
import { noLocalCluster } from './kubernetes.ts';

export interface SceneOptions {
  readonly cluster?: object;
  readonly user?: object;
  readonly clock?: Clock;
  readonly env?: NodeJS.ProcessEnv;
  readonly deps?: Partial<KubernetesDeps>;
}

export class Scene {
  readonly kubernetes: Kubernetes;
  readonly folder: string;
  /** States that looks have been in, without repeats. */
  readonly states: WatchState['state'][] = [];
  /** Announcements of changes. */
  refreshes = 0;
  readonly #before: Footprint;

  constructor(kubernetes: Kubernetes, folder: string, before: Footprint) {
    this.kubernetes = kubernetes;
    this.folder = folder;
    this.#before = before;
  }

  /** A kubeconfig whose one context is `ctx`, and the domain on it. */
  static async open(server: string, { cluster, user, clock = systemClock, env, deps }: SceneOptions): Promise<Scene> {
    const before = footprint();
    const folder = mkdtempSync(join(tmpdir(), 'gantry-scene-'));
    const file = join(folder, 'config');
    writeFileSync(
      file,
      JSON.stringify({
        clusters: [{ name: 'c', cluster: { server, ...cluster } }],
        users: [{ name: 'u', user: user ?? {} }],
        contexts: [{ name: 'ctx', context: { cluster: 'c', user: 'u' } }],
        'current-context': 'ctx',
      }),
      { mode: 0o600 },
    );
    const kubernetes = createKubernetes({
      log: silentLog,
      memory: passingMemory(),
      workspaceMemory: passingMemory(),
      local: noLocalCluster,
      trusted: () => true,
      env: { ...process.env, ...env, KUBECONFIG: file },
      clock,
      ...deps,
    });
    await kubernetes.contexts.loaded();
    return new Scene(kubernetes, folder, before);
  }

  /** Looks at the pods of a namespace. */
  pods(namespace: string): Look<PodRow> {
    const look = this.kubernetes.store.look({ context: 'ctx', kind: 'pods', namespace });
    look.onDidChange(() => {
      this.refreshes++;
      const { state } = look.state();
      if (this.states.at(-1) !== state) this.states.push(state);
    });
    return look;
  }

  async live(look: Look<PodRow>): Promise<void> {
    await eventually(() => look.state().state === 'live');
  }

  /** The end of each row: nothing is left behind. */
  async close(): Promise<void> {
    this.kubernetes.dispose();
    rmSync(this.folder, { recursive: true, force: true });
    await nothingLeftSince(this.#before);
  }
}

/** The user entry of the administrator, for a server that is reached over TLS. */
export const adminUser = (cluster: TestCluster): object => ({
  'client-certificate-data': base64(cluster.adminCert),
  'client-key-data': base64(cluster.adminKey),
});

/** The part of a cluster entry that lets a server of this cluster be trusted. */
export const trusting = (cluster: TestCluster): object => ({ 'certificate-authority-data': base64(cluster.ca) });

export const base64 = (text: string): string => Buffer.from(text).toString('base64');

/** A scene of the administrator that reaches the cluster through a port of loopback. */
export const sceneAt = (cluster: TestCluster, port: number, options: SceneOptions = {}): Promise<Scene> =>
  Scene.open(`https://127.0.0.1:${port}`, {
    user: adminUser(cluster),
    ...options,
    cluster: { ...trusting(cluster), ...options.cluster },
  });

const rowsOf = (look: Look<PodRow>): string[] =>
  [...look.rows.values()].map(({ name, uid, status, ready }) => `${name} ${uid} ${status} ${ready}`).sort();

async function serversRows(cluster: TestCluster, namespace: string): Promise<string[]> {
  const { items } = await cluster.api<{ items: ApiPod[] }>('GET', `/api/v1/namespaces/${namespace}/pods`);
  return items
    .map((pod) => `${pod.metadata.name} ${pod.metadata.uid} ${podStatus(pod).status} ${podStatus(pod).ready}`)
    .sort();
}

/** Waits until the rows are what the server holds; shows the difference when they never are. */
export async function equalRows(cluster: TestCluster, namespace: string, look: Look<PodRow>): Promise<void> {
  const isEqual = async (): Promise<boolean> =>
    JSON.stringify(rowsOf(look)) === JSON.stringify(await serversRows(cluster, namespace));
  await eventually(isEqual).catch(async () => assert.deepEqual(rowsOf(look), await serversRows(cluster, namespace)));
}
