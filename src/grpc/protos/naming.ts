/**
 * Which file an import means, and by which name each file is compiled. Nobody has to say where imports begin: the imports
 * of all files say it, the Go modules they lie in, and their packages.
 */
import type { ProtoSource } from './find.ts';

/** A file to compile with everything it needs. */
export interface Unit {
  /** Import name → source. */
  readonly files: ReadonlyMap<string, ProtoSource>;
  /** The names that were asked for; the others are only imported. */
  readonly wanted: readonly string[];
}

export interface Named {
  /** Files that can be compiled together: no two of one name, no file of two names. */
  readonly units: readonly Unit[];
  /** Folders or module paths that names begin at, shortest first, with how many files each is for. */
  readonly roots: ReadonlyMap<string, number>;
  /** Import → the paths of the files that miss it. */
  readonly missing: ReadonlyMap<string, readonly string[]>;
}

/** Finds a file that none of the given ones is. */
export type FindElsewhere = (name: string, importer: ProtoSource) => Promise<ProtoSource | undefined>;

/** Known to every compiler. */
const isStandard = (name: string): boolean => name.startsWith('google/protobuf/');

/** @param given folders that names begin at, where somebody said so: they come before all that is inferred. */
export async function nameFiles(
  sources: readonly ProtoSource[],
  elsewhere: FindElsewhere,
  given: readonly string[] = [],
): Promise<Named> {
  return new Naming(sources, elsewhere, given).run();
}

interface UnitInMaking {
  readonly files: Map<string, ProtoSource>;
  /** Path → name. */
  readonly names: Map<string, string>;
  readonly wanted: string[];
}

class Naming {
  readonly #sources: readonly ProtoSource[];
  readonly #elsewhere: FindElsewhere;
  readonly #given: ReadonlySet<string>;
  /** Last step of the path → sources. */
  readonly #byBase = new Map<string, ProtoSource[]>();
  readonly #borrowed = new Map<string, Promise<ProtoSource | undefined>>();
  readonly #missing = new Map<string, Set<string>>();
  readonly #roots = new Map<string, number>();

  constructor(sources: readonly ProtoSource[], elsewhere: FindElsewhere, given: readonly string[]) {
    this.#sources = sources;
    this.#given = new Set(given.map((root) => root.replaceAll('\\', '/').replace(/\/+$/, '')));
    this.#elsewhere = elsewhere;
    for (const source of sources) {
      const base = baseOf(source.longNames.at(-1)!);
      this.#byBase.set(base, [...(this.#byBase.get(base) ?? []), source]);
    }
  }

