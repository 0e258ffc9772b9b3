/**
 * What a learner waits for, from asking for a check to its verdict, and whether the checks judge well: over all items that
 * have a lesson, or those named in GANTRY_BENCH_LESSONS (`B5 T8.1`), GANTRY_BENCH_SEEDS seeds (20) for each solution and
 * GANTRY_BENCH_IMPOSTOR_SEEDS (5) for each impostor; with 0 only the rest is measured, and with GANTRY_BENCH_SAVES=0 the waiting
 * is left out.
 */
import { join } from 'node:path';
import { lessonsIn } from '../../src/curriculum/authorCli.ts';
import { type Item, chooseHint, readItem } from '../../src/curriculum/items.ts';
import type { Report } from '../../src/curriculum/model.ts';
import { readOutline, stepsAndItemsOf } from '../../src/curriculum/outline.ts';
import { drawSeed } from '../../src/curriculum/random.ts';
import { removePodCluster, useEngine } from '../support/checkPorts.ts';
import { OwnEngine, testEngine } from '../support/engine.ts';
import { useLessonBases } from '../support/lessonBases.ts';
import { checkProgram, curriculumFolder } from '../support/lessons.ts';
import { cheatFigure } from './curriculum/cheats.ts';
import { networkOffFigure } from './curriculum/networkOff.ts';
import { saveFigures } from './curriculum/saves.ts';
import type { Figure } from './figures.ts';

const solutionSeeds = Number(process.env['GANTRY_BENCH_SEEDS'] ?? 20);
const impostorSeeds = Number(process.env['GANTRY_BENCH_IMPOSTOR_SEEDS'] ?? 5);
const only = process.env['GANTRY_BENCH_LESSONS']?.split(' ');

/** Programs of one lesson that are judged at a time: each runs several checks at once by itself. */
const atOnce = 2;

interface Judged {
  readonly item: Item;
  readonly solutions: number;
  /** Solutions that were not proven; a check that could not judge is none that is right. */
  readonly refused: number;
  readonly impostors: number;
  /** Impostors that were not refused. */
  readonly accepted: number;
  readonly hinted: number;
}

export async function bench(): Promise<Figure[]> {
  const engine = await testEngine();
  useEngine(engine.address);
  await useLessonBases(engine);
  try {
    return await figures();
  } finally {
    await removePodCluster();
    useEngine('');
    if (engine instanceof OwnEngine) await engine.close();
  }
}

async function figures(): Promise<Figure[]> {
  const ids = only ?? (await lessonsIn(curriculumFolder));
  const items = await Promise.all(ids.map((id) => readItem(join(curriculumFolder, id))));
  const outlined = new Map(stepsAndItemsOf(await readOutline(curriculumFolder)).map(({ id, needs }) => [id, needs]));
  const lessons = items.map((item) => ({ item, needs: outlined.get(item.id) ?? [] }));
  const alone = lessons.filter(({ needs }) => needs.length === 0).map(({ item }) => item.id);
  return [
    ...(solutionSeeds === 0 ? [] : await judgeFigures(items)),
    await cheatFigure(items),
    await networkOffFigure(alone),
    ...(await saveFigures(lessons)),
  ];
}

/** How well the checks tell solutions from impostors. */
async function judgeFigures(items: readonly Item[]): Promise<Figure[]> {
  const judged: Judged[] = [];
  for (const item of items) judged.push(await judge(item));
  const total = (of: (one: Judged) => number): number => judged.reduce((sum, one) => sum + of(one), 0);
  const [solutions, refused] = [total((one) => one.solutions), total((one) => one.refused)];
  const [impostors, accepted] = [total((one) => one.impostors), total((one) => one.accepted)];
  const hinted = (100 * total((one) => one.hinted)) / impostors;
  const hints: Figure = {
    name: 'first hint names the defect',
    value: Math.round(hinted),
    unit: '%',
    must: '≥ 90',
    holds: hinted >= 90,
  };
  return [
    { name: 'solutions refused', value: refused, unit: `of ${solutions}`, must: '0', holds: refused === 0 },
    { name: 'impostors accepted', value: accepted, unit: `of ${impostors}`, must: '0', holds: accepted === 0 },
    ...(impostors === 0 ? [] : [hints]),
  ];
}

/** Each solution with so many seeds, each impostor with so many. */
async function judge(item: Item): Promise<Judged> {
  const before = performance.now();
  let [refused, accepted, hinted] = [0, 0, 0];
  const solution = async (): Promise<void> => {
    const report = await checkProgram(item, 'solution', { seed: drawSeed() });
    if (report.verdict.state === 'proven') return;
    refused++;
    tell(item, 'solution', report);
  };
  const impostor = async (name: string, hint: string): Promise<void> => {
    const report = await checkProgram(item, name, { seed: drawSeed() });
    if (report.verdict.state !== 'failed') accepted++;
    if (chooseHint(item, report.evidence, report.facts)?.id === hint) hinted++;
    else tell(item, name, report);
  };
  const trials = [
    ...Array.from({ length: solutionSeeds }, () => solution),
    ...item.impostors.flatMap(({ name, hint }) =>
      Array.from({ length: impostorSeeds }, () => () => impostor(name, hint)),
    ),
  ];
  const next = trials.values();
  const lane = async (): Promise<void> => {
    for (const trial of next) await trial();
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
  console.error(`${item.id}: ${trials.length} checks in ${Math.round((performance.now() - before) / 1000)} s`);
  return { item, solutions: solutionSeeds, refused, accepted, impostors: trials.length - solutionSeeds, hinted };
}

const tell = (item: Item, program: string, { seed, verdict, evidence }: Report): void =>
  console.error(
    `${item.id} ${program}, seed ${seed}: ${JSON.stringify({ verdict, failed: evidence.filter(({ ok }) => !ok) })}`,
  );
