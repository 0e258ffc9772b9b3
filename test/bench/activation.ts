/** What Gantry costs a person who does not use it now: host time of activation, bytes of the bundle and the VSIX. */
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildAll } from '../../scripts/build.ts';
import { root } from '../../scripts/lib/project.ts';
import { packageVsix } from '../../scripts/package.ts';
import { TestEditor } from '../support/editor.ts';
import { type Figure, median } from './figures.ts';

export async function bench(): Promise<Figure[]> {
  const folder = await mkdtemp(join(tmpdir(), 'gantry-bench-'));
  try {
    const { size: vsix } = await stat(await packageVsix(folder));
    await buildAll({ tests: true });
    const { size: bundle } = await stat(join(root, 'dist/extension.js'));
    const runs: number[] = [];
    for (let run = 0; run < 5; run++) runs.push(await activationTime(join(folder, `activation-${run}`)));
    const ms = Math.round(median(runs) * 10) / 10;
    console.error(`activation runs: ${runs.map((r) => r.toFixed(1)).join(' ')} ms`);
    return [
      { name: 'activation, CPU time of the host thread', value: ms, unit: 'ms', must: '≤ 50', holds: ms <= 50 },
      {
        name: 'dist/extension.js',
        value: Math.round(bundle / 100) / 10,
        unit: 'kB',
        must: '≤ 200',
        holds: bundle <= 200e3,
      },
      { name: 'VSIX', value: Math.round(vsix / 1e4) / 100, unit: 'MB', must: '≤ 4', holds: vsix <= 4e6 },
    ];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Milliseconds of CPU time that one activation takes from the host's thread, loading the bundle included. */
async function activationTime(report: string): Promise<number> {
  const editor = await TestEditor.launch({
    workspace: join(root, 'test/bench'),
    env: { GANTRY_ACTIVATION: report, GANTRY_GREP: 'activation touches' },
  });
  try {
    const failed = (await editor.runHostSuite(3)).results.filter(({ state }) => state === 'failed');
    if (failed.length > 0) throw new Error(`activation failed: ${failed[0]!.error}`);
    return Number(await readFile(report, 'utf8'));
  } finally {
    await editor.close();
  }
}
