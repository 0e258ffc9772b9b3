/** The Kubernetes domain on a test's cluster, and the second source its rows are compared with. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Emitter } from '../../src/core/emitter.ts';
import { silentLog } from '../../src/core/log.ts';
import { passingMemory } from '../../src/core/memory.ts';
import type { ApiPod } from '../../src/kubernetes/api.ts';
import type { Requester } from '../../src/kubernetes/connection.ts';
import { type Kubernetes, createKubernetes } from '../../src/kubernetes/domain.ts';
import type { LocalClusters } from '../../src/kubernetes/localClusters.ts';
import type { PodRow } from '../../src/kubernetes/rows.ts';
import type { TestCluster } from './controlPlane.ts';

export const noLocalCluster: LocalClusters = {
  clusters: () => [],
  onDidChange: new Emitter<void>().event,
  refresh: async () => {},
};

/** The domain as a program composes it, on one kubeconfig. */
export function kubernetesOn(kubeconfig: string, env: NodeJS.ProcessEnv = {}): Kubernetes {
  return createKubernetes({
    log: silentLog,
    local: noLocalCluster,
    trusted: () => true,
    memory: passingMemory(),
    workspaceMemory: passingMemory(),
    env: { ...process.env, ...env, KUBECONFIG: kubeconfig },
  });
}

/** The way to a server with something done about its requests. */
export const requesting = (server: Requester, request: Requester['request']): Requester => ({
  probe: (signal) => server.probe(signal),
  identity: () => server.identity(),
  request,
});

/** A copy of a kubeconfig whose server is at another port of loopback; removed by the second value. */
export function kubeconfigAt(kubeconfig: string, port: number): [string, () => void] {
  const folder = mkdtempSync(join(tmpdir(), 'gantry-kubeconfig-'));
  const file = join(folder, 'config');
  const text = readFileSync(kubeconfig, 'utf8').replace(/https:\/\/127\.0\.0\.1:\d+/g, `https://127.0.0.1:${port}`);
  writeFileSync(file, text, { mode: 0o600 });
  return [file, () => rmSync(folder, { recursive: true, force: true })];
}

/** Names and uids of pods, from raw REST. */
export async function rawPods(cluster: TestCluster, namespace: string): Promise<string[]> {
  const { items } = await cluster.api<{ items: ApiPod[] }>('GET', `/api/v1/namespaces/${namespace}/pods`);
  return items.map(({ metadata }) => `${metadata.name} ${metadata.uid}`).sort();
}

export const rowNames = (rows: ReadonlyMap<string, PodRow>): string[] =>
  [...rows.values()].map(({ name, uid }) => `${name} ${uid}`).sort();
