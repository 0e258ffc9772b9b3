/** What a folder of Go sources is made of, as far as an image of it depends on that. Nothing of it is run. */
import { readFile, readdir } from 'node:fs/promises';
import { posix, join } from 'node:path';
import { Failure } from '../../core/failure.ts';
import { t } from '../../core/l10n.ts';

/** A package that builds to a program. */
export interface Command {
  /** As `go build` takes it: `./cmd/api`, `.`. */
  readonly path: string;
  /** What people call it: the folder's name. */
  readonly name: string;
}

export interface GoProject {
  /** The Go it asks for: `1.26`. */
  readonly go: string;
  /** Folders with a go.mod that belong to the build, relative, the project's own (`.`) first when it has one. */
  readonly modules: readonly string[];
  readonly workspace: boolean;
  readonly vendored: boolean;
  readonly commands: readonly Command[];
  /** What needs a C compiler: a file that imports "C", or a module known to. */
  readonly cgo?: string;
  readonly grpc: boolean;
  /** What `//go:embed` takes, relative to the project. */
  readonly embedded: readonly string[];
  /** Names of the folders at its top that hold sources. */
  readonly sourceFolders: readonly string[];
  /** The port its sources name, when they name one. */
  readonly port?: number;
}

/** More files than this are no service; looking at them would take too long. */
const mostFiles = 20_000;

/** Throws Failure `invalid` when it is no Go project, or one that cannot be built from this folder alone. */
export async function readGoProject(folder: string): Promise<GoProject> {
  const [work, own] = [await text(join(folder, 'go.work')), await text(join(folder, 'go.mod'))];
  if (work === undefined && own === undefined) {
    throw new Failure('invalid', t('There is no go.mod in {0}. Choose the folder of a Go module.', folder));
  }
  const used = work === undefined ? ['.'] : directive(work, 'use').map((line) => clean(line.split(/\s/)[0] ?? ''));
  const vendored = (await text(join(folder, 'vendor', 'modules.txt'))) !== undefined;
  const [modules, goMods] = await reachable(folder, used, vendored);
  const sources = await readSources(folder, new Set(modules));
  const needed = goMods.flatMap((goMod) => directive(goMod, 'require').map((line) => line.split(/\s/)[0] ?? ''));
  const commands = commandsOf(sources);
  if (commands.length === 0) {
    throw new Failure(
      'invalid',
      t('No package main was found in {0}: there is no program to put into an image.', folder),
    );
  }
  const cgo =
    sources.find(({ code }) => /^\s*import\s+"C"/m.test(code))?.path ?? needed.find((one) => cgoModules.test(one));
  const grpc = sources.some(({ code }) => code.includes('"google.golang.org/grpc"'));
  const port = portOf(sources, grpc);
  return {
    go: newest([work ?? '', ...goMods].flatMap((file) => [directive(file, 'go')[0], directive(file, 'toolchain')[0]])),
    modules,
    workspace: work !== undefined,
    vendored,
    commands,
    grpc,
    embedded: sources.flatMap(embeddedBy),
    sourceFolders: [...new Set(sources.flatMap(({ path }) => (path.includes('/') ? [path.split('/')[0]!] : [])))],
    ...(cgo === undefined ? {} : { cgo }),
    ...(port === undefined ? {} : { port }),
  };
}

const text = (path: string): Promise<string | undefined> => readFile(path, 'utf8').catch(() => undefined);

/** `./services/api/` and `services/api` are one folder. */
const clean = (path: string): string => posix.normalize(path.replace(/^"|"$/g, '')).replace(/\/$/, '');

/** What follows a word of go.mod or go.work, in its one-line form and in its block. */
function directive(file: string, word: string): string[] {
  const lines = file.split('\n').map((line) => line.replace(/\/\/.*/, '').trim());
  const found: string[] = [];
  let inside = false;
  for (const line of lines) {
    if (inside && line === ')') inside = false;
    else if (inside && line !== '') found.push(line);
    else if (line === `${word} (`) inside = true;
    else if (line.startsWith(`${word} `)) found.push(line.slice(word.length + 1).trim());
  }
  return found;
}

