/** Reads the patterns and the versions they were proven with from the installation. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type Bilingual,
  type GoImport,
  type Pattern,
  type PinnedModule,
  type SnippetFile,
  snippetFiles,
} from './model.ts';

export interface Catalog {
  readonly patterns: readonly Pattern[];
  readonly modules: readonly PinnedModule[];
}

/** A snippet as its file has it; texts are `English · 中文`, because VS Code itself translates no snippets. */
interface Entry {
  readonly prefix: string;
  readonly description: string;
  readonly body: readonly string[];
  readonly reason?: string;
  readonly teaches?: readonly string[];
  readonly imports?: readonly string[];
}

/** Reads `go.json`, `yaml.json`, `dockerfile.json`, `proto.json` and `modules.json` of a folder. */
export async function readCatalog(folder: string): Promise<Catalog> {
  const read = async (name: string): Promise<unknown> =>
    JSON.parse(await readFile(join(folder, `${name}.json`), 'utf8')) as unknown;
  const files = await Promise.all(
    snippetFiles.map(async (file) => toPatterns(file, (await read(file)) as Record<string, Entry>)),
  );
  const modules = (await read('modules')) as Record<string, string>;
  return {
    patterns: files.flat(),
    modules: Object.entries(modules).map(([path, version]) => ({ path, version })),
  };
}

const toPatterns = (file: SnippetFile, entries: Readonly<Record<string, Entry>>): Pattern[] =>
  Object.entries(entries).map(([name, { prefix, description, body, reason, teaches = [], imports = [] }]) => ({
    file,
    name,
    prefix,
    description: toBilingual(description),
    body: body.join('\n'),
    teaches,
    imports: imports.map(toImport),
    ...(reason === undefined ? {} : { reason: toBilingual(reason) }),
  }));

function toBilingual(text: string): Bilingual {
  const [en = '', chinese = en] = text.split(' · ');
  return { en, 'zh-cn': chinese };
}

function toImport(entry: string): GoImport {
  const [path = '', alias] = entry.split(' ').reverse();
  return alias === undefined ? { path } : { path, alias };
}
