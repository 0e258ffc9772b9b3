/**
 * What Gantry costs: what ships, what activation takes, what its windows hold while nothing happens and while much does,
 * and what is left when they go. With GANTRY_LONG=1 idle lasts ten minutes and the churn an hour (GANTRY_SOAK_MINUTES),
 * else one minute and one and a half.
 */
import { mkdtemp, readFile, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, posix } from 'node:path';
import type { Page } from 'playwright-core';
import { root } from '../../scripts/lib/project.ts';
import { filesToShip } from '../../scripts/package.ts';
import { eventually, shared } from '../support/controlPlane.ts';
import type { TestEditor } from '../support/editor.ts';
import { type HostMemory, hostMemory } from '../support/hostMemory.ts';
import { long, soakMinutes } from '../support/long.ts';
import { restartableExtension } from '../support/restartable.ts';
import { WindowScene } from '../support/windowScene.ts';
import { Workbench } from '../support/workbench.ts';
import { bench as activation } from './activation.ts';
import { type Figure, figure, median, percentile95 } from './figures.ts';

const idleMinutes = long ? 10 : 1;
const churnMinutes = long ? soakMinutes : 1.5;
const restarts = long ? 100 : 12;
const reloads = 5;

export async function bench(): Promise<Figure[]> {
  const activated = await activation();
  const cluster = await shared();
  const inScene = async <T>(act: (scene: WindowScene) => Promise<T>): Promise<T> => {
    const scene = await WindowScene.open(cluster);
    try {
      return await act(scene);
    } finally {
      await scene.close();
    }
  };
  return [
    ...activated,
    ...(await shipped()),
    ...(await inScene(restarted)),
    await inScene(idle),
    ...(await inScene(churned)),
    await inScene(reloaded),
  ];
}

/** The files of the VSIX, which are printed, and the chunks that are loaded when their domain is first used. */
async function shipped(): Promise<Figure[]> {
  const files = await Promise.all(
    (await filesToShip()).map(async (file) => ({ file, size: (await stat(join(root, file))).size })),
  );
  for (const { file, size } of files.toSorted((a, b) => b.size - a.size)) console.error(`${size}\t${file}`);
  const chunks = files.filter(({ file }) => /^dist\/chunks\/.*\.js$/.test(file));
  const panels = files.filter(({ file }) => /^dist\/webview\/.*\.js$/.test(file));
  const kilobytes = (sizes: readonly { readonly size: number }[], of: 'sum' | 'most'): number =>
    sizes.reduce((all, { size }) => (of === 'sum' ? all + size : Math.max(all, size)), 0) / 1000;
  return [
    { name: 'files in the VSIX', value: files.length, unit: '' },
    { name: 'extension.js with all that it imports', value: (await loadedBytes()) / 1000, unit: 'kB' },
    { name: `lazy chunks, ${chunks.length} of them`, value: kilobytes(chunks, 'sum'), unit: 'kB' },
    { name: 'largest lazy chunk', value: kilobytes(chunks, 'most'), unit: 'kB' },
    { name: 'largest script of a panel', value: kilobytes(panels, 'most'), unit: 'kB' },
  ];
}

/** Bytes that each window loads, whether anything of Gantry is used or not. */
async function loadedBytes(): Promise<number> {
  const dist = join(root, 'dist');
  const loaded = new Map<string, number>();
  for (const due = ['extension.js']; due.length > 0;) {
    const file = due.pop()!;
    if (loaded.has(file)) continue;
    const text = await readFile(join(dist, file), 'utf8');
    loaded.set(file, Buffer.byteLength(text));
    const imported = text.matchAll(/(?:\bfrom|\bimport)"(\.[^"]+)"/g);
    due.push(...[...imported].map(([, to]) => posix.join(posix.dirname(file), to!)));
  }
  return [...loaded.values()].reduce((all, bytes) => all + bytes, 0);
}

/** X1: deactivation, and what each activation leaves in the process. */
async function restarted(scene: WindowScene): Promise<Figure[]> {
  const extension = await restartableExtension();
  const folder = await mkdtemp(join(tmpdir(), 'gantry-restarts-'));
  const report = join(folder, 'report.json');
  try {
    const editor = await scene.launch(
      {
        GANTRY_GREP: 'activated and deactivated',
        GANTRY_RESTARTS: String(restarts),
        GANTRY_RESTARTS_REPORT: report,
      },
      { developed: extension.folder },
    );
    const { results } = await editor.runHostSuite(60);
    const failed = results.find(({ state }) => state === 'failed');
    if (failed !== undefined) console.error(failed.error); // Growth is a figure below.
    const { deactivations, growth, kept } = JSON.parse(await readFile(report, 'utf8')) as {
      readonly deactivations: readonly number[];
      readonly growth: number;
      readonly kept: number;
    };
    await eventually(scene.isLetGo);
    return [
      figure('deactivation with views open and a port forwarded, p95', percentile95(deactivations), 'ms', 500),
      {
        ...boundedWhenLong(`memory with each of ${restarts} activations in one host`, growth / 1000, 'kB', 50),
        peer: `VS Code itself keeps ${rounded(kept / 1000)} kB of views of nothing`,
      },
    ];
  } finally {
    await extension.remove();
    await rm(folder, { recursive: true, force: true });
  }
}

