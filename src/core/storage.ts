/** What Gantry keeps on disk, written, measured and removed. */
import { randomBytes } from 'node:crypto';
import { lstat, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface StoredFolder {
  readonly path: string;
  readonly bytes: number;
}

/** Replaces a file in one step; its owner alone may read it. */
export async function writeWhole(file: string, text: string): Promise<void> {
  const draft = `${file}.${randomBytes(4).toString('hex')}`;
  try {
    await writeFile(draft, text, { mode: 0o600, flush: true });
    await rename(draft, file);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}

/** Bytes of every file below a folder; links are not followed; a folder that is not there holds none. */
export async function folderBytes(path: string): Promise<number> {
  const entries = await readdir(path, { recursive: true, withFileTypes: true }).catch(() => []);
  let bytes = 0;
  for (const entry of entries) {
    if (!entry.isFile()) continue;
    bytes += await lstat(join(entry.parentPath, entry.name)).then(
      ({ size }) => size,
      () => 0, // Gone since it was listed.
    );
  }
  return bytes;
}

/** Those of the folders that hold something, with their sizes. */
export async function measure(folders: readonly string[]): Promise<StoredFolder[]> {
  const measured = await Promise.all(
    [...new Set(folders)].map(async (path) => ({ path, bytes: await folderBytes(path) })),
  );
  return measured.filter(({ bytes }) => bytes > 0);
}

/** Removes folders with all they hold; what is already gone is fine. Go's module cache is read-only, hence the retries. */
export async function removeFolders(folders: readonly string[]): Promise<void> {
  for (const path of folders) await rm(path, { recursive: true, force: true, maxRetries: 3 });
}

/** `1.2 MB`: decimal units, one digit after the point. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  while (value >= 999.95 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit]}`;
}
