/** What a pattern is: a snippet with why one would want it, what teaches it and what it needs. */

export type Language = 'en' | 'zh-cn';

/** The files of `snippets/`, by what they are for; also the editor's id of the language, but for `proto`. */
export const snippetFiles = ['go', 'yaml', 'dockerfile', 'proto'] as const;
export type SnippetFile = (typeof snippetFiles)[number];

export interface Bilingual {
  readonly en: string;
  readonly 'zh-cn': string;
}

/** One package that a pattern uses. */
export interface GoImport {
  readonly path: string;
  /** The name it is imported by, when that is another than the package's own; `_` for its effect alone. */
  readonly alias?: string;
}

export interface Pattern {
  readonly file: SnippetFile;
  readonly name: string;
  /** What a person types: `gt-breaker`. */
  readonly prefix: string;
  readonly description: Bilingual;
  /** In VS Code's snippet syntax. */
  readonly body: string;
  /** Why one would want it; Go patterns have it. */
  readonly reason?: Bilingual;
  /** Ids of curriculum items. */
  readonly teaches: readonly string[];
  readonly imports: readonly GoImport[];
}

/** A module at the version that the pattern was proven with. */
export interface PinnedModule {
  readonly path: string;
  readonly version: string;
}
