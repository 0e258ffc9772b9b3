/** What a learner waits for from saving a file to the verdict, by what the check needs; builds warm. */
import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { root } from '../../../scripts/lib/project.ts';
import { withProgram } from '../../../src/curriculum/authoring.ts';
import { checkItem } from '../../../src/curriculum/check.ts';
import { Known } from '../../../src/curriculum/inputs.ts';
import { type Item, readItem } from '../../../src/curriculum/items.ts';
import { useEngine } from '../../support/checkPorts.ts';
import { OwnEngine } from '../../support/engine.ts';
import { quiet } from '../../support/lessons.ts';
import { type Figure, percentile95 } from '../figures.ts';

const saves = 20;

/** What a save adds to a file: something new to the compiler, and a comment to YAML. */
const lineOf = (file: string, save: number): string =>
  file.endsWith('.go') ? `\nvar saved${save} = ${save}\n` : `# ${save}\n`;

/** Milliseconds of each of so many saves of a file of the solution, which stays right. */
async function savesOf(item: Item, file = item.open): Promise<number[]> {
  return withProgram(item, 'solution', async (lab) => {
    const known = new Known();
    const check = async (): Promise<void> => {
      const { verdict } = await checkItem(item, lab, { ...quiet(), known });
      if (verdict.state !== 'proven') throw new Error(`${item.id} was ${JSON.stringify(verdict)}`);
    };
    await check();
    const durations: number[] = [];
    for (let save = 0; save < saves; save++) {
      await appendFile(join(lab, file), lineOf(file, save));
      const before = performance.now();
      await check();
      durations.push(performance.now() - before);
    }
    return durations;
  });
}

const ofTheTests = (id: string): Promise<Item> => readItem(join(root, 'test/fixtures/lessons', id));

const figureOf = (name: string, durations: readonly number[], seconds: number): Figure => {
  const p95 = percentile95(durations);
  return {
    name: `save to verdict, ${name}, p95`,
    value: Math.round(p95) / 1000,
    unit: 's',
    must: `≤ ${seconds}`,
    holds: p95 <= seconds * 1000,
  };
};

/** @param lessons those of the curriculum, which need nothing but Go. */
export async function saveFigures(lessons: readonly Item[]): Promise<Figure[]> {
  const processes: number[] = [];
  for (const item of lessons) processes.push(...(await savesOf(item)));
  const figures = [
    // A manifest of the lab: the checks of the sources are known from before.
    figureOf('static (X1)', await savesOf(await ofTheTests('X1'), 'deploy.yaml'), 1),
    figureOf(`process (${lessons.map(({ id }) => id).join(', ')})`, processes, 6),
  ];
  const engine = await OwnEngine.launch();
  try {
    useEngine(engine.address);
    figures.push(figureOf('container (X8)', await savesOf(await ofTheTests('X8'), 'main.go'), 15));
  } finally {
    useEngine('');
    await engine.close();
  }
  figures.push(figureOf('API server (X9)', await savesOf(await ofTheTests('X9'), 'main.go'), 10));
  return figures;
}
