/** What a verdict hangs on beside the lesson and the program: the code that judges. */
import { createHash, type Hash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import type { Check } from './checks/specs.ts';
import { typesOfEngine, usesAny } from './inputs.ts';
import type { Item } from './items.ts';

const here = import.meta.dirname;
const registry = join(here, 'checks', 'registry.ts');
const ports = join(here, '..', 'checkPorts.ts');
/** Runs the checks, and fills what they need of engines, clusters and servers. */
const entries = [join(here, 'check.ts'), ports];
/** Sources of the Go helper that checks ask; as far from here as from the folder of a built program. */
const helper = join(here, '..', '..', 'labkit', 'checks');

/** What the ports load for some types of checks only. */
const loadedFor: Readonly<Record<string, readonly Check['type'][]>> = {
  'enginePort.ts': typesOfEngine,
  'grpc/domain.ts': ['grpc'],
  'kubernetes/kubeconfig.ts': ['rollout'],
};

/** Of the sources that judge an item, as text; in a built program, of the folder that holds all of it. */
export async function engineHash(item: Item): Promise<string> {
  const hash = createHash('sha256');
  const sources = await sourcesFor(item).catch(() => undefined);
  if (sources === undefined) await addFiles(hash, here, (path) => path.endsWith('.js'));
  else for (const path of sources) await addFile(hash, here, path);
  await addFiles(hash, helper, () => true);
  return hash.digest('hex');
}

/** The files that run an item's checks: those of types that it does not have are left out. */
export async function sourcesFor({ checks }: Item): Promise<string[]> {
  const typesOf = new Map<string, readonly string[]>();
  for (const [path, types] of Object.entries(loadedFor)) typesOf.set(`${ports} ${join(here, '..', path)}`, types);
  for (const [path, types] of await runnersIn(registry)) typesOf.set(`${registry} ${path}`, types);
  return reachedFrom(entries, (from, to) => {
    const types = typesOf.get(`${from} ${to}`);
    return types === undefined || usesAny(checks, types);
  });
}

/** Module → types of checks that it runs, as the registry has them. */
async function runnersIn(path: string): Promise<Map<string, string[]>> {
  const text = await readFile(path, 'utf8');
  const moduleOf = new Map<string, string>();
  for (const [, names, from] of text.matchAll(/^import \{([^}]*)\} from '([^']+)';/gm))
    for (const name of names!.split(',')) moduleOf.set(name.trim(), join(dirname(path), from!));
  const runners = new Map<string, string[]>();
  for (const [, type, runner] of text.matchAll(/^  '?([\w-]+)'?: (run\w+),$/gm)) {
    const module = moduleOf.get(runner!)!;
    runners.set(module, [...(runners.get(module) ?? []), type!]);
  }
  return runners;
}

/**
 * The files that these import, at once or later, and those that they import. What is imported for its types only does
 * nothing.
 * @param follows whether one is needed for what another imports it for.
 */
async function reachedFrom(
  files: readonly string[],
  follows: (from: string, to: string) => boolean,
): Promise<string[]> {
  const found = new Set(files);
  for (const file of found) {
    for (const [, atOnce, later] of (await readFile(file, 'utf8')).matchAll(relativeImport)) {
      const path = join(dirname(file), (atOnce ?? later)!);
      if (follows(file, path)) found.add(path);
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
