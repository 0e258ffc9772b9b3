/**
 * Files in a container through the archive API, which needs no shell and no running process: `scratch`, distroless and
 * stopped containers show theirs like any other. The engine gives a folder with all that is below it, so a folder is read
 * as a stream of which only the names are kept, and one reading serves every folder below.
 */
import { posix } from 'node:path';
import type { Readable } from 'node:stream';
import { Failure } from '../core/failure.ts';
import { t } from '../core/l10n.ts';
import { formatBytes } from '../core/storage.ts';
import { type TarEntry, readTar } from '../core/tar/read.ts';
import { writeTar } from '../core/tar/write.ts';
import { deadlines } from './api.ts';
import type { EngineClient } from './client.ts';
import { engineFailure } from './failures.ts';

export interface FileEntry {
  readonly name: string;
  readonly type: TarEntry['type'];
  readonly size: number;
  readonly mode: number;
  /** Milliseconds since the epoch. */
  readonly modified: number;
  /** Where a link leads. */
  readonly target: string;
}

/** Most entries of a folder that are kept, with all below it. */
const mostEntries = 500_000;
/** Largest file that is opened in an editor. */
const largestFile = 64 * 1024 * 1024;

export class ContainerFiles {
  readonly #client: EngineClient;
  readonly #id: string;
  /** Folders that were read, each with its entries by name. */
  #folders = new Map<string, Map<string, FileEntry>>();

  constructor(client: EngineClient, id: string) {
    this.#client = client;
    this.#id = id;
  }

  /** Forgets what was read. */
  refresh(): void {
    this.#folders.clear();
  }

  /** Entries of a folder: folders first, then by name. Throws Failure `notFound`, and `invalid` for what is no folder. */
  async list(path: string, signal: AbortSignal): Promise<readonly FileEntry[]> {
    if (!this.#folders.has(path)) await this.#read(path, signal);
    const entries = [...(this.#folders.get(path)?.values() ?? [])];
    const rank = ({ type }: FileEntry): number => (type === 'folder' ? 0 : 1);
    return entries.sort((a, b) => rank(a) - rank(b) || a.name.localeCompare(b.name));
  }

  /** One entry, links not followed. */
  async stat(path: string, signal: AbortSignal): Promise<FileEntry> {
    const known = this.#folders.get(posix.dirname(path))?.get(posix.basename(path));
    if (known !== undefined) return known;
    let found: FileEntry | undefined;
    const stream = await this.#archive(path, signal);
    await this.#reading(stream, async () => {
      await readTar(stream, (entry) => {
        found ??= entryOf(entry, posix.basename(path));
        if (entry.type === 'folder') throw enough; // The rest is what stands in it.
      });
    });
    if (found === undefined) throw new Failure('notFound', t('{0} is not in the container.', path));
    return found;
  }

  /** A file's content. Throws Failure `invalid` for what is no file, or is too large for an editor. */
  async read(path: string, signal: AbortSignal): Promise<Buffer> {
    const pieces: Buffer[] = [];
    let [seen, size] = ['', 0];
    const stream = await this.#archive(path, signal);
    await this.#reading(stream, async () => {
      await readTar(stream, (entry) => {
        seen ||= entry.type;
        size = entry.size;
        if (entry.type !== 'file' || size > largestFile) throw enough;
        return { write: (piece) => void pieces.push(Buffer.from(piece)), end: () => {} };
      });
    });
    if (seen === 'symlink') return this.read(await this.#follow(path, signal), signal);
    if (seen !== 'file') throw new Failure('invalid', t('{0} is no regular file.', path));
    if (size > largestFile) {
      throw new Failure('invalid', t('{0} is {1}, too large for an editor. Download it.', path, formatBytes(size)));
    }
    return Buffer.concat(pieces);
  }

