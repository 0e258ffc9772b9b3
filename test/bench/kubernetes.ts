/**
 * How fast rows of a big cluster are there, beside kubectl on the same pods in the same run. GANTRY_BENCH_PODS says how
 * many kwok pods, 10,000 unless given, and GANTRY_BENCH_HEAP_PODS how many for the heap; their namespaces are 20.
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { nodeName } from '../../src/cluster/parts.ts';
import type { Connection } from '../../src/kubernetes/connection.ts';
import { type TestCluster, eventually, pod, shared } from '../support/controlPlane.ts';
import { collectGarbage } from '../support/garbage.ts';
import { kubeconfigAt, kubernetesOn } from '../support/kubernetes.ts';
import { relayTo } from '../support/relay.ts';
import { kubernetesProgram } from '../support/peers.ts';
import { type Figure, median } from './figures.ts';
import { churn } from './kubernetes/churn.ts';
import { idleRequests, pluginRuns } from './kubernetes/quiet.ts';

const podCount = Number(process.env['GANTRY_BENCH_PODS'] ?? 10_000);
/** Pods among which the heap of a row is measured. */
const heapPodCount = Number(process.env['GANTRY_BENCH_HEAP_PODS'] ?? 50_000);
const namespaceCount = 20;
const runs = 5;
/** Pods created at a time. */
const batch = 50;
const reads = 50;

export async function bench(): Promise<Figure[]> {
  const cluster = await shared();
  const namespaces: string[] = [];
  for (let index = 0; index < namespaceCount; index++) namespaces.push(await cluster.namespace());
  await createPods(cluster, namespaces, 0, podCount);
  const kubectl: number[] = [];
  const first: number[] = [];
  const all: number[] = [];
  const slices: number[] = [];
  for (let run = 0; run < runs; run++) {
    kubectl.push(await kubectlSeconds(cluster));
    const load = await loadRows(cluster);
    first.push(load.first);
    all.push(load.all);
    slices.push(await longestSlice(() => loadRows(cluster)));
    console.error(
      `run ${run + 1}: kubectl ${kubectl.at(-1)!.toFixed(2)} s, first rows ${load.first.toFixed(3)} s, ` +
        `all ${load.all.toFixed(2)} s, longest slice ${slices.at(-1)!.toFixed(1)} ms`,
    );
  }
  const peer = `kubectl get pods -A: ${round(median(kubectl))} s`;
  const against = (name: string, seconds: readonly number[], bound: number): Figure => {
    const ratio = median(seconds) / median(kubectl);
    return { name, value: round(median(seconds)), unit: 's', peer, ratio: round(ratio), ...atMost(bound, ratio) };
  };
  const slice = round(median(slices));
  const handshakes = await handshakesFor(cluster, reads);
  const quiet = [await pluginRuns(cluster), await idleRequests(cluster)];
  const changing = await churn(cluster);
  await createPods(cluster, namespaces, podCount, heapPodCount);
  const perRow = round(await heapPerRow(cluster));
  return [
    against(`all ${podCount} rows in the store`, all, 0.25),
    against('first rows', first, 0.03),
    { name: 'longest slice of the thread while loading, CPU', value: slice, unit: 'ms', ...atMost(30, slice) },
    { name: `TLS handshakes for ${reads} reads, one run`, value: handshakes, unit: '', ...atMost(1, handshakes) },
    ...quiet,
    ...changing,
    {
      name: `heap per row at ${Math.max(podCount, heapPodCount)} pods, one run`,
      value: perRow,
      unit: 'kB',
      ...atMost(0.6, perRow),
    },
  ];
}

const round = (value: number): number => Math.round(value * 1000) / 1000;
const atMost = (bound: number, value: number): Pick<Figure, 'must' | 'holds'> => ({
  must: `≤ ${bound}`,
  holds: value <= bound,
});

/** Bare pods, bound by themselves so that nobody schedules, and waited for until kwok runs each. */
async function createPods(
  cluster: TestCluster,
  namespaces: readonly string[],
  from: number,
  to: number,
): Promise<void> {
  const began = performance.now();
  for (let made = from; made < to; made += batch) {
    const numbers = Array.from({ length: Math.min(batch, to - made) }, (_, index) => made + index);
    await Promise.all(
      numbers.map((number) =>
        cluster.api('POST', `/api/v1/namespaces/${namespaces[number % namespaceCount]}/pods`, boundPod(number)),
      ),
    );
  }
  const waiting = '/api/v1/pods?limit=1&fieldSelector=status.phase!=Running';
  const noneWaits = async (): Promise<boolean> =>
    (await cluster.api<{ items: unknown[] }>('GET', waiting)).items.length === 0;
  await eventually(noneWaits, 40 * 60_000);
  cluster.closeIdle(); // Closing them takes tens of milliseconds, which must not fall into what is measured.
  console.error(`${to} pods run after ${Math.round((performance.now() - began) / 1000)} s`);
}

