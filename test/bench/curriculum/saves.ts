/** What a learner waits for from saving a file to the verdict, by what the check needs; builds warm. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { root } from '../../../scripts/lib/project.ts';
import { withProgram } from '../../../src/curriculum/authoring.ts';
import { checkItem } from '../../../src/curriculum/check.ts';
import type { Known } from '../../../src/curriculum/inputs.ts';
import type { Check } from '../../../src/curriculum/checks/specs.ts';
import { type Item, readItem } from '../../../src/curriculum/items.ts';
import { quiet } from '../../support/lessons.ts';
import { type Figure, percentile95 } from '../figures.ts';

/** Of each lesson; with 0 none is measured. */
const saves = Number(process.env['GANTRY_BENCH_SAVES'] ?? 8);

/** What a save adds to a file: something new to the compiler, and a comment to YAML. */
const lineOf = (file: string, save: number): string =>
  file.endsWith('.go') ? `\nconst saved${save} = ${save}\n` : `# ${save}\n`;

/** Milliseconds of each of so many saves of a file of the solution, which stays right. */
async function savesOf(item: Item): Promise<number[]> {
  return withProgram(item, 'solution', async (lab) => {
    const known: Known = new Map();
    const check = async (): Promise<void> => {
      const { verdict } = await checkItem(item, lab, { ...quiet(), known });
      if (verdict.state !== 'proven') throw new Error(`${item.id} was ${JSON.stringify(verdict)}`);
    };
    await check();
    const durations: number[] = [];
    for (let save = 0; save < saves; save++) {
      await appendFile(join(lab, item.open), lineOf(item.open, save));
      if (existsSync(join(lab, '.git'))) await commit(lab);
      const before = performance.now();
      await check();
      durations.push(performance.now() - before);
    }
    console.error(`${item.id}: ${durations.map((ms) => (ms / 1000).toFixed(2)).join(' ')} s`);
    return durations;
  });
}

/** What is judged by its history is looked at once it is committed. */
const commit = (lab: string): Promise<unknown> => {
  const learner = ['-c', 'user.name=Learner', '-c', 'user.email=learner@localhost'];
  return promisify(execFile)('git', [...learner, 'commit', '--quiet', '--all', '--amend', '--no-edit'], { cwd: lab });
};

/** @param open the file that is saved. */
const ofTheTests = async (id: string, open: string): Promise<Item> => ({
  ...(await readItem(join(root, 'test/fixtures/lessons', id))),
  open,
});

const figureOf = (name: string, durations: readonly number[], seconds?: number): Figure => {
  const p95 = percentile95(durations);
  return {
    name: `${name}, p95`,
    value: Math.round(p95) / 1000,
    unit: 's',
    ...(seconds === undefined ? {} : { must: `≤ ${seconds}`, holds: p95 <= seconds * 1000 }),
  };
};

/** Those that have a check of the type, and the others. */
function parted(items: readonly Item[], type: Check['type']): readonly [Item[], Item[]] {
  const has = ({ checks }: Item): boolean => checks.some((check) => check.type === type);
  return [items.filter(has), items.filter((item) => !has(item))];
}

/** @param lessons those of the curriculum, with what they need beside Go. */
export async function saveFigures(
  lessons: readonly { readonly item: Item; readonly needs: readonly string[] }[],
): Promise<Figure[]> {
  if (saves === 0) return [];
  // One that needs several is of no tier: a rollout waits for the seconds that its own manifests name.
  const needing = (...wanted: readonly string[]): Item[] =>
    lessons.filter(({ needs }) => needs.join() === wanted.join()).map(({ item }) => item);
  // A save is nothing to those that judge commits, each of which they build.
  const [committed, saved] = parted(needing(), 'commits');
  // What is sent into a mesh waits for the seconds of the rules that are judged.
  const [meshed, applied] = parted(needing('cluster'), 'istio');
  const figure = async (name: string, items: readonly Item[], seconds?: number): Promise<Figure> => {
    const durations: number[] = [];
    for (const item of items) durations.push(...(await savesOf(item)));
    return figureOf(`${name} (${items.map(({ id }) => id).join(', ')})`, durations, seconds);
  };
  return [
    // A manifest of the lab: the checks of the sources are known from before.
    await figure('save to verdict, static', [await ofTheTests('X1', 'deploy.yaml')], 1),
    await figure('save to verdict, process', saved, 6),
    await figure('commit to verdict', committed),
    await figure('save to verdict, container', [await ofTheTests('X8', 'main.go'), ...needing('docker')], 15),
    await figure('save to verdict, API server', [await ofTheTests('X9', 'main.go'), ...applied], 10),
    await figure('save to verdict, mesh', meshed),
  ];
}
