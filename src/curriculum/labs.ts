/** The learner's folders: `<workspace>/gantry-labs/<id>`. Nothing a learner wrote is ever overwritten or deleted. */
import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { copyFile, mkdir, readFile, readdir, rename, stat, writeFile } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { Failure, errnoOf } from '../core/failure.ts';
import { t } from '../core/l10n.ts';

/** A visible folder of its own, so that lessons never mix with the learner's other code. */
export const labsFolder = 'gantry-labs';

/** What was there before a reset, for the undo. */
export interface Snapshot {
  readonly item: string;
  readonly folder: string;
}

export class Labs {
  readonly #workspace: string;

  /** @param workspace the learner's repository. */
  constructor(workspace: string) {
    this.#workspace = workspace;
  }

  folder(id: string): string {
    return join(this.#workspace, labsFolder, id);
  }

  async exists(id: string): Promise<boolean> {
    return isFolder(this.folder(id));
  }

  /** Copies the starter's files that are missing; those that exist stay as they are. */
  async start(id: string, starter: string): Promise<void> {
    for (const file of await filesBelow(starter)) {
      const target = join(this.folder(id), file);
      try {
        await mkdir(dirname(target), { recursive: true });
        await copyFile(join(starter, file), target, constants.COPYFILE_EXCL);
      } catch (error) {
        if (errnoOf(error) === 'EEXIST') continue;
        throw new Failure('internal', t('{0} could not be written: {1}', target, String(error)), error);
      }
    }
  }

  /**
   * Moves the learner's folder to `.gantry/snapshots/<id>-<time>` in one step and puts the starter in its place.
   * A crash in between leaves the snapshot, and Start brings the starter.
   */
  async reset(id: string, starter: string, time: Date): Promise<Snapshot> {
    const snapshot = await this.#putAside(id, time);
    await this.start(id, starter);
    return snapshot;
  }

  /** Puts a snapshot back; what stands there now becomes a snapshot itself. */
  async undo({ item, folder }: Snapshot, time: Date): Promise<void> {
    if (await this.exists(item)) await this.#putAside(item, time);
    await rename(folder, this.folder(item));
  }

  /** Where the sources stand that were proven last. */
  provenFolder(id: string): string {
    return join(this.#snapshots, `${id}-proven`);
  }

  /** The folder of snapshots. They are this machine's; proofs are what travels with git. */
  async makeSnapshots(): Promise<string> {
    await mkdir(this.#snapshots, { recursive: true });
    await writeFile(join(this.#snapshots, '.gitignore'), '*\n');
    return this.#snapshots;
  }

  get #snapshots(): string {
    return join(this.#workspace, '.gantry', 'snapshots');
  }

  async #putAside(item: string, time: Date): Promise<Snapshot> {
    const stamp = time.toISOString().replaceAll(/[:.]/g, '-');
    try {
      const folder = await unused(join(await this.makeSnapshots(), `${item}-${stamp}`));
      await rename(this.folder(item), folder);
      return { item, folder };
    } catch (error) {
      throw new Failure(
        'internal',
        t('{0} could not be moved to a snapshot, so nothing was changed: {1}', this.folder(item), String(error)),
        error,
      );
    }
  }

  /** Of the learner's sources; undefined without a folder. */
  hash(id: string): Promise<string | undefined> {
    return hashFolder(this.folder(id));
  }
}

/**
 * SHA-256 over names and contents of sources; undefined without a folder. Line ends count alike, so that git may convert
 * them; hidden files and files with NUL bytes (built programs, databases) do not count.
 */
export async function hashFolder(folder: string): Promise<string | undefined> {
  if (!(await isFolder(folder))) return undefined;
  const hash = createHash('sha256');
  for (const file of await filesBelow(folder)) {
    const content = await readFile(join(folder, file));
    if (content.includes(0)) continue;
    hash.update(JSON.stringify([file.split(sep).join('/'), content.toString('utf8').replaceAll('\r\n', '\n')]));
  }
  return hash.digest('hex');
}

const isFolder = (path: string): Promise<boolean> =>
  stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );

/** Paths of the regular files below, sorted; hidden ones and links are left out. */
async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .filter((path) => !path.split(sep).some((part) => part.startsWith('.')))
    .sort();
}

/**
 * The files of two folders, side by side: all of the second one's, and the Go files of the first.
 * @param all every file of both.
 */
export async function compareFolders(
  mine: string,
  theirs: string,
  all = false,
): Promise<{ readonly path: string; readonly mine: string; readonly theirs: string }[]> {
  const [own, other] = await Promise.all([mine, theirs].map((folder) => filesBelow(folder).catch(() => [])));
  const paths = [...new Set([...other!, ...own!.filter((path) => all || path.endsWith('.go'))])].sort();
  const text = (folder: string, path: string): Promise<string> => readFile(join(folder, path), 'utf8').catch(() => '');
  return Promise.all(
    paths.map(async (path) => ({
      path: path.split(sep).join('/'),
      mine: await text(mine, path),
      theirs: await text(theirs, path),
    })),
  );
}

async function unused(path: string): Promise<string> {
  for (let i = 1; ; i++) {
    const candidate = i === 1 ? path : `${path}-${i}`;
    if (!(await stat(candidate).catch(() => undefined))) return candidate;
  }
}
