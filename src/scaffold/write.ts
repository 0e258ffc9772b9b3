/** Puts generated files into a folder without ever taking anything from it. */
import { lstat, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createTwoFilesPatch } from 'diff';
import { errnoOf, Failure } from '../core/failure.ts';
import { t } from '../core/l10n.ts';
import type { Files } from './generate.ts';

export interface Comparison {
  /** Not there yet. */
  readonly fresh: readonly string[];
  /** There, as generated. */
  readonly same: readonly string[];
  /** There, and other than generated. */
  readonly different: readonly string[];
}

export async function compare(folder: string, files: Files): Promise<Comparison> {
  const fresh: string[] = [];
  const same: string[] = [];
  const different: string[] = [];
  for (const [path, text] of files) {
    const there = await textOf(join(folder, path));
    (there === undefined ? fresh : there === text ? same : different).push(path);
  }
  return { fresh, same, different };
}

/** Writes what is not there. Files that are stay as they are, whatever is in them. */
export async function writeFresh(folder: string, files: Files, { fresh }: Comparison): Promise<void> {
  for (const path of fresh) {
    const file = join(folder, path);
    await mkdir(dirname(file), { recursive: true });
    // wx: one that came meanwhile is not overwritten either.
    await writeFile(file, files.get(path)!, { flag: 'wx' });
  }
}

/** How a file that is there differs from the generated one, as `diff -u` has it. */
export async function patchOf(folder: string, path: string, files: Files): Promise<string> {
  const there = (await textOf(join(folder, path))) ?? '';
  return createTwoFilesPatch(path, path, there, files.get(path)!, t('yours'), t('generated'));
}

async function textOf(file: string): Promise<string | undefined> {
  try {
    // A link could lead anywhere: what is behind it is neither read nor taken for a file of the service.
    if (!(await lstat(file)).isFile()) throw new Failure('conflict', t('{0} is there and is no file.', file));
    return await readFile(file, 'utf8');
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}
