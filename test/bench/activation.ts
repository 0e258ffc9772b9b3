/** What Gantry costs a person who does not use it now: host time of activation, bytes of the bundle and the VSIX. */
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildAll } from '../../scripts/build.ts';
import { root } from '../../scripts/lib/project.ts';
import { packageVsix } from '../../scripts/package.ts';
import { TestEditor } from '../support/editor.ts';
import { type Figure, figure, median } from './figures.ts';

export async function bench(): Promise<Figure[]> {
  const folder = await mkdtemp(join(tmpdir(), 'gantry-bench-'));
  try {
    const { size: vsix } = await stat(await packageVsix(folder));
    await buildAll({ tests: true });
    const { size: bundle } = await stat(join(root, 'dist/extension.js'));
    const runs: Activation[] = [];
    for (let run = 0; run < 5; run++) runs.push(await activation(join(folder, `activation-${run}`)));
    console.error(
      `activation runs: ${runs.map(({ cpu, wall }) => `${cpu.toFixed(1)}/${wall.toFixed(1)}`).join(' ')} ms`,
    );
    const middle = (what: keyof Activation): number => Math.round(median(runs.map((run) => run[what])) * 10) / 10;
    return [
      figure('activation, CPU time of the host thread', middle('cpu'), 'ms', 50),
      { name: 'activation, by the clock', value: middle('wall'), unit: 'ms' },
      figure('files, connections and processes before a view opens', middle('touched'), '', 0),
      figure('dist/extension.js', bundle / 1000, 'kB', 200),
      figure('VSIX', Math.round(vsix / 1e4) / 100, 'MB', 4),
    ];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** What one activation takes, loading the bundle included. */
interface Activation {
  /** Milliseconds of CPU time of the host's thread. */
  readonly cpu: number;
  /** Milliseconds by the clock. */
  readonly wall: number;
  /** Files, sockets and processes that the bundle asked for until a second later. */
  readonly touched: number;
}

async function activation(report: string): Promise<Activation> {
  const editor = await TestEditor.launch({
    workspace: join(root, 'test/bench'),
    env: { GANTRY_ACTIVATION: report, GANTRY_GREP: 'activation touches' },
  });
  try {
    const failed = (await editor.runHostSuite(3)).results.filter(({ state }) => state === 'failed');
    if (failed.length > 0) throw new Error(`activation failed: ${failed[0]!.error}`);
    return JSON.parse(await readFile(report, 'utf8')) as Activation;
  } finally {
    await editor.close();
  }
}
