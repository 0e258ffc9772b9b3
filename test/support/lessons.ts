/** The lessons of the curriculum as labs that can be checked. */
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from '../../scripts/lib/project.ts';
import { type CheckOptions, checkItem } from '../../src/curriculum/check.ts';
import type { Item } from '../../src/curriculum/items.ts';
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
