/** The snippets as their files have them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './project.ts';

/** The files of `snippets/`, by what they are for. */
export const snippetFiles = ['go', 'yaml', 'dockerfile', 'proto'] as const;
export type SnippetFile = (typeof snippetFiles)[number];

export interface Snippet {
  readonly name: string;
  readonly prefix: string;
  /** `English · 中文`: VS Code translates no snippets. */
  readonly description: string;
  readonly body: readonly string[];
  /** Go only: the packages the body uses. VS Code passes over what it does not know in a snippet. */
  readonly imports?: readonly string[];
}

export function readSnippets(file: SnippetFile): readonly Snippet[] {
  const entries = JSON.parse(readFileSync(join(root, 'snippets', `${file}.json`), 'utf8')) as Record<
    string,
    Omit<Snippet, 'name'>
  >;
  return Object.entries(entries).map(([name, snippet]) => ({ name, ...snippet }));
}