function boundPod(number: number): object {
  const app = `app-${number % 100}`;
  const made = pod(`${app}-${number}`, { app, tier: 'bench' }) as { spec: object };
  return { ...made, spec: { ...made.spec, nodeName } };
}

async function kubectlSeconds({ kubeconfig }: TestCluster): Promise<number> {
  const program = await kubernetesProgram();
  const began = performance.now();
  const { stdout } = await promisify(execFile)(program, ['kubectl', '--kubeconfig', kubeconfig, 'get', 'pods', '-A'], {
    maxBuffer: 2 ** 28,
  });
  const seconds = (performance.now() - began) / 1000;
  expectAll('kubectl', stdout.trimEnd().split('\n').length - 1);
  return seconds;
}

/** Seconds from nothing (no kubeconfig read, no connection) to the first rows and to all of them, live. */
async function loadRows(cluster: TestCluster): Promise<{ first: number; all: number }> {
  const began = performance.now();
  const kubernetes = kubernetesOn(cluster.kubeconfig);
  try {
    const { current } = await kubernetes.contexts.loaded();
    const look = kubernetes.store.look({ context: current!, kind: 'pods' });
    await look.settled;
    const first = (performance.now() - began) / 1000;
    if (look.rows.size === 0) throw new Error('the store settled without rows');
    await new Promise<void>((resolve) => {
      const check = (): void => {
        if (look.state().state === 'live') resolve();
        else setTimeout(check, 5);
      };
      check();
    });
    const all = (performance.now() - began) / 1000;
    expectAll('the store', look.rows.size);
    return { first, all };
  } finally {
    kubernetes.dispose();
  }
}

function expectAll(who: string, rows: number): void {
  if (rows !== podCount) throw new Error(`${who} has ${rows} rows of ${podCount}`);
}

/**
 * The most CPU milliseconds that this thread used between two turns of its event loop while `work` ran: nothing else of
 * the host could run meanwhile. CPU time of the thread, not wall time, since other processes share the machine; garbage
 * collection on the thread counts. A chain of `setImmediate` reads the clock once a turn; that keeps the loop spinning, so
 * what it measures is never also timed.
 */
async function longestSlice(work: () => Promise<unknown>): Promise<number> {
  const cpu = (): number => {
    const { user, system } = process.threadCpuUsage();
    return user + system;
  };
  let longest = 0;
  let before = cpu();
  let running = true;
  const turn = (): void => {
    const now = cpu();
    longest = Math.max(longest, now - before);
    before = now;
    if (running) setImmediate(turn);
  };
  setImmediate(turn);
  await work();
  running = false;
  return longest / 1000;
}

/** Connections that `count` reads one after another need; each is a handshake of its own. */
async function handshakesFor(cluster: TestCluster, count: number): Promise<number> {
  const relay = await relayTo(Number(new URL(cluster.server).port));
  const [kubeconfig, remove] = kubeconfigAt(cluster.kubeconfig, relay.port);
  const kubernetes = kubernetesOn(kubeconfig);
  try {
    const { current } = await kubernetes.contexts.loaded();
    const connection: Connection = kubernetes.contexts.connect(current!);
    const signal = AbortSignal.timeout(60_000);
    for (let read = 0; read < count; read++) {
      const { body } = await connection.request('/api/v1/namespaces/default', { signal, what: 'read a namespace' });
      for await (const _ of body);
    }
    return relay.accepted;
  } finally {
    kubernetes.dispose();
    remove();
    await relay.close();
  }
}

/** Kilobytes of heap that a row adds, after collecting garbage on both sides. */
async function heapPerRow(cluster: TestCluster): Promise<number> {
  const heap = (): number => {
    collectGarbage();
    return process.memoryUsage().heapUsed;
  };
  const kubernetes = kubernetesOn(cluster.kubeconfig);
  try {
    const { current } = await kubernetes.contexts.loaded();
    const before = heap();
    const look = kubernetes.store.look({ context: current!, kind: 'pods' });
    await eventually(() => look.state().state === 'live');
    await new Promise((resolve) => setTimeout(resolve, 1000)); // The announcement lets go of its keys.
    return (heap() - before) / look.rows.size / 1000;
  } finally {
    kubernetes.dispose();
  }
}
