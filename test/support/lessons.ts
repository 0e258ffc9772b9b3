/** The lessons of the curriculum as labs that can be checked. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { root } from '../../scripts/lib/project.ts';
import { cacheFolder } from '../../src/core/platform.ts';
import { Judged, type Program, programsOf, tryProgram, withProgram } from '../../src/curriculum/authoring.ts';
import { type CheckOptions, checkItem } from '../../src/curriculum/check.ts';
import type { Item } from '../../src/curriculum/items.ts';
import { lintItem } from '../../src/curriculum/lessonLint.ts';
import type { Report } from '../../src/curriculum/model.ts';
import { drawSeed } from '../../src/curriculum/random.ts';
import { testPorts } from './checkPorts.ts';

export const curriculumFolder = join(root, 'curriculum');

/** Checks one of an item's programs. */
export const checkProgram = (item: Item, program: Program, options: Partial<CheckOptions> = {}): Promise<Report> =>
  withProgram(item, program, (lab) => checkItem(item, lab, { ...quiet(), ...options }));

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

/**
 * The tests every lesson has: nothing is wrong with its files, and each of its programs is judged as its author says. One
 * that was judged rightly is not run again until it or the engine changes; GANTRY_LESSONS_AGAIN=1 runs all.
 */
export function describeLesson(item: Item): void {
  it('has nothing wrong with its files', async () => {
    assert.deepEqual(await lintItem(item), []);
  });

  for (const program of programsOf(item)) {
    it(`judges ${program} rightly`, async () => {
      const seed = drawSeed();
      const options = { ...quiet(), seed };
      const again = process.env['GANTRY_LESSONS_AGAIN'] === '1';
      const { problem } = await (again ? tryProgram(item, program, options) : judged.tryOnce(item, program, options));
      assert.equal(problem, undefined, `seed ${seed}`);
    });
  }
}
