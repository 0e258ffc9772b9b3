/** What a learner waits for: from asking for a check to its verdict, and the outline's way to the view. */
import { join } from 'node:path';
import { readItem } from '../../src/curriculum/items.ts';
import { readOutline } from '../../src/curriculum/outline.ts';
import { checkProgram, curriculumFolder } from '../support/lessons.ts';
import { type Figure, median } from './figures.ts';

const runs = 5;

export async function bench(): Promise<Figure[]> {
  const b6 = await readItem(join(curriculumFolder, 'B6'));
  const good: number[] = [];
  let refusedSolutions = 0;
  // The first run warms Go's build cache and is not counted.
  for (let run = 0; run <= runs; run++) {
    const { duration, verdict, evidence } = await checkProgram(b6, 'solution', { seed: run + 1 });
    if (verdict.state !== 'proven') console.error(`run ${run}: ${JSON.stringify({ verdict, evidence })}`);
    if (verdict.state === 'failed') refusedSolutions++;
    if (run > 0) good.push(duration);
  }
  let accepted = 0;
  for (const { name } of b6.impostors) {
    if ((await checkProgram(b6, name)).verdict.state === 'proven') accepted++;
  }
  const outline: number[] = [];
  for (let run = 0; run < runs; run++) {
    const before = performance.now();
    await readOutline(curriculumFolder);
    outline.push(performance.now() - before);
  }
  console.error(`B6 runs: ${good.map((ms) => (ms / 1000).toFixed(2)).join(' ')} s`);
  const slowest = Math.max(...good) / 1000;
  return [
    { name: 'B6 good run, median', value: seconds(median(good)), unit: 's' },
    { name: 'B6 good run, slowest', value: seconds(Math.max(...good)), unit: 's', must: '≤ 6', holds: slowest <= 6 },
    {
      name: 'solutions refused',
      value: refusedSolutions,
      unit: `of ${runs + 1}`,
      must: '0',
      holds: refusedSolutions === 0,
    },
    {
      name: 'impostors accepted',
      value: accepted,
      unit: `of ${b6.impostors.length}`,
      must: '0',
      holds: accepted === 0,
    },
    { name: 'outline read and validated', value: Math.round(median(outline) * 10) / 10, unit: 'ms' },
  ];
}

const seconds = (ms: number): number => Math.round(ms / 10) / 100;
