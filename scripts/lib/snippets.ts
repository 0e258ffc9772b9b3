/** The snippets as their files have them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type SnippetFile, snippetFiles } from '../../src/snippets/model.ts';
import { root } from './project.ts';

export { type SnippetFile, snippetFiles };

export interface Snippet {
  readonly name: string;
  readonly prefix: string;
  /** `English · 中文`: VS Code translates no snippets. */
  readonly description: string;
  readonly body: readonly string[];
  /** Go only: the packages the body uses, each a path, after `alias ` where the name is another. */
  readonly imports?: readonly string[];
  /** Go only: why one would want it, `English · 中文`. */
  readonly reason?: string;
  /** Go only: the items of the curriculum that teach it. */
  readonly teaches?: readonly string[];
}

/** `errors` → `"errors"`, `pb example.com/gen` → `pb "example.com/gen"`. */
export function importLine(entry: string): string {
  const [path, alias] = entry.split(' ').reverse();
  return alias === undefined ? `"${path}"` : `${alias} "${path}"`;
}

export function readSnippets(file: SnippetFile): readonly Snippet[] {
  const entries = JSON.parse(readFileSync(join(root, 'snippets', `${file}.json`), 'utf8')) as Record<
    string,
    Omit<Snippet, 'name'>
  >;
  return Object.entries(entries).map(([name, snippet]) => ({ name, ...snippet }));
}