/** The extension host with every view open, beside the same one before anybody looked at Gantry. */
async function idle(scene: WindowScene): Promise<Figure> {
  const { page, host } = await openWindow(scene);
  const before = await cpuShare(host, idleMinutes);
  const workbench = new Workbench(page);
  await scene.look(workbench);
  const folded = page.locator('.sidebar .pane-header[aria-expanded="false"]');
  while ((await folded.count()) > 0) await folded.first().click();
  await eventually(async () => (await page.locator('.sidebar .pane-header[aria-expanded="true"]').count()) === 5);
  const share = await cpuShare(host, idleMinutes);
  return {
    name: `CPU of the extension host in ${idleMinutes} idle minutes, all five views open, one run`,
    value: rounded(share),
    unit: '% of a core',
    peer: `no view open: ${rounded(before)} %`,
  };
}

/**
 * K15: what the host holds at the end of long churn beside what it held after a sixth of it. Garbage aside: what the process
 * has of the system (RSS) follows the collector's mood, between 220 and 330 MB within minutes.
 */
async function churned(scene: WindowScene): Promise<Figure[]> {
  const memory = await hostMemory();
  try {
    const { page, host } = await openWindow(scene, memory);
    await scene.look(new Workbench(page));
    const ending = new AbortController();
    const changing = scene.change(ending.signal);
    const samples: Holding[] = [];
    const until = Date.now() + churnMinutes * 60_000;
    while (Date.now() < until) {
      samples.push({ memory: await memory.held(), files: (await readdir(`/proc/${host}/fd`)).length });
      await pause((churnMinutes * 60_000) / 60);
    }
    ending.abort();
    const changes = await changing;
    console.error(`bytes that the host holds: ${samples.map((each) => each.memory).join(' ')}`);
    const sixth = Math.floor(samples.length / 6);
    const least = (part: readonly Holding[], what: keyof Holding): number =>
      Math.min(...part.map((each) => each[what]));
    const [early, late] = [samples.slice(sixth, 2 * sixth), samples.slice(-sixth)];
    const grown = (least(late, 'memory') / least(early, 'memory') - 1) * 100;
    const files = least(late, 'files') - least(early, 'files');
    const during = `in ${churnMinutes} min of churn (${changes} changes)`;
    return [
      boundedWhenLong(`memory that the host holds, grown ${during}`, grown, '%', 5),
      figure(`open files more ${during}`, files, '', 2),
    ];
  } finally {
    await memory.remove();
  }
}

/** Seconds from the reload of a window to its pods in sight, while these and containers change. */
async function reloaded(scene: WindowScene): Promise<Figure> {
  const { page, editor } = await openWindow(scene);
  await scene.look(new Workbench(page));
  const ending = new AbortController();
  const changing = scene.change(ending.signal);
  const seconds: number[] = [];
  for (let reload = 0; reload < reloads; reload++) {
    const began = performance.now();
    await page.reload();
    await scene.look(new Workbench(page));
    seconds.push((performance.now() - began) / 1000);
    await eventually(async () => (await editor.hosts()).length === 1);
  }
  ending.abort();
  await changing;
  return { name: 'window reloaded under load, to the pod in sight', value: rounded(median(seconds)), unit: 's' };
}

interface OpenWindow {
  readonly editor: TestEditor;
  readonly page: Page;
  /** Process id of its extension host. */
  readonly host: number;
}

async function openWindow(scene: WindowScene, memory?: HostMemory): Promise<OpenWindow> {
  const editor = await scene.launch(memory?.env, { extensions: memory === undefined ? [] : [memory.extension] });
  const page = await editor.openWorkbench();
  await eventually(async () => (await editor.hosts()).length === 1);
  await page.locator('.activitybar .action-item a.action-label[aria-label^="Gantry"]').waitFor({ timeout: 180_000 });
  const [host] = (await editor.hosts()) as [number];
  return { editor, page, host };
}

/** Percent of a core that a process takes in some minutes. What comes first is left out: VS Code goes on starting. */
async function cpuShare(pid: number, minutes: number): Promise<number> {
  await pause(15_000);
  const [before, began] = [await cpuSeconds(pid), performance.now()];
  await pause(minutes * 60_000);
  return (((await cpuSeconds(pid)) - before) / ((performance.now() - began) / 1000)) * 100;
}

/** User and system time of all threads (fields 14 and 15 of proc(5), in ticks of 10 ms). */
async function cpuSeconds(pid: number): Promise<number> {
  const line = await readFile(`/proc/${pid}/stat`, 'utf8');
  const fields = line.slice(line.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

interface Holding {
  /** Bytes. */
  readonly memory: number;
  readonly files: number;
}

const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));
/** The short form warms up for too long to be held to the bound. */
const boundedWhenLong = (name: string, value: number, unit: string, bound: number): Figure =>
  long ? figure(name, value, unit, bound) : { name, value: rounded(value), unit };
const rounded = (value: number): number => Math.round(value * 100) / 100;
