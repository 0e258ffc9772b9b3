/** The front door of the snippets domain: patterns with their previews, and what a Go module lacks of one. */
import { Failure } from '../core/failure.ts';
import { t } from '../core/l10n.ts';
import { lazy } from '../core/lazy.ts';
import { type Catalog, readCatalog } from './catalog.ts';
import { goGet, missingPackages, moduleOf, pinOf } from './goModule.ts';
import type { Language, Pattern, PinnedModule } from './model.ts';
import { type Lesson, previewDocument, previewMarkdown } from './preview.ts';

export interface SnippetsDeps {
  /** The folder `snippets/` of the installation. */
  readonly content: string;
  readonly language: Language;
  /** Whether programs may be run for this workspace. */
  readonly trusted: () => boolean;
  /** The title of a curriculum item in the person's language; undefined for one that is unknown. */
  readonly lessonTitle: (id: string) => Promise<string | undefined>;
}

/** What the module of a file lacks of a pattern. */
export interface Missing {
  /** The module's folder. */
  readonly folder: string;
  /** Each as `go get` takes it. */
  readonly packages: readonly string[];
  readonly modules: readonly PinnedModule[];
}

export interface Snippets {
  readonly language: Language;
  patterns(): Promise<readonly Pattern[]>;
  /** Throws `notFound`. */
  pattern(prefix: string): Promise<Pattern>;
  /** The items that teach it, in the person's language. */
  lessons(pattern: Pattern): Promise<readonly Lesson[]>;
  markdown(pattern: Pattern, open: (id: string) => string): Promise<string>;
  document(pattern: Pattern): Promise<string>;
  /** Undefined when nothing is missing. Throws `notFound` when the file is in no module and the pattern needs one. */
  missing(pattern: Pattern, file: string): Promise<Missing | undefined>;
  /** Puts what is missing into go.mod. Throws as `goGet` does, and `forbidden` in an untrusted workspace. */
  get(missing: Missing, signal: AbortSignal): Promise<void>;
}

export function createSnippets({ content, language, trusted, lessonTitle }: SnippetsDeps): Snippets {
  const catalog = lazy((): Promise<Catalog> => readCatalog(content));
  const lessons = async ({ teaches }: Pattern): Promise<readonly Lesson[]> =>
    Promise.all(teaches.map(async (id) => ({ id, title: (await lessonTitle(id).catch(() => undefined)) ?? '' })));
  const needed = async ({ imports }: Pattern): Promise<readonly PinnedModule[]> => {
    const { modules } = await catalog();
    return [...new Set(imports.flatMap(({ path }) => pinOf(path, modules) ?? []))];
  };
  return {
    language,
    lessons,
    patterns: async () => (await catalog()).patterns,
    pattern: async (prefix) => {
      const found = (await catalog()).patterns.find((one) => one.prefix === prefix);
      if (found === undefined) throw new Failure('notFound', t('There is no pattern {0}.', prefix));
      return found;
    },
    markdown: async (pattern, open) =>
      previewMarkdown(pattern, await lessons(pattern), await needed(pattern), language, open),
    document: async (pattern) => previewDocument(pattern, await lessons(pattern), await needed(pattern), language),
    missing: async (pattern, file) => {
      if ((await needed(pattern)).length === 0) return undefined;
      const module = await moduleOf(file);
      if (module === undefined) {
        throw new Failure('notFound', t('This file belongs to no Go module yet. Run go mod init in its folder first.'));
      }
      const { modules } = await catalog();
      const lacking = missingPackages(module.text, pattern.imports, modules);
      return lacking.packages.length === 0 ? undefined : { folder: module.folder, ...lacking };
    },
    get: async ({ folder, packages }, signal) => {
      if (!trusted()) {
        throw new Failure(
          'forbidden',
          t('This workspace is not trusted, so Gantry runs nothing of it. Trust the workspace, then try again.'),
        );
      }
      await goGet(folder, packages, signal);
    },
  };
}
