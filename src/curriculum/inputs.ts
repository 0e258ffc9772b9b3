/**
 * What each check looks at, as a hash: after a save only checks that look at something else now are run again. A program
 * is its packages with all they import, and every other file of the lab that it might read, but not prose.
 */
import { createHash } from 'node:crypto';
import { readFile, readdir, realpath } from 'node:fs/promises';
import { dirname, join, normalize, relative, sep } from 'node:path';
import { run } from '../core/processes.ts';
import { goEnvironment } from './checks/build.ts';
import { type Check, type CheckFile, type MutantsCheck, within } from './checks/specs.ts';
import type { Item } from './items.ts';
import type { Evidence, Facts } from './model.ts';

/** What a check found that held. */
export interface Found {
  readonly evidence: readonly Evidence[];
  readonly facts: Facts;
}

/** What was found by an item's checks, or by a part of one, each with the hash of what it looked at. */
export type Known = Map<string, { readonly inputs: string; readonly found: unknown }>;

/** What earlier runs found, for a run over the lab as it is now; without `known`, nothing. */
export class Memory {
  readonly #known: Known | undefined;
  readonly #inputs: ReadonlyMap<string, string | undefined>;

  private constructor(known: Known | undefined, inputs: ReadonlyMap<string, string | undefined>) {
    this.#known = known;
    this.#inputs = inputs;
  }

  static async of(known: Known | undefined, item: Item, lab: string, signal: AbortSignal): Promise<Memory> {
    return new Memory(known, known === undefined ? new Map() : await inputsOf(item, lab, signal));
  }

  /** What the check found; undefined when it would look at something else now. */
  check(id: string): Found | undefined {
    return this.#find(id) as Found | undefined;
  }

  keepCheck(id: string, found: Found): void {
    this.#keep(
      id,
      found,
      found.evidence.every(({ ok }) => ok),
    );
  }

  /** What a part of the check found, when it would look at the same again; else what it finds now. */
  async part<T>(check: string, part: string, find: () => Promise<T>, holds: (found: T) => boolean): Promise<T> {
    const what = partOf(check, part);
    const before = this.#find(what) as T | undefined;
    if (before !== undefined) return before;
    const found = await find();
    this.#keep(what, found, holds(found));
    return found;
  }

  #find(what: string): unknown {
    const inputs = this.#inputs.get(what);
    const known = this.#known?.get(what);
    return inputs !== undefined && known?.inputs === inputs ? known.found : undefined;
  }

  /** What does not hold is never remembered: it is run again. */
  #keep(what: string, found: unknown, holds: boolean): void {
    const inputs = this.#inputs.get(what);
    if (inputs !== undefined && holds) this.#known?.set(what, { inputs, found });
    else this.#known?.delete(what);
  }
}

/** Whether its checks need nothing but Go: the others are run when they are asked for. */
export const isQuick = (item: Item): boolean => !needsEngine(item) && !usesAny(item.checks, ['istio', 'kubernetes']);

/** Whether containers are made for its checks. */
export const needsEngine = ({ checks }: Item): boolean => usesAny(checks, typesOfEngine);

/** Types of checks that ask a container engine. */
export const typesOfEngine: readonly Check['type'][] = ['image', 'container', 'rollout'];

/** Whether the check starts or looks at the program that `build` makes. */
export const needsProgram = ({ type }: Check): boolean => !withoutProgram.has(type);

const withoutProgram: ReadonlySet<string> = new Set<Check['type']>([
  'build',
  'commits',
  'files',
  'git-history',
  'go-list',
  'go-test',
  'image',
  'container',
  'mutants',
  'promql',
  'rollout',
  'source',
]);

/** Whether its evidence has subjects that the other views show. */
export const isKeepable = (item: Item): boolean => usesAny(item.checks, ['grpc', 'container', 'kubernetes', 'rollout']);

/** Whether one of the checks, or of those they are made of, is of one of the types. */
export const usesAny = (checks: readonly (Check | CheckFile)[], types: readonly string[]): boolean =>
  checks.some((check) => types.includes(check.type) || usesAny(within(check), types));

/** The name of a check's part that looks at less than the whole. */
const partOf = (check: string, part: string): string => `${check}:${part}`;

