/**
 * Unpacks an archive from a container or pod, which may have been made to write elsewhere (CVE-2019-1002101, CVE-2018-15664,
 * CVE-2025-59343): regular files and folders only, nothing outside the target, nothing through a link, nothing over what
 * is there, and no more than a bound.
 */
import { constants } from 'node:fs';
import { type FileHandle, lstat, mkdir, open, rm } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { Failure, errnoOf } from '../failure.ts';
import { t } from '../l10n.ts';
import { formatBytes } from '../storage.ts';
import { type TarEntry, type Writer, readTar } from './read.ts';

export interface ExtractOptions {
  /** A folder that exists; everything is written below it. */
  readonly target: string;
  /** The folder of the archive that stands for the target; the whole archive where it is left out. */
  readonly within?: string;
  /** Most entries and bytes that are written. */
  readonly limits?: { readonly entries: number; readonly bytes: number };
  /** Told of each entry as it is written. */
  readonly onEntry?: (path: string) => void;
}

/** What was left out and why is told, not thrown: the rest is still wanted. */
export interface Extracted {
  readonly files: number;
  readonly bytes: number;
  /** Paths of links, devices and the like. */
  readonly skipped: readonly string[];
}

const usual = { entries: 10_000, bytes: 1024 ** 3 };

/** Throws Failure `forbidden` for a path that leads outside, `conflict` for one that exists, `invalid` beyond a bound. */
export async function extractTar(chunks: AsyncIterable<Uint8Array>, options: ExtractOptions): Promise<Extracted> {
  const { target, within = '', limits = usual, onEntry } = options;
  const above = safeParts(within);
  const skipped: string[] = [];
  let [entries, files, bytes] = [0, 0, 0];
  await readTar(chunks, async (entry) => {
    if (++entries > limits.entries) {
      throw new Failure(
        'invalid',
        t('The archive holds more than {0} entries. Choose a smaller folder.', limits.entries),
      );
    }
    const parts = below(above, entry.path);
    if (entry.type !== 'file' && entry.type !== 'folder') {
      skipped.push(entry.path);
      return undefined;
    }
    bytes += entry.size;
    if (bytes > limits.bytes) {
      throw new Failure(
        'invalid',
        t('The archive holds more than {0}. Choose a smaller folder.', formatBytes(limits.bytes)),
      );
    }
    onEntry?.(entry.path);
    await makeFolders(target, entry.type === 'folder' ? parts : parts.slice(0, -1));
    if (entry.type === 'folder') return undefined;
    files++;
    return fileWriter(join(target, ...parts), entry);
  });
  return { files, bytes, skipped };
}

/** The steps of a relative path; throws for one that leads elsewhere. */
export function safeParts(path: string): string[] {
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  const wrong =
    path.startsWith('/') ||
    parts.some((part) => part === '..' || part.includes('\0') || (sep === '\\' && /[\\:]/.test(part)));
  if (wrong)
    throw new Failure('forbidden', t('The archive tries to write outside its folder: {0}', JSON.stringify(path)));
  return parts;
}

/** The steps of a path from a folder on; throws for one that leads elsewhere. */
function below(folder: readonly string[], path: string): string[] {
  const parts = safeParts(path);
  if (folder.every((part, i) => parts[i] === part)) return parts.slice(folder.length);
  throw new Failure('forbidden', t('The archive tries to write outside its folder: {0}', JSON.stringify(path)));
}

/** Makes folder after folder; none of them may be a link, also one that somebody put there meanwhile. */
async function makeFolders(target: string, parts: readonly string[]): Promise<void> {
  let path = target;
  for (const part of parts) {
    path = join(path, part);
    try {
      await mkdir(path);
    } catch (error) {
      if (errnoOf(error) !== 'EEXIST') throw error;
    }
    if (!(await lstat(path)).isDirectory()) {
      throw new Failure('forbidden', t('{0} is no folder, so nothing is written through it.', path));
    }
  }
}

/** Never over a file that is there, never through a link; setuid and the like are dropped. */
async function fileWriter(path: string, { mode }: TarEntry): Promise<Writer> {
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | (constants.O_NOFOLLOW ?? 0);
  let file: FileHandle;
  try {
    file = await open(path, flags, (mode & 0o777) | 0o600);
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST' && errnoOf(error) !== 'ELOOP') throw error;
    throw new Failure('conflict', t('{0} exists already, so it is not written over.', path), error);
  }
  return {
    write: (piece) => file.writeFile(piece),
    end: () => file.close(),
    abort: async () => {
      await file.close();
      await rm(path, { force: true }); // Half a file looks like a whole one.
    },
  };
}
