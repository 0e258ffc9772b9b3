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
const isLinux = process.platform === 'linux';

/** Throws Failure `forbidden` for a path that leads outside, `conflict` for one that exists, `invalid` beyond a bound. */
export async function extractTar(chunks: AsyncIterable<Uint8Array>, options: ExtractOptions): Promise<Extracted> {
  const { target, within = '', limits = usual, onEntry } = options;
  const above = safeParts(within);
  const folders = new Folders(target);
  const skipped: string[] = [];
  let [entries, files, bytes] = [0, 0, 0];
  const visit = async (entry: TarEntry): Promise<Writer | undefined> => {
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
    const folder = await folders.get(entry.type === 'folder' ? parts : parts.slice(0, -1));
    if (entry.type === 'folder') return undefined;
    files++;
    return fileWriter(folder, parts.at(-1) ?? '.', entry);
  };
  try {
    await readTar(chunks, visit);
  } finally {
    await folders.close();
  }
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

/** A folder that things are made in. */
interface Folder {
  /** As a person knows it. */
  readonly path: string;
  /** On Linux the open folder itself. */
  readonly handle: FileHandle | undefined;
}

/**
 * Where something of that name in the folder is made. On Linux that is in the very folder that was looked at, also when
 * somebody puts a link in its place meanwhile; elsewhere there is no way to say so.
 */
const placeIn = ({ path, handle }: Folder, name: string): string =>
  join(handle === undefined ? path : `/proc/self/fd/${handle.fd}`, name);

/** The folders below the target, made as they are needed; none of them may be a link. The last one is kept open. */
class Folders {
  readonly #target: string;
  #last: { readonly key: string; readonly folder: Folder } | undefined;

  constructor(target: string) {
    this.#target = target;
  }

  /** Valid until the next one is asked for. */
  async get(parts: readonly string[]): Promise<Folder> {
    const key = parts.join('/');
    if (this.#last?.key === key) return this.#last.folder;
    await this.close();
    // The target itself may be reached through links: the person chose it.
    const handle = isLinux ? await open(this.#target, constants.O_DIRECTORY) : undefined;
    let folder: Folder = { path: this.#target, handle };
    for (const part of parts) {
      const above = folder;
      try {
        folder = await child(above, part);
      } finally {
        await above.handle?.close();
      }
    }
    this.#last = { key, folder };
    return folder;
  }

  async close(): Promise<void> {
    await this.#last?.folder.handle?.close();
    this.#last = undefined;
  }
}

async function child(above: Folder, name: string): Promise<Folder> {
  const place = placeIn(above, name);
  const path = join(above.path, name);
  try {
    await mkdir(place);
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') throw error;
  }
  try {
    if (isLinux) return { path, handle: await open(place, constants.O_DIRECTORY | constants.O_NOFOLLOW) };
    if ((await lstat(place)).isDirectory()) return { path, handle: undefined };
  } catch (error) {
    if (!['ENOTDIR', 'ELOOP'].includes(errnoOf(error) ?? '')) throw error;
  }
  throw new Failure('forbidden', t('{0} is no folder, so nothing is written through it.', path));
}

/** Never over a file that is there, never through a link; setuid and the like are dropped. */
async function fileWriter(folder: Folder, name: string, { mode }: TarEntry): Promise<Writer> {
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | (constants.O_NOFOLLOW ?? 0);
  const path = join(folder.path, name);
  const place = placeIn(folder, name);
  let file: FileHandle;
  try {
    file = await open(place, flags, (mode & 0o777) | 0o600);
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST' && errnoOf(error) !== 'ELOOP') throw error;
    throw new Failure('conflict', t('{0} exists already, so it is not written over.', path), error);
  }
  return {
    write: (piece) => file.writeFile(piece),
    end: () => file.close(),
    abort: async () => {
      await file.close();
      await rm(place, { force: true }); // Half a file looks like a whole one.
    },
  };
}