  /** Writes a file with the permissions and owner it had; a new one belongs to root and is for everybody to read. */
  async write(path: string, data: Uint8Array, signal: AbortSignal): Promise<void> {
    const before = await this.stat(path, signal).catch(unlessMissing);
    if (before?.type === 'symlink') return this.write(await this.#follow(path, signal), data, signal);
    if (before !== undefined && before.type !== 'file')
      throw new Failure('invalid', t('{0} is no regular file.', path));
    const name = posix.basename(path);
    const owner = await this.#owner(path, signal);
    const archive = writeTar([{ path: name, data, mode: before?.mode ?? 0o644, modified: Date.now(), ...owner }]);
    const where = `/containers/${encodeURIComponent(this.#id)}/archive`;
    const query = { path: posix.dirname(path), noOverwriteDirNonDir: 1 };
    await this.#client.ask({ method: 'PUT', path: where, query }, signal, archive);
    this.#folders.delete(posix.dirname(path));
  }

  /** The archive of a file or folder, for a download; see `core/tar/extract.ts`. */
  download(path: string, signal: AbortSignal): Promise<Readable> {
    return this.#archive(path, signal);
  }

  #archive(path: string, signal: AbortSignal): Promise<Readable> {
    const where = `/containers/${encodeURIComponent(this.#id)}/archive`;
    const request = { method: 'GET', path: where, query: { path }, patience: deadlines.archive } as const;
    return this.#client.api.stream(request, signal);
  }

  async #read(folder: string, signal: AbortSignal): Promise<void> {
    const folders = new Map<string, Map<string, FileEntry>>([[folder, new Map()]]);
    // The archive begins with the folder's own name; the root's is `/`.
    const stream = await this.#archive(`${folder}/.`, signal);
    let [count, whole] = [0, true];
    await this.#reading(stream, async () => {
      await readTar(stream, (entry) => {
        const inside = entry.path
          .replace(/^\.?\/+/, '')
          .replace(/^\.\//, '')
          .replace(/\/+$/, '');
        const path = posix.join(folder, inside === '.' ? '' : inside);
        if (path === folder || inside === '') return;
        if (++count > mostEntries) {
          whole = false;
          throw enough;
        }
        const parent = posix.dirname(path);
        if (!folders.has(parent)) folders.set(parent, new Map());
        if (entry.type === 'folder' && !folders.has(path)) folders.set(path, new Map());
        folders.get(parent)!.set(posix.basename(path), entryOf(entry, posix.basename(path)));
      });
    });
    if (!whole)
      throw new Failure('invalid', t('{0} holds too many files to list. Open a folder in it by its path.', folder));
    for (const [path, entries] of folders) this.#folders.set(path, entries);
  }

  /** Runs a reading to its end, or to where it has seen enough. */
  async #reading(stream: Readable, read: () => Promise<void>): Promise<void> {
    try {
      await read();
    } catch (error) {
      if (error !== enough) throw engineFailure(error, this.#client.address);
    } finally {
      stream.destroy();
    }
  }

  async #follow(path: string, signal: AbortSignal, left = 8): Promise<string> {
    const { type, target } = await this.stat(path, signal);
    if (type !== 'symlink') return path;
    if (left === 0) throw new Failure('invalid', t('{0} leads in a circle.', path));
    return this.#follow(posix.resolve(posix.dirname(path), target), signal, left - 1);
  }

  /** Whom a file belongs to, so that saving it takes it from nobody. */
  async #owner(path: string, signal: AbortSignal): Promise<{ owner?: number; group?: number }> {
    let owner: { owner?: number; group?: number } = {};
    const stream = await this.#archive(path, signal).catch(unlessMissing);
    if (stream === undefined) return {};
    await this.#reading(stream, async () => {
      await readTar(stream, (entry) => {
        owner = { owner: entry.owner, group: entry.group };
        throw enough;
      });
    });
    return owner;
  }
}

/** Thrown to end a reading. */
const enough = new Error('enough');

const entryOf = ({ type, size, mode, modified, target }: TarEntry, name: string): FileEntry => ({
  name,
  type,
  size,
  mode,
  modified,
  target,
});

function unlessMissing(error: unknown): undefined {
  if (error instanceof Failure && error.kind === 'notFound') return undefined;
  throw error;
}
