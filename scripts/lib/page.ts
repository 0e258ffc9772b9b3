/** Pages of `media/` that are made from the sources, one in each language. */
import { format } from 'prettier';
import { installedLanguage, installLanguage } from '../../src/core/l10n.ts';
import { mergeTranslations } from './translations.ts';

export type PageLanguage = 'en' | 'zh-cn';

/** The whole text of a page, formatted as everything else here. */
export async function pageIn(language: PageLanguage, markdown: () => string): Promise<string> {
  const before = installedLanguage();
  installLanguage(language === 'en' ? {} : await mergeTranslations());
  try {
    return await format(markdown(), { parser: 'markdown', printWidth: 120 });
  } finally {
    installLanguage(before);
  }
}
