/**
 * What each check looks at, as a hash: after a save only checks that look at something else now are run again. A program
 * is its packages with all they import, and every other file of the lab that it might read, but not prose.
 */
import { createHash } from 'node:crypto';
import { readFile, readdir, realpath } from 'node:fs/promises';
import { join, normalize, relative, sep } from 'node:path';
import { run } from '../core/processes.ts';
import { goEnvironment } from './checks/build.ts';
import { type Check, type CheckFile, within } from './checks/specs.ts';
import type { Item } from './items.ts';
import type { Evidence, Facts } from './model.ts';

/** What a check found that held. */
export interface Found {
  readonly evidence: readonly Evidence[];
  readonly facts: Facts;
}

/** What was found of an item's checks, each with the hash of what it looked at. */
export class Known {
  readonly #found = new Map<string, Found & { readonly inputs: string }>();

  get(check: string, inputs: string | undefined): Found | undefined {
    const found = this.#found.get(check);
    return inputs !== undefined && found?.inputs === inputs ? found : undefined;
  }

  /** What does not hold is never remembered: it is run again. */
  keep(check: string, inputs: string | undefined, found: Found): void {
    if (inputs !== undefined && found.evidence.every(({ ok }) => ok)) this.#found.set(check, { ...found, inputs });
    else this.#found.delete(check);
  }
}

/** Whether its checks need nothing but Go: the others are run when they are asked for. */
export const isQuick = (item: Item): boolean => !needsEngine(item) && !has(item.checks, ['istio', 'kubernetes']);

/** Whether containers are made for its checks. */
export const needsEngine = ({ checks }: Item): boolean => has(checks, ['image', 'container', 'rollout']);

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
export const isKeepable = (item: Item): boolean => has(item.checks, ['grpc', 'container', 'kubernetes', 'rollout']);

const has = (checks: readonly (Check | CheckFile)[], types: readonly CheckFile['type'][]): boolean =>
  checks.some((check) => types.includes(check.type) || has(within(check), types));

/** Check → hash of what it looks at; undefined for one that is always run. */
export async function inputsOf(
  item: Item,
  lab: string,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, string | undefined>> {
  const reader = new Lab(lab, signal);
  return new Map(
    await Promise.all(
      item.checks.map(async (check) => {
        const parts = await partsOf(check, item, reader);
        const known = parts.every((part) => part !== undefined);
        return [check.id, known ? hashOf([item.checkHash, ...parts]) : undefined] as const;
      }),
    ),
  );
}

async function partsOf(check: Check | CheckFile, item: Item, lab: Lab): Promise<(string | undefined)[]> {
  // What was committed is not what is there.
  if (check.type === 'commits') return [undefined];
  const inner = within(check);
  if (inner.length > 0) return (await Promise.all(inner.map((one) => partsOf(one, item, lab)))).flat();
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
  readonly #closures = new Map<string, Promise<string | undefined>>();
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

  /** The lab's own files that the packages are built of; undefined when Go cannot say. */
  packages(packages: readonly string[], tests: boolean): Promise<string | undefined> {
    const key = JSON.stringify([packages, tests]);
    let closure = this.#closures.get(key);
    if (closure === undefined) this.#closures.set(key, (closure = this.#closure(packages, tests)));
    return closure;
  }

  async #closure(packages: readonly string[], tests: boolean): Promise<string | undefined> {
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
    return this.files(['go.mod', 'go.sum', ...new Set(own.sort())]);
  }
}

const hashOf = (parts: readonly unknown[]): string => createHash('sha256').update(JSON.stringify(parts)).digest('hex');