/** The modules of the build with those that `replace` names by folder, each with its go.mod. */
async function reachable(folder: string, used: readonly string[], vendored: boolean): Promise<[string[], string[]]> {
  const folders: string[] = [];
  const files: string[] = [];
  for (const queue = [...used]; queue.length > 0;) {
    const at = queue.shift()!;
    if (folders.includes(at)) continue;
    if (at === '..' || at.startsWith('../') || posix.isAbsolute(at)) {
      throw new Failure(
        'invalid',
        t(
          'The module at {0} lies outside of {1}, where a build cannot read it. Choose a folder above both, with a go.work, or run go mod vendor.',
          at,
          folder,
        ),
      );
    }
    const goMod = await text(join(folder, at, 'go.mod'));
    if (goMod === undefined) throw new Failure('invalid', t('{0} has no go.mod, but the build needs it.', at));
    folders.push(at);
    files.push(goMod);
    if (vendored) continue; // A vendor folder holds what is replaced, too.
    const local = directive(goMod, 'replace').flatMap((line) => /=>\s*("?\.{1,2}\/\S+|"?\/\S+)/.exec(line)?.[1] ?? []);
    queue.push(...local.map((path) => (posix.isAbsolute(path) ? path : clean(posix.join(at, path)))));
  }
  return [folders, files];
}

interface Source {
  /** Relative, with `/`. */
  readonly path: string;
  readonly code: string;
}

const skipped = /^(?:vendor|testdata|node_modules|[._].*)$/;

/** Go files without tests; other modules below are passed over unless the build needs them. */
async function readSources(folder: string, modules: ReadonlySet<string>): Promise<Source[]> {
  const sources: Source[] = [];
  let seen = 0;
  const visit = async (at: string): Promise<void> => {
    const entries = await readdir(join(folder, at), { withFileTypes: true });
    if (at !== '.' && !modules.has(at) && entries.some(({ name }) => name === 'go.mod')) return;
    for (const entry of entries.sort((a, b) => a.name.localeCompare(b.name))) {
      if (++seen > mostFiles) throw new Failure('invalid', t('{0} holds more files than a service has.', folder));
      const path = posix.join(at, entry.name);
      if (entry.isDirectory() && !skipped.test(entry.name)) await visit(path);
      else if (entry.isFile() && entry.name.endsWith('.go') && !entry.name.endsWith('_test.go')) {
        sources.push({ path, code: (await text(join(folder, path))) ?? '' });
      }
    }
  };
  await visit('.');
  return sources.filter(({ code }) => !/^\/\/go:build\s.*\bignore\b/m.test(code));
}

/** Those below `cmd` when there are any: what else is `main` then helps with the building. */
function commandsOf(sources: readonly Source[]): Command[] {
  const folders = [
    ...new Set(sources.filter(({ code }) => /^package main\b/m.test(code)).map(({ path }) => posix.dirname(path))),
  ];
  const inCmd = folders.filter((at) => /(?:^|\/)cmd(?:\/|$)/.test(at));
  return (inCmd.length > 0 ? inCmd : folders).map((at) => ({
    path: at === '.' ? '.' : `./${at}`,
    name: at === '.' ? 'app' : posix.basename(at),
  }));
}

/** Modules that are C inside, as their own pages say. */
const cgoModules =
  /^(?:github\.com\/(?:mattn\/go-sqlite3|confluentinc\/confluent-kafka-go(?:\/v2)?|linxGnu\/grocksdb|DataDog\/zstd))$/;

function embeddedBy({ path, code }: Source): string[] {
  const patterns = [...code.matchAll(/^\/\/go:embed[ \t]+(.+)$/gm)].flatMap(([, list = '']) =>
    list.trim().split(/\s+/),
  );
  return patterns.map((pattern) => posix.join(posix.dirname(path), pattern.replace(/^["`]?(?:all:)?|["`]$/g, '')));
}

/** A listening address in the sources, `":8080"`; else what such servers commonly use. */
function portOf(sources: readonly Source[], grpc: boolean): number | undefined {
  const all = sources.map(({ code }) => code).join('\n');
  const named = /"(?:0\.0\.0\.0|\[::\])?:(\d{2,5})"/.exec(all)?.[1];
  if (named !== undefined) return Number(named);
  if (grpc) return 50051;
  return /\bhttp\.(?:ListenAndServe|Server\{)/.test(all) ? 8080 : undefined;
}

/** The oldest Go that still gets security fixes: sources for an older one build with it just the same. */
const oldestSupported = '1.25';

function newest(versions: readonly (string | undefined)[]): string {
  const minors = versions.flatMap((version) => /1\.(\d+)/.exec(version ?? '')?.[1] ?? []).map(Number);
  return `1.${Math.max(Number(oldestSupported.split('.')[1]), ...minors)}`;
}
