/** Local clusters: seconds from nothing to ready, memory of the embedded one's processes, and a save's way to a new answer. */
import { readFileSync, statSync } from 'node:fs';
import { type PartName, partNames } from '../../src/cluster/parts.ts';
import type { Running } from '../../src/cluster/controlPlane.ts';
import { TestCluster, builtPrograms, ownControlPlane, pod } from '../support/controlPlane.ts';
import { inContainer } from './cluster/container.ts';
import { type Figure, figure, median } from './figures.ts';

const runs = 5;
const never = new AbortController().signal;
const quiet = (): void => {};
const apiTier: readonly PartName[] = ['etcd', 'kube-apiserver'];

/** What is undone in a reset. */
const resetPods = 100;

/** Milliseconds after which memory has settled. */
const settle = 10_000;

export const bench = async (): Promise<Figure[]> => [...(await embedded()), ...(await inContainer())];

async function embedded(): Promise<Figure[]> {
  const programs = await builtPrograms((sentence) => console.error(sentence), never);
  const create: number[] = [];
  const again: number[] = [];
  const reset: number[] = [];
  const resident: Record<string, number[]> = { all: [], api: [], share: [] };
  for (let run = 0; run < runs; run++) {
    const controlPlane = ownControlPlane();
    create.push(await seconds(() => controlPlane.start(quiet, never)));
    await controlPlane.stop();
    again.push(await seconds(() => controlPlane.start(quiet, never)));
    reset.push(await resetOf(new TestCluster(controlPlane, (await controlPlane.running())!)));
    // A reset starts some of them anew.
    const running = (await controlPlane.running())!;
    await new Promise((resolve) => setTimeout(resolve, settle));
    resident['all']!.push(megabytes(running, partNames, 'Rss'));
    resident['share']!.push(megabytes(running, partNames, 'Pss'));
    resident['api']!.push(megabytes(running, apiTier, 'Rss'));
    await controlPlane.remove();
    console.error(
      `run ${run + 1}: create ${create.at(-1)} s, start ${again.at(-1)} s, reset ${reset.at(-1)} s, RSS ${resident['all']!.at(-1)} MB`,
    );
  }
  const size = (file: string): number => Math.round(statSync(file).size / 1e6);
  return [
    figure('start to ready, new cluster', median(create), 's', 8),
    figure('start to ready, stopped cluster', median(again), 's', 8),
    figure(`reset of ${resetPods} pods to the snapshot`, median(reset), 's', 1),
    // Four of them are one program, whose pages they share.
    figure('memory of the five processes, shared pages counted once', median(resident['share']!), 'MB', 600),
    { name: 'the same, shared pages counted for each', value: median(resident['all']!), unit: 'MB' },
    { name: 'resident memory, etcd and API server', value: median(resident['api']!), unit: 'MB' },
    { name: 'size of gantry-controlplane', value: size(programs.controlPlane), unit: 'MB' },
    { name: 'size of gantry-kwok', value: size(programs.kwok), unit: 'MB' },
  ];
}

/** A hundred pods made after the snapshot, and gone. */
async function resetOf(cluster: TestCluster): Promise<number> {
  const pods = '/api/v1/namespaces/default/pods';
  await cluster.controlPlane.snapshot(never);
  for (let at = 0; at < resetPods; at++) await cluster.api('POST', pods, pod(`pod-${at}`));
  return seconds(() => cluster.controlPlane.reset('snapshot', quiet, never));
}

async function seconds(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return Math.round((performance.now() - began) / 10) / 100;
}

/** From /proc: `Rss` counts the pages of the shared program once per process, `Pss` once in all. */
function megabytes(running: Running, names: readonly PartName[], field: 'Rss' | 'Pss'): number {
  const kilobytes = names.map((name) => {
    const rollup = readFileSync(`/proc/${running.processes[name]!.pid}/smaps_rollup`, 'utf8');
    return Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(rollup)![1]);
  });
  return Math.round((kilobytes.reduce((a, b) => a + b, 0) * 1024) / 1e6);
}