  async run(): Promise<Named> {
    const own = this.#sources.filter(({ borrowed }) => !borrowed);
    const given = await this.#namesGiven(own);
    const units: UnitInMaking[] = [];
    for (const source of own) {
      const name = given.get(source)!;
      const files = await this.#closure(name, source);
      const fitting = units.find((unit) => fits(unit, files));
      const unit: UnitInMaking = fitting ?? { files: new Map(), names: new Map(), wanted: [] };
      if (fitting === undefined) units.push(unit);
      for (const [each, file] of files) {
        unit.files.set(each, file);
        unit.names.set(file.path, each);
      }
      unit.wanted.push(name);
    }
    return {
      units: units.map(({ files, wanted }) => ({ files, wanted })),
      roots: new Map([...this.#roots].sort(([a], [b]) => a.length - b.length)),
      missing: new Map([...this.#missing].map(([name, paths]) => [name, [...paths]])),
    };
  }

  /** The name of each file: as others import it, else from where its own imports begin, else from its package. */
  async #namesGiven(own: readonly ProtoSource[]): Promise<Map<ProtoSource, string>> {
    const imported = new Map<string, string>();
    const roots = new Set<string>();
    for (const source of own) {
      for (const name of source.imports) {
        const target = await this.#resolve(name, source);
        if (target === undefined) continue;
        imported.set(target.path, imported.get(target.path) ?? name);
        for (const root of rootsOf(target, name)) roots.add(root);
      }
    }
    const given = new Map<ProtoSource, string>();
    for (const source of own) {
      const name =
        inRoot({ ...source, home: '' }, this.#given) ??
        imported.get(source.path) ??
        inRoot(source, roots) ??
        byPackage(source) ??
        atHome(source);
      given.set(source, name);
      const [root = source.home] = rootsOf(source, name);
      this.#roots.set(root, (this.#roots.get(root) ?? 0) + 1);
    }
    return given;
  }

  /** The file and all it imports, by name. */
  async #closure(name: string, source: ProtoSource): Promise<Map<string, ProtoSource>> {
    const files = new Map([[name, source]]);
    const waiting = [source];
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      for (const imported of next.imports) {
        if (files.has(imported) || isStandard(imported)) continue;
        const target = await this.#resolve(imported, next);
        if (target === undefined) {
          const missers = this.#missing.get(imported) ?? new Set();
          this.#missing.set(imported, missers.add(next.path));
          continue;
        }
        files.set(imported, target);
        waiting.push(target);
      }
    }
    return files;
  }

  /** Of several that the name may mean, the nearest to the importer. */
  async #resolve(name: string, importer: ProtoSource): Promise<ProtoSource | undefined> {
    if (isStandard(name)) return undefined;
    const candidates = (this.#byBase.get(baseOf(name)) ?? []).filter((source) => isCalled(source, name));
    const [nearest] = candidates.toSorted((a, b) => nearness(b, importer) - nearness(a, importer));
    if (nearest !== undefined) return nearest;
    const key = `${importer.home}\0${name}`;
    let found = this.#borrowed.get(key);
    if (found === undefined) this.#borrowed.set(key, (found = this.#elsewhere(name, importer)));
    return found;
  }
}

const baseOf = (name: string): string => name.slice(name.lastIndexOf('/') + 1);

const isCalled = ({ longNames }: ProtoSource, name: string): boolean =>
  longNames.some((long) => long === name || long.endsWith(`/${name}`));

/** One's own before what was vendored; then the more steps of their folders agree, the nearer. */
function nearness(source: ProtoSource, importer: ProtoSource): number {
  const [a, b] = [source, importer].map(({ path }) => path.split(/[\\/]/)) as [string[], string[]];
  let same = 0;
  while (same < a.length - 1 && a[same] === b[same]) same++;
  return same - (source.borrowed ? 1000 : 0) - a.length / 1000;
}

/** What stands before the name in the file's long names: `/home/me/proto` for `/home/me/proto/a/b.proto` called `a/b.proto`. */
const rootsOf = ({ longNames }: ProtoSource, name: string): string[] =>
  longNames
    .filter((long) => long === name || long.endsWith(`/${name}`))
    .map((long) => long.slice(0, -name.length).replace(/\/$/, ''));

/** The name below the longest root that the file lies under. */
function inRoot({ longNames, home }: ProtoSource, roots: ReadonlySet<string>): string | undefined {
  const [path, module] = [longNames.at(-1)!, longNames.length > 1 ? longNames[0] : undefined];
  const under = [...roots].flatMap((root) => {
    // The empty root is that of whole module paths: `k8s.io/api/core/v1/generated.proto`.
    if (root === '') return module === undefined ? [] : [{ root, name: module }];
    // A root outside the project is where something borrowed begins.
    const longs = root.length < home.length ? [module ?? ''] : [path, module ?? ''];
    return longs
      .filter((long) => long.startsWith(`${root}/`))
      .map((long) => ({ root, name: long.slice(root.length + 1) }));
  });
  return under.sort((a, b) => b.root.length - a.root.length)[0]?.name;
}

/** A package is written as its folder is called: `shop.v1` lies in `shop/v1`. */
function byPackage({ package: name, path }: ProtoSource): string | undefined {
  if (name === '') return undefined;
  const slashes = path.replaceAll('\\', '/');
  const folder = slashes.slice(0, slashes.lastIndexOf('/'));
  const called = name.replaceAll('.', '/');
  return folder.endsWith(`/${called}`) ? `${called}/${baseOf(slashes)}` : undefined;
}

const atHome = ({ path, home }: ProtoSource): string =>
  (path.startsWith(home) ? path.slice(home.length) : baseOf(path)).replaceAll('\\', '/').replace(/^\/+/, '');

function fits(unit: UnitInMaking, files: ReadonlyMap<string, ProtoSource>): boolean {
  return [...files].every(([name, { path }]) => {
    const [file, other] = [unit.files.get(name), unit.names.get(path)];
    return (file === undefined || file.path === path) && (other === undefined || other === name);
  });
}
