/** The lessons of the curriculum as labs that can be checked. */
import assert from 'node:assert/strict';
import { cp, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from '../../scripts/lib/project.ts';
import { run } from '../../src/core/processes.ts';
import { type CheckOptions, checkItem } from '../../src/curriculum/check.ts';
import { type Item, chooseHint } from '../../src/curriculum/items.ts';
import type { Report } from '../../src/curriculum/model.ts';

export const curriculumFolder = join(root, 'curriculum');

/** `starter`, `solution`, or the name of an impostor. */
export type Program = string;

/** Makes a lab of one of an item's programs, hands it to `use` and removes it. An impostor is the solution with its files over it. */
export async function withLab<T>(item: Item, program: Program, use: (lab: string) => Promise<T>): Promise<T> {
  const lab = await mkdtemp(join(tmpdir(), 'gantry-lab-'));
  try {
    await cp(join(item.folder, program === 'starter' ? 'starter' : 'solution'), lab, { recursive: true });
    if (program !== 'starter' && program !== 'solution') {
      await cp(join(item.folder, 'impostors', program), lab, { recursive: true });
    }
    return await use(lab);
  } finally {
    await rm(lab, { recursive: true, force: true });
  }
}

/** Checks one of an item's programs. */
export const checkProgram = (item: Item, program: Program, options: Partial<CheckOptions> = {}): Promise<Report> =>
  withLab(item, program, (lab) => checkItem(item, lab, { ...quiet(), ...options }));

/** Options of a check that nobody watches. */
export const quiet = (): CheckOptions => ({ seed: 1, language: 'en', signal: new AbortController().signal });

/** Assertions that did not hold, in order. */
export const refused = ({ evidence }: Report): string[] => evidence.filter(({ ok }) => !ok).map(({ id }) => id);

/** Why lessons cannot be checked here; undefined when they can. */
export const withoutGo = (): Promise<string | undefined> =>
  run('go', ['version']).then(
    () => undefined,
    (error: Error) => error.message,
  );

/** The tests every item has: each of its impostors is refused for the stated reason, with the stated hint. */
export function describeImpostors(item: Item): void {
  describe('impostors', () => {
    it('are all listed', async () => {
      assert.deepEqual(
        item.impostors.map(({ name }) => name).sort(),
        (await readdir(join(item.folder, 'impostors'))).sort(),
      );
    });

    for (const { name, refusedBy, hint } of item.impostors) {
      it(`${name} compiles, passes something, and is refused by ${refusedBy} with the hint ${hint}`, async () => {
        const report = await checkProgram(item, name);
        assert.equal(report.verdict.state, 'failed', JSON.stringify(report));
        assert.equal(refused(report)[0], refusedBy, JSON.stringify(report.evidence));
        const check = refusedBy.split('.')[0]!;
        assert.ok(report.evidence.some(({ id, ok }) => ok && id.startsWith(`${check}.`)));
        assert.equal(chooseHint(item, report.evidence, report.facts)?.id, hint);
      });
    }
  });
}
