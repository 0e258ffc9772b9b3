/** What stands in our windows, for scripts that click in them in either language. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Language } from '../../src/curriculum/model.ts';
import { groupsOf, readOutline, stepsAndItemsOf } from '../../src/curriculum/outline.ts';
import { root } from './project.ts';
import { mergeTranslations } from './translations.ts';

/**
 * Gives the words of a language for an English text of the program, of package.json or of the outline. What is given
 * throws for a text that none of them has.
 */
export async function speaker(language: Language): Promise<(english: string) => string> {
  if (language === 'en') return (english) => english;
  const [program, english, chinese, outline] = await Promise.all([
    mergeTranslations(),
    titles('package.nls.json'),
    titles('package.nls.zh-cn.json'),
    readOutline(join(root, 'curriculum')),
  ]);
  const said = new Map(Object.entries(program));
  for (const [key, text] of Object.entries(english)) said.set(text, chinese[key]!);
  for (const { title } of [...groupsOf(outline), ...stepsAndItemsOf(outline)]) said.set(title.en, title['zh-cn']);
  return (text) => {
    const translated = said.get(text);
    if (translated === undefined) throw new Error(`"${text}" has no translation`);
    return translated;
  };
}

const titles = async (file: string): Promise<Record<string, string>> =>
  JSON.parse(await readFile(join(root, file), 'utf8')) as Record<string, string>;
