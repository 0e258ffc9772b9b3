/** A namespace on the real node, and both ways to it: ours and kubectl's. */
import { type ChildProcess, spawn } from 'node:child_process';
import type { Kubernetes } from '../../../src/kubernetes/domain.ts';
import { kubernetesOn } from '../../support/kubernetes.ts';
import { type TestNode, testNode } from '../../support/node.ts';
import { kubernetesProgram } from '../../support/peers.ts';

/** Runs of each side; GANTRY_BENCH_RUNS for fewer while something is being tried. */
export const runs = Number(process.env['GANTRY_BENCH_RUNS'] ?? 5);
export const never = new AbortController().signal;

export interface Scene {
  readonly node: TestNode;
  readonly namespace: string;
  readonly kubernetes: Kubernetes;
  /** Id of the context. */
  readonly context: string;
  /** Starts kubectl of the server's own version; stdout can be read. */
  readonly kubectl: (...args: readonly string[]) => ChildProcess;
  close(): Promise<void>;
}

export async function openScene(): Promise<Scene> {
  const node = await testNode();
  const namespace = await node.cluster.namespace();
  const kubernetes = kubernetesOn(node.cluster.kubeconfig);
  const { contexts } = await kubernetes.contexts.load();
  const program = await kubernetesProgram();
  return {
    node,
    namespace,
    kubernetes,
    context: contexts[0]!.id,
    kubectl: (...args) =>
      spawn(program, ['kubectl', '--kubeconfig', node.cluster.kubeconfig, '-n', namespace, ...args], {
        stdio: ['ignore', 'pipe', 'inherit'],
      }),
    close: async () => {
      kubernetes.dispose();
      await node.cluster.removeNamespace(namespace);
      await node.close();
    },
  };
}

/** Megabytes by which this process grows while `work` runs. */
export async function growth<T>(work: () => Promise<T>): Promise<[number, T]> {
  const before = process.memoryUsage.rss();
  let peak = before;
  const timer = setInterval(() => (peak = Math.max(peak, process.memoryUsage.rss())), 200);
  try {
    const result = await work();
    return [Math.max(0, Math.max(peak, process.memoryUsage.rss()) - before) / 1e6, result];
  } finally {
    clearInterval(timer);
  }
}
