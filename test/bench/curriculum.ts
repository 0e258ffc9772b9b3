/**
 * What a learner waits for, from asking for a check to its verdict, and whether the checks judge well: over all items that
 * have a lesson, GANTRY_BENCH_SEEDS seeds (20) for each solution and 5 for each impostor.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Item, chooseHint, readItem } from '../../src/curriculum/items.ts';
import type { Report } from '../../src/curriculum/model.ts';
import { itemsOf, readOutline } from '../../src/curriculum/outline.ts';
import { checkProgram, curriculumFolder } from '../support/lessons.ts';
import { cheatFigure } from './curriculum/cheats.ts';
import { networkOffFigure } from './curriculum/networkOff.ts';
import { saveFigures } from './curriculum/saves.ts';
import { type Figure, median, percentile95 } from './figures.ts';

const solutionSeeds = Number(process.env['GANTRY_BENCH_SEEDS'] ?? 20);
const impostorSeeds = Math.min(5, solutionSeeds);

interface Judged {
  readonly item: Item;
  /** Milliseconds from asking for the check to its verdict, builds warm. */
  readonly durations: readonly number[];
  readonly refused: number;
  readonly accepted: number;
  readonly impostors: number;
  readonly hinted: number;
}

export async function bench(): Promise<Figure[]> {
  const ids = readdirSync(curriculumFolder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const judged: Judged[] = [];
  const items = await Promise.all(ids.map(({ name }) => readItem(join(curriculumFolder, name))));
  for (const item of items) judged.push(await judge(item));
  const total = (of: (one: Judged) => number): number => judged.reduce((sum, one) => sum + of(one), 0);
  const [refused, accepted, impostors] = [
    total((one) => one.refused),
    total((one) => one.accepted),
    total((one) => one.impostors),
  ];
  const hinted = (100 * total((one) => one.hinted)) / impostors;
  const alone = itemsOf(await readOutline(curriculumFolder))
    .filter(({ id, needs }) => needs.length === 0 && items.some((item) => item.id === id))
    .map(({ id }) => id);
  const more = [await cheatFigure(items), await networkOffFigure(alone), ...(await saveFigures(items))];
  const reading: number[] = [];
  for (let run = 0; run < 5; run++) {
    const before = performance.now();
    await readOutline(curriculumFolder);
    reading.push(performance.now() - before);
  }
  return [
    ...judged.map(({ item, durations }) => {
      const p95 = percentile95(durations);
      return { name: `${item.id} good run, p95`, value: seconds(p95), unit: 's', must: '≤ 6', holds: p95 <= 6_000 };
    }),
    {
      name: 'solutions refused',
      value: refused,
      unit: `of ${judged.length * solutionSeeds}`,
      must: '0',
      holds: refused === 0,
    },
    { name: 'impostors accepted', value: accepted, unit: `of ${impostors}`, must: '0', holds: accepted === 0 },
    { name: 'first hint names the defect', value: Math.round(hinted), unit: '%', must: '≥ 90', holds: hinted >= 90 },
    ...more,
    { name: 'outline read and validated', value: Math.round(median(reading) * 10) / 10, unit: 'ms' },
  ];
}

async function judge(item: Item): Promise<Judged> {
  const durations: number[] = [];
  let [refused, accepted, impostors, hinted] = [0, 0, 0, 0];
  await checkProgram(item, 'solution', { seed: drawn() }); // Warms Go's build cache.
  for (let run = 0; run < solutionSeeds; run++) {
    const seed = drawn();
    const report = await checkProgram(item, 'solution', { seed });
    durations.push(report.duration);
    if (report.verdict.state !== 'failed') continue;
    refused++;
    tell(item, 'solution', report);
  }
  for (const { name, hint } of item.impostors) {
    for (let run = 0; run < impostorSeeds; run++) {
      const report = await checkProgram(item, name, { seed: drawn() });
      impostors++;
      if (report.verdict.state === 'proven') accepted++;
      if (chooseHint(item, report.evidence, report.facts)?.id === hint) hinted++;
      else tell(item, name, report);
    }
  }
  console.error(`${item.id}: ${durations.map((ms) => seconds(ms).toFixed(2)).join(' ')} s`);
  return { item, durations, refused, accepted, impostors, hinted };
}

const drawn = (): number => 1 + Math.floor(Math.random() * 1e9);

const tell = (item: Item, program: string, { seed, verdict, evidence }: Report): void =>
  console.error(
    `${item.id} ${program}, seed ${seed}: ${JSON.stringify({ verdict, failed: evidence.filter(({ ok }) => !ok) })}`,
  );

const seconds = (ms: number): number => Math.round(ms / 10) / 100;
