/**
 * Makes `media/manifest-rules.md` and its Chinese twin, the pages that explain every practice rule for manifests, from the
 * rules themselves. `npm run rules` writes them; a unit test says whether they are current.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { itemsOf, readOutline } from '../src/curriculum/outline.ts';
import { rulesMarkdown } from '../src/manifests/practice/page.ts';
import { type PageLanguage, pageIn } from './lib/page.ts';
import { isMain, root } from './lib/project.ts';

export const pages = { 'media/manifest-rules.md': 'en', 'media/manifest-rules.zh-cn.md': 'zh-cn' } as const;

/** The whole text of a page. */
export async function rulesPage(language: PageLanguage): Promise<string> {
  const items = itemsOf(await readOutline(join(root, 'curriculum')));
  return pageIn(language, () => rulesMarkdown(new Map(items.map(({ id, title }) => [id, title[language]]))));
}

if (isMain(import.meta.url))
  for (const [path, language] of Object.entries(pages)) await writeFile(join(root, path), await rulesPage(language));
