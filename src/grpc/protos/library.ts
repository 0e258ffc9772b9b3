/**
 * The schemas that lie in files: the workspace's .proto files and descriptor sets, or those that somebody names. Compiled
 * when first needed and again when a file changed.
 */
import { readFile, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { FileDescriptorProto } from '@bufbuild/protobuf/wkt';
import { isAbort, messageOf } from '../../core/failure.ts';
import { t } from '../../core/l10n.ts';
import type { Log } from '../../core/log.ts';
import { type Compiler, compileUnit } from './compile.ts';
import {
  type CompilerProgram,
  buildBufProject,
  findBuf,
  findProtoc,
  parser,
  protocompile,
  readDescriptorSet,
} from './compilers.ts';
import { type Found, type ProtoSource, findProtos, readProto } from './find.ts';
import { ModuleCache } from './moduleCache.ts';
import { type Unit, nameFiles } from './naming.ts';

export interface LibraryDeps {
  readonly log: Log;
  /** Folders of the workspace. */
  readonly folders: () => readonly string[];
  /** False: sources are not compiled, for that runs programs and reads far from the workspace. */
  readonly trusted: () => boolean;
  readonly env: NodeJS.ProcessEnv;
  /** labkit/protocompile, built when first needed. Throws Failure where that cannot be. */
  readonly program?: CompilerProgram;
  /** Told what the first compilation waits for; undefined when it waits no more. */
  readonly report?: (sentence: string | undefined) => void;
  /** Sources that everybody imports and nobody has: google/api and google/type. */
  readonly shipped?: string;
}

/** Which files: all of the workspace when no paths are given. */
export interface Selection {
  /** .proto files, descriptor sets, and folders of them. */
  readonly paths?: readonly string[];
  /** Folders that imports begin at; they are inferred where none is given. */
  readonly roots?: readonly string[];
}

/** Files that belong together: each name once. */
export interface Group {
  /** Who compiled them; the path of a descriptor set. */
  readonly by: string;
  readonly files: ReadonlyMap<string, FileDescriptorProto>;
}

export interface LoadedProtos {
  readonly groups: readonly Group[];
  /** Who compiled, in the order of their work; empty where there were descriptor sets alone. */
  readonly compilers: readonly string[];
  /** Where names begin → how many files. */
  readonly roots: ReadonlyMap<string, number>;
  /** Paths of the .proto files that were meant. */
  readonly protos: readonly string[];
  readonly sets: readonly string[];
  /** Path → why it gives nothing. */
  readonly broken: ReadonlyMap<string, string>;
  /** Sentences on what was not done, such as compile in a workspace that is not trusted. */
  readonly notes: readonly string[];
  /** There are sources, which were not compiled because the workspace is not trusted. */
  readonly untrusted: boolean;
}

/** Files that are compiled one by one when they do not compile together with the others. */
const mostSingles = 100;

interface Kept {
  /** Path → what its file was when it was read. */
  readonly stamps: ReadonlyMap<string, string>;
  readonly loaded: LoadedProtos;
}

export class ProtoLibrary {
  readonly #deps: LibraryDeps;
  readonly #kept = new Map<string, Kept>();
  readonly #loads = new Map<string, Promise<LoadedProtos>>();

  constructor(deps: LibraryDeps) {
    this.#deps = deps;
  }

  /** All that the files give. Looks for new files; compiles only when something changed. Throws only when aborted. */
  load(selection: Selection, signal: AbortSignal): Promise<LoadedProtos> {
    const key = JSON.stringify([selection, this.#deps.folders(), this.#deps.trusted()]);
    let load = this.#loads.get(key);
    if (load === undefined) {
      load = this.#load(key, selection, signal).finally(() => this.#loads.delete(key));
      this.#loads.set(key, load);
    }
    return load;
  }

  /** As `load`, but does not look for new files: cheap enough for each call. */
  async current(selection: Selection, signal: AbortSignal): Promise<LoadedProtos> {
    const key = JSON.stringify([selection, this.#deps.folders(), this.#deps.trusted()]);
    const kept = this.#kept.get(key);
    if (kept !== undefined && (await isUnchanged(kept.stamps))) return kept.loaded;
    return this.load(selection, signal);
  }

  async #load(key: string, selection: Selection, signal: AbortSignal): Promise<LoadedProtos> {
    const { paths, gone } = await placesOf(selection);
    const found = await findProtos(paths ?? this.#deps.folders(), signal);
    const known = this.#kept.get(key);
    if (known !== undefined && sameFiles(known.loaded, found) && (await isUnchanged(known.stamps))) return known.loaded;
    const began = Date.now();
    const work = new Loading(this.#deps, selection, found, signal);
    const given = await work.run();
    const missing = gone.map((path) => [path, t('There is no such file.')] as const);
    const loaded = { ...given, broken: new Map([...given.broken, ...missing]) };
    this.#kept.set(key, { stamps: await stampsOf(work.read), loaded });
    const { protos, sets, compilers, broken } = loaded;
    this.#deps.log.info(
      `grpc: ${protos.length} .proto files and ${sets.length} descriptor sets read in ${Date.now() - began} ms by ${compilers.join(', ') || 'nobody'}; ${broken.size} not readable`,
    );
    return loaded;
  }
}

/** Where the selected paths are: as they are, or below one of the roots, as protoc looks for them. */
async function placesOf({ paths, roots = [] }: Selection): Promise<{ paths?: readonly string[]; gone: string[] }> {
  if (paths === undefined) return { gone: [] };
  const gone: string[] = [];
  const found: string[] = [];
  for (const path of paths) {
    const places = [path, ...roots.map((root) => join(root, path))].map((place) => resolve(place));
    const there = await Promise.all(places.map((place) => stat(place).then(() => true, () => false))); // prettier-ignore
    const place = places[there.indexOf(true)];
    if (place === undefined) gone.push(path);
    else found.push(place);
  }
  return { paths: found, gone };
}

const sameFiles = ({ protos, sets }: LoadedProtos, found: Found): boolean =>
  JSON.stringify([protos, sets]) === JSON.stringify([ownOf(found).map(({ path }) => path), found.sets]);

const ownOf = ({ protos }: Found): readonly ProtoSource[] => protos.filter(({ borrowed }) => !borrowed);

async function stampsOf(paths: Iterable<string>): Promise<Map<string, string>> {
  return new Map(await Promise.all([...paths].map(async (path) => [path, await stampOf(path)] as const)));
}

const stampOf = (path: string): Promise<string> =>
  stat(path).then(
    ({ mtimeMs, size }) => `${mtimeMs} ${size}`,
    () => 'gone',
  );

async function isUnchanged(stamps: ReadonlyMap<string, string>): Promise<boolean> {
  const same = await Promise.all([...stamps].map(async ([path, stamp]) => (await stampOf(path)) === stamp));
  return same.every(Boolean);
}

/** One loading of one selection. */
class Loading {
  readonly #deps: LibraryDeps;
  readonly #selection: Selection;
  readonly #found: Found;
  readonly #signal: AbortSignal;
  readonly #modules: ModuleCache;
  readonly #groups: Group[] = [];
  readonly #compilers = new Set<string>();
  readonly #broken = new Map<string, string>();
  readonly #notes: string[] = [];
  #roots: ReadonlyMap<string, number> = new Map();
  #own: Promise<Compiler> | undefined;
  /** Paths of all that was read: when one changes, so may the outcome. */
  readonly read = new Set<string>();

  constructor(deps: LibraryDeps, selection: Selection, found: Found, signal: AbortSignal) {
    this.#deps = deps;
    this.#selection = selection;
    this.#found = found;
    this.#signal = signal;
    this.#modules = new ModuleCache(deps.env);
  }

  async run(): Promise<LoadedProtos> {
    for (const path of this.#found.sets) await this.#set(path);
    const own = ownOf(this.#found);
    if (own.length > 0) await this.#sources(own);
    return {
      groups: this.#groups,
      compilers: [...this.#compilers],
      roots: this.#roots,
      protos: own.map(({ path }) => path),
      sets: this.#found.sets,
      broken: this.#broken,
      notes: this.#notes,
      untrusted: own.length > 0 && !this.#deps.trusted(),
    };
  }

  async #set(path: string): Promise<void> {
    this.read.add(path);
    try {
      const files = readDescriptorSet(await readFile(path));
      this.#groups.push({ by: path, files: new Map(files.map((file) => [file.name, file])) });
    } catch (error) {
      // What merely is called like one is no concern of somebody who did not name it.
      if (this.#selection.paths !== undefined) this.#broken.set(path, messageOf(error));
    }
  }

  async #sources(own: readonly ProtoSource[]): Promise<void> {
    for (const { path } of own) this.read.add(path);
    if (!this.#deps.trusted()) {
      this.#notes.push(t('The .proto files of a workspace are compiled only when you trust it.'));
      return;
    }
    const { env } = this.#deps;
    const buf = await findBuf(env, this.#signal);
    const left = buf === undefined ? own : await this.#bufProjects(own, buf);
    if (left.length === 0) return;
    const chosen = buf ?? (await findProtoc(env, this.#signal)) ?? (await this.#ownCompiler());
    const all = [...left, ...this.#found.protos.filter(({ borrowed }) => borrowed)];
    const { units, roots, missing } = await nameFiles(all, (name, from) => this.#elsewhere(name, from), this.#selection.roots?.map((root) => resolve(root))); // prettier-ignore
    this.#roots = roots;
    const gone = new Set(missing.keys());
    for (const unit of units) await this.#unit(chosen, unit, gone);
  }

  /** Projects with a buf.yaml are built as they say. @returns the files that belong to none, or to one that buf refuses. */
  async #bufProjects(own: readonly ProtoSource[], { name }: Compiler): Promise<readonly ProtoSource[]> {
    let left = own;
    const roots = this.#found.bufFolders.filter(
      (folder) => !this.#found.bufFolders.some((other) => folder !== other && isIn(folder, other)),
    );
    for (const folder of roots) {
      const within = left.filter(({ path }) => isIn(path, folder));
      if (within.length === 0) continue;
      try {
        const files = await buildBufProject(folder, this.#deps.env, this.#signal);
        this.#groups.push({ by: name, files: new Map(files.map((file) => [file.name, file])) });
        this.#compilers.add(name);
        this.#roots = new Map([...this.#roots, [folder, within.length]]);
        left = left.filter((source) => !within.includes(source));
      } catch (error) {
        if (isAbort(error)) throw error;
        this.#notes.push(t('buf does not build {0}: {1}', folder, messageOf(error)));
      }
    }
    return left;
  }

  /** Together; what does not compile so once more alone, and by our own compiler when it was another. */
  async #unit(chosen: Compiler, unit: Unit, missing: ReadonlySet<string>): Promise<void> {
    for (const { path } of unit.files.values()) this.read.add(path);
    const { broken } = await this.#compile(chosen, unit, missing);
    let alone = 0;
    for (const [name, reason] of broken) {
      const { path } = unit.files.get(name)!;
      const needs = closureOf(name, unit.files);
      const hopeless = [...needs.values()].some(({ imports }) => imports.some((imported) => missing.has(imported)));
      if (!hopeless && alone++ < mostSingles) {
        const again = await this.#compile(await this.#second(chosen), { files: needs, wanted: [name] }, missing);
        if (again.broken.size === 0) continue;
      }
      this.#broken.set(path, reason);
    }
  }

  async #compile(
    compiler: Compiler,
    unit: Unit,
    missing: ReadonlySet<string>,
  ): Promise<{ readonly broken: ReadonlyMap<string, string> }> {
    let outcome;
    try {
      outcome = await compileUnit(compiler, unit, missing, this.#signal);
    } catch (error) {
      if (isAbort(error) || compiler === parser) throw error;
      // A program that does not work is no reason to have no schema.
      this.#notes.push(`${compiler.name}: ${messageOf(error)}`);
      const next = await this.#second(compiler);
      return this.#compile(next === compiler ? parser : next, unit, missing);
    }
    if (outcome.files.size > 0) {
      this.#groups.push({ by: compiler.name, files: outcome.files });
      this.#compilers.add(compiler.name);
    }
    return outcome;
  }

  /** Our own is newer than many an installed protoc, and judges file by file. */
  async #second(first: Compiler): Promise<Compiler> {
    if (first === parser) return parser;
    const own = await this.#ownCompiler();
    // The parser lets pass what a compiler refuses, so it judges only where there is no compiler.
    return own === parser ? first : own;
  }

  #ownCompiler(): Promise<Compiler> {
    return (this.#own ??= this.#makeOwn());
  }

  async #makeOwn(): Promise<Compiler> {
    const { program, report = () => {} } = this.#deps;
    if (program === undefined) return parser;
    try {
      return protocompile(await program(this.#signal, report));
    } catch (error) {
      if (isAbort(error)) throw error;
      this.#notes.push(messageOf(error));
      return parser;
    } finally {
      report(undefined);
    }
  }

  /** Where a named root has it, in the Go modules that the importer's module or the workspace requires, or shipped. */
  async #elsewhere(name: string, importer: ProtoSource): Promise<ProtoSource | undefined> {
    for (const root of this.#selection.roots ?? []) {
      const source = await readProto(join(root, name), { home: root, borrowed: true, module: undefined });
      if (source !== undefined) return source;
    }
    const requires = [
      ...(await this.#modules.requiresOf(importer)),
      ...this.#found.goModules.flatMap((module) => module.requires),
    ];
    const required = await this.#modules.find(name, requires);
    if (required !== undefined) return required;
    const { shipped } = this.#deps;
    if (shipped === undefined) return undefined;
    return readProto(join(shipped, name), { home: shipped, borrowed: true, module: undefined });
  }
}

const isIn = (path: string, folder: string): boolean =>
  path === folder || dirname(path).concat('/').startsWith(`${folder}/`);

function closureOf(name: string, files: Unit['files']): Map<string, ProtoSource> {
  const names = new Set([name]);
  for (const each of names) for (const imported of files.get(each)?.imports ?? []) names.add(imported);
  return new Map([...files].filter(([each]) => names.has(each)));
}

/** The named files with all their imports, from whichever group has them. */
export function filesNamed(loaded: LoadedProtos, names: Iterable<string>): Map<string, FileDescriptorProto> {
  const found = new Map<string, FileDescriptorProto>();
  const wanted = new Set(names);
  for (const name of wanted) {
    const file = loaded.groups.map(({ files }) => files.get(name)).find((each) => each !== undefined);
    if (file === undefined) continue;
    found.set(name, file);
    for (const imported of file.dependency) wanted.add(imported);
  }
  return found;
}
