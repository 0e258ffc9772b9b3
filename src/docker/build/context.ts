/** The folder that goes to the engine: what .dockerignore lets through, as a tar archive that is made while it is sent. */
import { type FileHandle, lstat, open, readFile, readdir, readlink } from 'node:fs/promises';
import { posix, join } from 'node:path';
import { Readable } from 'node:stream';
import { Failure } from '../../core/failure.ts';
import { t } from '../../core/l10n.ts';
import { tarEnd, tarHeader, tarPadding } from '../../core/tar/write.ts';
import { dockerIgnore } from './ignore.ts';

export interface ContextFile {
  /** Relative to the folder, with `/`. */
  readonly path: string;
  readonly kind: 'file' | 'folder' | 'link';
  readonly size: number;
  readonly mode: number;
  /** Milliseconds since the epoch. */
  readonly modified: number;
}

/** What would be sent, in a fixed order; the Dockerfile always is, because the builder reads it out of the archive. */
export async function contextFiles(folder: string, dockerfile: string): Promise<ContextFile[]> {
  const rules = dockerIgnore(await ignoreText(folder, dockerfile));
  const found: ContextFile[] = [];
  const visit = async (at: string): Promise<void> => {
    for (const name of (await readdir(join(folder, at))).sort()) {
      const path = posix.join(at, name);
      const status = await lstat(join(folder, path));
      const kind = status.isDirectory()
        ? 'folder'
        : status.isSymbolicLink()
          ? 'link'
          : status.isFile()
            ? 'file'
            : undefined;
      if (kind === undefined) continue; // Sockets and devices are of this machine.
      const ignored = rules.ignores(path);
      if (!ignored || path === dockerfile) {
        found.push({
          path,
          kind,
          size: kind === 'file' ? status.size : 0,
          mode: status.mode & 0o7777,
          modified: status.mtimeMs,
        });
      }
      if (kind === 'folder' && (!ignored || rules.takesBack || dockerfile.startsWith(`${path}/`))) await visit(path);
    }
  };
  await visit('');
  return found;
}

/** `Dockerfile.dockerignore` beside the Dockerfile wins over the folder's own. */
async function ignoreText(folder: string, dockerfile: string): Promise<string> {
  for (const name of [`${dockerfile}.dockerignore`, '.dockerignore']) {
    const text = await readFile(join(folder, name), 'utf8').catch(() => undefined);
    if (text !== undefined) return text;
  }
  return '';
}

/** The archive of these files, owned by root as the docker command makes it. */
export function contextArchive(folder: string, files: readonly ContextFile[]): Readable {
  return Readable.from(pieces(folder, files), { objectMode: false });
}

async function* pieces(folder: string, files: readonly ContextFile[]): AsyncGenerator<Uint8Array> {
  for (const file of files) {
    const { path, kind, mode, modified } = file;
    if (kind === 'folder') yield tarHeader({ path: `${path}/`, mode, modified }, '5', 0);
    else if (kind === 'link')
      yield tarHeader({ path, mode, modified, target: await readlink(join(folder, path)) }, '2', 0);
    else yield* ofFile(folder, file);
  }
  yield tarEnd;
}

/** Exactly as many bytes as its header says, even when the file is written to meanwhile. */
async function* ofFile(folder: string, { path, mode, modified, size }: ContextFile): AsyncGenerator<Uint8Array> {
  let handle: FileHandle;
  try {
    handle = await open(join(folder, path));
  } catch (error) {
    throw new Failure(
      'forbidden',
      t('{0} cannot be read. Put it into .dockerignore if the build does not need it.', path),
      error,
    );
  }
  try {
    yield tarHeader({ path, mode, modified }, '0', size);
    let left = size;
    if (size > 0) {
      for await (const chunk of handle.createReadStream({ end: size - 1, autoClose: false })) {
        left -= (chunk as Buffer).length;
        yield chunk as Buffer;
      }
    }
    if (left > 0) throw new Failure('conflict', t('{0} became shorter while it was sent. Build again.', path));
    yield tarPadding(size);
  } finally {
    await handle.close();
  }
}
