/** .proto files that Go modules bring along, looked up where `go` keeps the modules a workspace requires. */
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { type GoModule, type ProtoSource, readGoModule, readProto, withoutMajor } from './find.ts';

/** Folders inside a module that its files are imported from, beside the module itself. */
const innerRoots = ['', 'proto', 'protos', 'protobuf', 'api', 'third_party', 'third_party/googleapis', 'third_party/proto']; // prettier-ignore

export class ModuleCache {
  readonly #folder: string;
  readonly #modules = new Map<string, Promise<GoModule | undefined>>();

  constructor(env: NodeJS.ProcessEnv) {
    this.#folder = moduleCacheFolder(env);
  }

  /** The file that `name` means to somebody who requires these modules. */
  async find(name: string, requires: GoModule['requires']): Promise<ProtoSource | undefined> {
    for (const required of requires) {
      const folder = join(this.#folder, `${escaped(required.path)}@${escaped(required.version)}`);
      for (const path of placesIn(folder, withoutMajor(required.path), name)) {
        if (!existsSync(path)) continue;
        const module = (await this.#module(folder)) ?? { folder, path: withoutMajor(required.path), requires: [] };
        const source = await readProto(path, { home: folder, borrowed: true, module });
        if (source !== undefined) return source;
      }
    }
    return undefined;
  }

  /** What the module that holds the file requires. */
  async requiresOf({ home }: ProtoSource): Promise<GoModule['requires']> {
    return (await this.#module(home))?.requires ?? [];
  }

  #module(folder: string): Promise<GoModule | undefined> {
    let module = this.#modules.get(folder);
    if (module === undefined) this.#modules.set(folder, (module = readGoModule(folder)));
    return module;
  }
}

/**
 * Where a file of that name may lie in the module: the name may begin with any end of the module's path, as
 * `etcd/api/mvccpb/kv.proto` does with that of go.etcd.io/etcd/api, or with nothing of it.
 */
function placesIn(folder: string, module: string, name: string): string[] {
  const steps = module.split('/');
  const overlaps = steps
    .map((_, from) => `${steps.slice(from).join('/')}/`)
    .filter((end) => name.startsWith(end))
    .map((end) => join(folder, name.slice(end.length)));
  return [...overlaps, ...innerRoots.map((root) => join(folder, root, name))];
}

/** Upper case letters are written `!a` in the cache, for file systems that do not tell them apart. */
const escaped = (text: string): string => text.replace(/[A-Z]/g, (letter) => `!${letter.toLowerCase()}`);

function moduleCacheFolder(env: NodeJS.ProcessEnv): string {
  if (env['GOMODCACHE']) return env['GOMODCACHE'];
  const [goPath] = (env['GOPATH'] ?? '').split(delimiter);
  return join(goPath || join(env['HOME'] || env['USERPROFILE'] || homedir(), 'go'), 'pkg', 'mod');
}
