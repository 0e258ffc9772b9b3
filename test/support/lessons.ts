/** The lessons of the curriculum as labs that can be checked. */
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { devNull } from 'node:os';
import { join } from 'node:path';
import { root } from '../../scripts/lib/project.ts';
import { Failure } from '../../src/core/failure.ts';
import { cacheFolder } from '../../src/core/platform.ts';
import { run } from '../../src/core/processes.ts';
import {
  Judged,
  type Program,
  programsOf,
  type Trial,
  tryProgram,
  withProgram,
} from '../../src/curriculum/authoring.ts';
import { type CheckOptions, checkItem } from '../../src/curriculum/check.ts';
import type { Item } from '../../src/curriculum/items.ts';
import { lintItem } from '../../src/curriculum/lessonLint.ts';
import type { Report } from '../../src/curriculum/model.ts';
import { drawSeed } from '../../src/curriculum/random.ts';
import { testPorts } from './checkPorts.ts';

export const curriculumFolder = join(root, 'curriculum');

/** Compiles what a solution stands on: the first time that takes longer than a check waits. */
export async function compileSolution(id: string): Promise<void> {
  const cwd = join(curriculumFolder, id, 'solution');
  const { code, stderr } = await run('go', ['build', '-o', devNull, './...'], { cwd, timeout: 19 * 60_000 });
  assert.equal(code, 0, stderr);
}

/** Checks one of an item's programs. */
export const checkProgram = (item: Item, program: Program, options: Partial<CheckOptions> = {}): Promise<Report> =>
  withProgram(item, program, (lab) => checkItem(item, lab, { ...quiet(), ...options }));

/** What to replace in a program: file → pieces, each of which must be there, and what comes in their place. */
export type Changes = Readonly<Record<string, readonly (readonly [RegExp, string])[]>>;

/** Checks one of an item's programs with some of its text replaced. */
export const checkChanged = (item: Item, program: Program, changes: Changes): Promise<Report> =>
  withProgram(item, program, async (lab) => {
    for (const [file, pieces] of Object.entries(changes)) {
      const path = join(lab, file);
      let text = await readFile(path, 'utf8');
      for (const [from, to] of pieces) {
        assert.match(text, from);
        text = text.replace(from, to);
      }
      await writeFile(path, text);
    }
    return checkItem(item, lab, quiet());
  });

/** Options of a check that nobody watches. */
export const quiet = (): CheckOptions => ({
  seed: 1,
  language: 'en',
  signal: new AbortController().signal,
  ports: testPorts(),
});

/** Assertions that did not hold, in order. */
export const refused = ({ evidence }: Report): string[] => evidence.filter(({ ok }) => !ok).map(({ id }) => id);

const judged = new Judged(cacheFolder(process.env));

/** Also where a solution's protection is turned off, and it shall fail. */
const neverKept = (): Promise<never> => Promise.reject(new Failure('internal', 'a solution was kept running'));

/** One that was judged rightly is not run again until it or the engine changes; GANTRY_LESSONS_AGAIN=1 runs all. */
async function judge(item: Item, program: Program): Promise<Trial> {
  const keep = program === 'solution' ? { keep: neverKept } : {};
  const options = { ...quiet(), ...keep, seed: drawSeed() };
  const again = process.env['GANTRY_LESSONS_AGAIN'] === '1';
  const trial = await (again ? tryProgram(item, program, options) : judged.tryOnce(item, program, options));
  assert.equal(trial.problem, undefined, `seed ${options.seed}`);
  return trial;
}

/**
 * The tests every lesson has: nothing is wrong with its files, and each of its programs is judged as its author says.
 * @param asked what a good program is asked, in order: a check that skips an assertion would accept too much.
 */
export function describeLesson(item: Item, asked?: readonly string[]): void {
  const programs = programsOf(item);
  const trials: Promise<Trial>[] = [];
  const trial = (index: number): Promise<Trial> => (trials[index] ??= judge(item, programs[index]!));

  it('has nothing wrong with its files', async () => {
    assert.deepEqual(await lintItem(item), []);
  });

  for (const [index, program] of programs.entries()) {
    it(`judges ${program} rightly`, async () => {
      const now = trial(index);
      // The next one runs beside it: a check waits more than it computes.
      if (index + 1 < programs.length) trial(index + 1).catch(() => {});
      const { asked: made } = await now;
      if (asked !== undefined && program === 'solution') assert.deepEqual(made, asked);
    });
  }

  after(() => Promise.allSettled(trials));
}