/** Check, or part of one → hash of what it looks at; undefined for one that is always run. */
async function inputsOf(
  item: Item,
  lab: string,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, string | undefined>> {
  const reader = new Lab(lab, signal);
  const hashed = async (
    what: string,
    looksAt: Promise<(string | undefined)[]>,
  ): Promise<[string, string | undefined]> => {
    const all = await looksAt;
    return [what, all.includes(undefined) ? undefined : hashOf([item.checkHash, ...all])];
  };
  return new Map(
    await Promise.all(
      item.checks.flatMap((check) => [
        hashed(check.id, lookedAt(check, item, reader)),
        ...(check.type === 'mutants' ? [hashed(partOf(check.id, 'variants'), variantsLookAt(check, reader))] : []),
      ]),
    ),
  );
}

/** Variants stand in the place of the learner's own code. */
const variantsLookAt = async (
  { package: tested, replaces }: MutantsCheck,
  lab: Lab,
): Promise<(string | undefined)[]> => [await lab.packages([tested], true, replaces), await lab.data(tested)];

async function lookedAt(check: Check | CheckFile, item: Item, lab: Lab): Promise<(string | undefined)[]> {
  // What was committed is not what is there.
  if (check.type === 'commits') return [undefined];
  const inner = within(check);
  if (inner.length > 0) return (await Promise.all(inner.map((one) => lookedAt(one, item, lab)))).flat();
  switch (check.type) {
    case 'files':
      return [await lab.files(check.files.map(({ path }) => path))];
    case 'promql':
      return [await lab.files([check.rules])];
    case 'source':
      return [await lab.all((path) => path.endsWith('.go'))];
    case 'build':
    case 'build-info':
      return [await lab.packages(packagesOf(item), false)];
    case 'go-list':
      return [await lab.packages([check.packages], false)];
    case 'go-test':
    case 'mutants':
      // A test runs in the folder of its package: what it reads stands there or below, as in testdata.
      return [await lab.packages([check.package], true), await lab.data(check.package)];
    case 'git-history':
      return [undefined];
    case 'image':
    case 'container':
    case 'rollout':
      return [await lab.all(() => true)];
    default:
      return [await lab.packages(packagesOf(item), false), await lab.data()];
  }
}

const packagesOf = ({ program }: Item): string[] => [
  program.package,
  ...Object.values(program.others ?? {}).map((other) => other.package),
];

/** The files of a lab, each read once. */
class Lab {
  readonly #folder: string;
  readonly #signal: AbortSignal;
  readonly #closures = new Map<string, Promise<string[] | undefined>>();
  readonly #contents = new Map<string, Promise<string>>();
  #paths: Promise<string[]> | undefined;

  constructor(folder: string, signal: AbortSignal) {
    this.#folder = folder;
    this.#signal = signal;
  }

  async files(paths: readonly string[]): Promise<string> {
    return hashOf(await Promise.all(paths.map(async (path) => [path, await this.#content(path)])));
  }

  /** Empty for a file that is not there. */
  #content(path: string): Promise<string> {
    let content = this.#contents.get(path);
    if (content === undefined) {
      content = readFile(join(this.#folder, path), 'base64').catch(() => '');
      this.#contents.set(path, content);
    }
    return content;
  }

  async all(wanted: (path: string) => boolean): Promise<string> {
    this.#paths ??= readdir(this.#folder, { recursive: true, withFileTypes: true }).then((entries) =>
      entries
        .filter((entry) => entry.isFile())
        .map((entry) => relative(this.#folder, join(entry.parentPath, entry.name)))
        .filter((path) => !path.split(sep).includes('.git'))
        .sort(),
    );
    return this.files((await this.#paths).filter(wanted));
  }

  /** What a program that runs in the folder may read. */
  data(folder = '.'): Promise<string> {
    const below = normalize(`${folder.replace(/\.\.\.$/, '')}/`);
    return this.all(
      (path) => !path.endsWith('.go') && !path.endsWith('.md') && (below === `.${sep}` || path.startsWith(below)),
    );
  }

  /**
   * The lab's own files that the packages are built of; undefined when Go cannot say.
   * @param without a folder whose Go files do not count.
   */
  async packages(packages: readonly string[], tests: boolean, without?: string): Promise<string | undefined> {
    const key = JSON.stringify([packages, tests]);
    let closure = this.#closures.get(key);
    if (closure === undefined) this.#closures.set(key, (closure = this.#closure(packages, tests)));
    const counts = (path: string): boolean => without === undefined || dirname(path) !== normalize(without);
    const files = (await closure)?.filter(counts);
    return files === undefined ? undefined : this.files(files);
  }

  async #closure(packages: readonly string[], tests: boolean): Promise<string[] | undefined> {
    const kinds = ['GoFiles', 'CgoFiles', 'EmbedFiles', ...(tests ? ['TestGoFiles', 'XTestGoFiles'] : [])];
    const format = kinds.map((kind) => `{{range .${kind}}}{{$.Dir}}/{{.}}\n{{end}}`).join('');
    const args = ['list', '-deps', ...(tests ? ['-test'] : []), '-f', `{{if not .Standard}}${format}{{end}}`];
    const listed = await run('go', [...args, ...packages], {
      cwd: this.#folder,
      env: goEnvironment(),
      signal: this.#signal,
      timeout: 60_000,
    });
    if (listed.code !== 0) return undefined;
    const folder = await realpath(this.#folder);
    const own = listed.stdout
      .split('\n')
      .map((path) => relative(folder, path.trim()))
      .filter((path) => path !== '' && !path.startsWith('..'));
    return ['go.mod', 'go.sum', ...new Set(own.sort())];
  }
}

const hashOf = (parts: readonly unknown[]): string => createHash('sha256').update(JSON.stringify(parts)).digest('hex');
