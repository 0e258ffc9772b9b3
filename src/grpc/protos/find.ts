/** Finds what holds schemas below the folders of a workspace: .proto files, and descriptor sets made by a compiler. */
import type { Dirent } from 'node:fs';
import { type FileHandle, open, readFile, readdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isAbort } from '../../core/failure.ts';
import { type ProtoHead, scanProto } from './scan.ts';

/** A .proto file. */
export interface ProtoSource extends ProtoHead {
  readonly path: string;
  /** Where it is known by: its path, and where it lies in a Go module, the module's path with its own behind it. */
  readonly longNames: readonly string[];
  /** The folder its names without an import begin at: of its Go module, or of the workspace. */
  readonly home: string;
  /** Only there to be imported by others: what was vendored or downloaded. */
  readonly borrowed: boolean;
  /** Changes when the file does. */
  readonly stamp: string;
}

export interface Found {
  readonly protos: readonly ProtoSource[];
  /** Paths of serialized google.protobuf.FileDescriptorSet. */
  readonly sets: readonly string[];
  /** Folders that hold a buf.yaml or buf.work.yaml. */
  readonly bufFolders: readonly string[];
  /** Folders that hold a go.mod. */
  readonly goModules: readonly GoModule[];
  /** True: there was more than is looked at. */
  readonly more: boolean;
}

export interface GoModule {
  readonly folder: string;
  /** `k8s.io/api`, without the major version at its end, as imports of .proto files leave it out. */
  readonly path: string;
  /** Modules it requires, indirect ones too. */
  readonly requires: readonly { readonly path: string; readonly version: string }[];
}

/** Entries of folders looked at; a home folder opened by mistake must not keep the disk busy. */
const mostEntries = 200_000;
const mostProtos = 5_000;
/** A source larger than this was not written by people. */
export const mostBytes = 4 * 1024 * 1024;

/** Never a place for sources of one's own. */
const skipped = new Set(['node_modules', 'bazel-bin', 'bazel-out', 'dist', 'target']);
const borrowedFolders = new Set(['vendor', 'third_party']);
const setPattern = /\.(binpb|protoset|protoset\.bin|fds)$/;

/** Looks through folders, and at files by their paths. What cannot be read is passed over. */
export async function findProtos(paths: readonly string[], signal: AbortSignal): Promise<Found> {
  const search = new Search(signal);
  for (const path of paths) {
    const around = { borrowed: false, module: await enclosingModule(path) };
    const isFolder = await stat(path).then((found) => found.isDirectory(), () => false); // prettier-ignore
    if (isFolder) await search.folder(path, { ...around, home: path });
    else await search.file(path, { ...around, home: dirname(path) });
  }
  return search.found();
}

interface Surroundings {
  readonly home: string;
  readonly borrowed: boolean;
  readonly module: GoModule | undefined;
}

class Search {
  readonly #signal: AbortSignal;
  readonly #protos: ProtoSource[] = [];
  readonly #sets: string[] = [];
  readonly #bufFolders: string[] = [];
  readonly #goModules: GoModule[] = [];
  #entries = 0;
  #more = false;

  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  found(): Found {
    return {
      protos: this.#protos,
      sets: this.#sets,
      bufFolders: this.#bufFolders,
      goModules: this.#goModules,
      more: this.#more,
    };
  }

  async folder(folder: string, around: Surroundings): Promise<void> {
    this.#signal.throwIfAborted();
    const entries = await readdir(folder, { withFileTypes: true }).catch((): Dirent[] => []);
    this.#entries += entries.length;
    let within = around;
    if (entries.some(({ name }) => name === 'go.mod')) {
      const module = await readGoModule(folder);
      if (module !== undefined) {
        this.#goModules.push(module);
        within = { ...around, home: folder, module };
      }
    }
    if (entries.some(({ name }) => name === 'buf.yaml' || name === 'buf.work.yaml')) this.#bufFolders.push(folder);
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      if (this.#protos.length >= mostProtos || this.#entries >= mostEntries) {
        this.#more = true;
        return;
      }
      const path = join(folder, entry.name);
      if (entry.isDirectory()) {
        if (entry.name.startsWith('.') || skipped.has(entry.name)) continue;
        const borrowed = within.borrowed || borrowedFolders.has(entry.name);
        await this.folder(path, borrowed === within.borrowed ? within : { ...within, borrowed });
      } else if (entry.isFile()) await this.file(path, within);
    }
  }

  async file(path: string, around: Surroundings): Promise<void> {
    if (setPattern.test(path)) this.#sets.push(path);
    if (!path.endsWith('.proto')) return;
    const source = await readProto(path, around);
    if (source !== undefined) this.#protos.push(source);
  }
}

/** Undefined for a file that cannot be read or is far too large. */
export async function readProto(
  path: string,
  { home, borrowed, module }: Surroundings,
): Promise<ProtoSource | undefined> {
  let file: FileHandle | undefined;
  try {
    file = await open(path);
    const { size, mtimeMs } = await file.stat();
    if (size > mostBytes) return undefined;
    const head = scanProto(await file.readFile('utf8'));
    const slashes = path.replaceAll('\\', '/');
    const inModule = module && `${module.path}${slashes.slice(module.folder.length)}`;
    const longNames = inModule === undefined ? [slashes] : [inModule, slashes];
    return { ...head, path, longNames, home, borrowed, stamp: `${mtimeMs} ${size}` };
  } catch (error) {
    if (isAbort(error)) throw error;
    return undefined;
  } finally {
    await file?.close();
  }
}

/** The module whose go.mod lies in the folder. */
export async function readGoModule(folder: string): Promise<GoModule | undefined> {
  const text = await readFile(join(folder, 'go.mod'), 'utf8').catch(() => '');
  const path = /^module\s+"?([^\s"]+)/m.exec(text)?.[1];
  if (path === undefined) return undefined;
  const requires = [...text.matchAll(/^\s*(?:require\s+)?([\w.~-]+(?:\/[\w.~-]+)+)\s+(v\d\S*)/gm)].map(
    ([, required = '', version = '']) => ({ path: required, version }),
  );
  return { folder, path: withoutMajor(path), requires };
}

/** `go.etcd.io/etcd/api/v3` as `go.etcd.io/etcd/api`. */
export const withoutMajor = (module: string): string => module.replace(/\/v\d+$/, '').replace(/\.v\d+$/, '');

/** The nearest folder at or above that holds a go.mod, up to the root. */
export async function enclosingModule(path: string): Promise<GoModule | undefined> {
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    const module = await readGoModule(folder);
    if (module !== undefined || dirname(folder) === folder) return module;
  }
}
