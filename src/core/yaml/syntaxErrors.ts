/** The parser's errors in the person's language. */
import type { ErrorCode, YAMLError } from 'yaml';
import { t } from '../l10n.ts';

const sentences: Partial<Record<ErrorCode, () => string>> = {
  BAD_DIRECTIVE: () => t('This YAML directive is not valid.'),
  BAD_DQ_ESCAPE: () => t('This escape is not valid inside double quotes.'),
  BAD_INDENT: () => t('The indentation does not fit what stands around it.'),
  BAD_SCALAR_START: () => t('A plain value cannot start with this character; put it in quotes.'),
  BLOCK_AS_IMPLICIT_KEY: () => t('A nested map cannot start on the same line as its key.'),
  BLOCK_IN_FLOW: () => t('Indented lists and maps cannot stand inside [ ] or { }.'),
  KEY_OVER_1024_CHARS: () => t('A key on one line can have at most 1024 characters.'),
  MISSING_CHAR: () => t('Something is missing here: a colon, a comma, a quote or a closing bracket.'),
  MULTILINE_IMPLICIT_KEY: () => t('A key must stand on one line; is a colon missing?'),
  MULTIPLE_ANCHORS: () => t('A value can have only one anchor.'),
  MULTIPLE_DOCS: () => t('Another document starts here without a line of ---.'),
  MULTIPLE_TAGS: () => t('A value can have only one tag.'),
  TAB_AS_INDENT: () => t('YAML does not allow tabs as indentation; use spaces.'),
  UNEXPECTED_TOKEN: () => t('This is not expected here.'),
};

/** One sentence; the library's own (English) where it is more exact than anything we could say. */
export function describeSyntaxError(error: YAMLError): string {
  return sentences[error.code]?.() ?? error.message;
}
