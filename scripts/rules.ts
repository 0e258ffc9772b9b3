/**
 * Makes `media/manifest-rules.md` and its Chinese twin, the pages that explain every practice rule for manifests, from the
 * rules themselves. `npm run rules` writes them; a unit test says whether they are current.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { format } from 'prettier';
import { installedLanguage, installLanguage } from '../src/core/l10n.ts';
import { itemsOf, readOutline } from '../src/curriculum/outline.ts';
import { rulesMarkdown } from '../src/manifests/practice/page.ts';
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
    return await format(rulesMarkdown(lessons), { parser: 'markdown', printWidth: 120 });
  } finally {
    installLanguage(before);
  }
}

if (isMain(import.meta.url))
  for (const [path, language] of Object.entries(pages)) await writeFile(join(root, path), await rulesPage(language));
