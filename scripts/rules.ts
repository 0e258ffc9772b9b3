/**
 * Makes `media/manifest-rules.md` and its Chinese twin, the pages that explain every practice rule for manifests, from the
 * rules themselves. `npm run rules` writes them; a unit test says whether they are current.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { format } from 'prettier';
import { installedLanguage, installLanguage, t } from '../src/core/l10n.ts';
import { itemsOf, readOutline } from '../src/curriculum/outline.ts';
import { type PracticeRule, practiceRules } from '../src/manifests/practice/catalog.ts';
import { mergeTranslations } from './lib/translations.ts';
import { isMain, root } from './lib/project.ts';

export const pages = { 'media/manifest-rules.md': 'en', 'media/manifest-rules.zh-cn.md': 'zh-cn' } as const;

/** The whole text of a page. */
export async function rulesPage(language: 'en' | 'zh-cn'): Promise<string> {
  const before = installedLanguage();
  installLanguage(language === 'en' ? {} : await mergeTranslations());
  try {
    const items = itemsOf(await readOutline(join(root, 'curriculum')));
    const lessons = new Map(items.map(({ id, title }) => [id, title[language]]));
    const parts = [introduction(), table(), ...practiceRules.map((rule) => section(rule, lessons))];
    return await format(parts.join('\n\n'), { parser: 'markdown', printWidth: 120 });
  } finally {
    installLanguage(before);
  }
}

const introduction = (): string =>
  [
    `# ${t('Practice rules for manifests')}`,
    t(
      'These rules are about what an API server accepts and a service suffers from. They are few and mostly hints. The setting {0} gives each another severity ({1}); {2} takes the same as {3}.',
      '`gantry.manifests.rules`',
      '`error`, `warning`, `hint`, `off`',
      '`gantry validate`',
      '`--rule image-tag=error`',
    ),
    t(
      'A comment {0} silences a rule: at the end of a line for that line, above a field or an item for all of it (a container), above the first field for the whole object. Several rules are separated by commas; without any, everything is silenced.',
      '`# gantry-ignore: image-tag`',
    ),
  ].join('\n\n');

const table = (): string =>
  [
    `| ${t('Rule')} | ${t('Severity')} | ${t('About')} |`,
    '| --- | --- | --- |',
    ...practiceRules.map(({ id, severity, title }) => `| [${id}](#${id}) | ${severity} | ${title()} |`),
  ].join('\n');

function section(
  { id, severity, lesson, title, reason, remedy }: PracticeRule,
  lessons: ReadonlyMap<string, string>,
): string {
  const learn = lesson === undefined ? [] : [`${t('Lesson')}: ${lesson}, ${lessons.get(lesson)!}`];
  return [`## ${id}`, `**${title()}** (${severity})`, reason(), `**${t('What to do')}**: ${remedy()}`, ...learn].join(
    '\n\n',
  );
}

if (isMain(import.meta.url))
  for (const [path, language] of Object.entries(pages)) await writeFile(join(root, path), await rulesPage(language));
