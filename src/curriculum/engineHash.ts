/** What a verdict hangs on beside the lesson and the program: the code that judges. */
import { createHash, type Hash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';

const here = import.meta.dirname;
/** Runs the checks, and fills what they need of engines, clusters and servers. */
const entries = [join(here, 'check.ts'), join(here, '..', 'checkPorts.ts')];
/** Sources of the Go helper that checks ask; as far from here as from the folder of a built program. */
const helper = join(here, '..', '..', 'labkit', 'checks');

/** Of the sources that judge, as text; in a built program, of the folder that holds all of it. */
export async function engineHash(): Promise<string> {
  const hash = createHash('sha256');
  const sources = await reachedFrom(entries).catch(() => undefined);
  if (sources === undefined) await addFiles(hash, here, (path) => path.endsWith('.js'));
  else for (const path of sources) await addFile(hash, here, path);
  await addFiles(hash, helper, () => true);
  return hash.digest('hex');
}

/** The files that these import, at once or later, and those that they import. What is imported for its types only does nothing. */
export async function reachedFrom(files: readonly string[]): Promise<string[]> {
  const found = new Set(files);
  for (const file of found) {
    for (const [, atOnce, later] of (await readFile(file, 'utf8')).matchAll(relativeImport)) {
      found.add(join(dirname(file), (atOnce ?? later)!));
    }
  }
  return [...found].sort();
}

const relativeImport = /^(?:import|export) (?!type )[^'"]*?from '(\.[^']+)';|\bimport\('(\.[^']+)'\)/gm;

/** Adds the files of a folder, and of those in it. */
export async function addFiles(hash: Hash, folder: string, wanted: (path: string) => boolean): Promise<void> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = found.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  for (const path of paths.filter(wanted).sort()) await addFile(hash, folder, path);
}

async function addFile(hash: Hash, from: string, path: string): Promise<void> {
  hash.update(JSON.stringify([relative(from, path), (await readFile(path)).toString('base64')]));
}
