/** How a pattern is shown before it is put in: why, what teaches it, what it needs, and its code. */
import { t } from '../core/l10n.ts';
import type { Language, Pattern, PinnedModule } from './model.ts';

/** An item of the curriculum by its title. */
export interface Lesson {
  readonly id: string;
  readonly title: string;
}

/** The code with defaults in the place of tab stops. */
export function expand(body: string): string {
  const stop = /\\([$}\\])|\$\{?(\d+)\}|\$(\d+)|\$\{(\d+):((?:\\[$}\\]|[^$}\\])*)\}|\$\{(\d+)\|((?:\\.|[^\\|])+)\|\}/g;
  return body
    .replaceAll(
      stop,
      (
        _,
        escaped?: string,
        _braced?: string,
        _bare?: string,
        _n?: string,
        text?: string,
        _c?: string,
        choices?: string,
      ) => escaped ?? text?.replaceAll(/\\([$}\\])/g, '$1') ?? choices?.split(',')[0] ?? '',
    )
    .trimEnd();
}

/** Sentences about a pattern, in the person's language. */
function about(pattern: Pattern, lessons: readonly Lesson[], modules: readonly PinnedModule[], language: Language) {
  return {
    what: pattern.description[language],
    why: pattern.reason?.[language],
    taught: lessons.map(({ id, title }) => ({ id, text: `${id} ${title}` })),
    needs: modules.map(({ path, version }) => `${path} ${version}`),
  };
}

/** Markdown for the side of a completion list; `open` makes the address of a link to a lesson. */
export function previewMarkdown(
  pattern: Pattern,
  lessons: readonly Lesson[],
  modules: readonly PinnedModule[],
  language: Language,
  open: (id: string) => string,
): string {
  const { what, why, taught, needs } = about(pattern, lessons, modules, language);
  const parts = [`**${what}**`];
  if (why !== undefined) parts.push(why);
  if (taught.length > 0)
    parts.push(t('Taught by: {0}', taught.map(({ id, text }) => `[${text}](${open(id)})`).join(', ')));
  if (needs.length > 0) parts.push(t('Needs: {0}', needs.map((one) => `\`${one}\``).join(', ')));
  parts.push(`\`\`\`${pattern.file}\n${expand(pattern.body)}\n\`\`\``);
  return parts.join('\n\n');
}

/** A document of the pattern's own language: the same sentences as comments, then the code. */
export function previewDocument(
  pattern: Pattern,
  lessons: readonly Lesson[],
  modules: readonly PinnedModule[],
  language: Language,
): string {
  const { what, why, taught, needs } = about(pattern, lessons, modules, language);
  const sentences = [what];
  if (why !== undefined) sentences.push(why);
  if (taught.length > 0) sentences.push(t('Taught by: {0}', taught.map(({ text }) => text).join(', ')));
  if (needs.length > 0) sentences.push(t('Needs: {0}', needs.join(', ')));
  const mark = pattern.file === 'go' || pattern.file === 'proto' ? '//' : '#';
  return `${sentences.map((sentence) => `${mark} ${sentence}\n`).join('')}\n${expand(pattern.body)}\n`;
}
