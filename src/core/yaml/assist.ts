/** Help with a YAML file whose format one schema describes: what may stand at the cursor, what is known of a field. */
import { t } from '../l10n.ts';
import { cursorAt, entryAt, writtenKeys } from './cursor.ts';
import { fieldsOf, schemasAt } from './follow.ts';
import { parseYaml } from './parse.ts';
import type { ScalarRules } from './scalars.ts';
import type { Dialect, Schema } from './schema.ts';
import type { Range } from './text.ts';
import { typesOf } from './types.ts';

export interface Suggestion {
  readonly label: string;
  readonly kind: 'key' | 'value';
  /** Takes the place of `range`. */
  readonly text: string;
  readonly range: Range;
  readonly required: boolean;
  readonly documentation?: string;
}

export interface Format {
  readonly schema: Schema;
  readonly dialect: Dialect;
  readonly rules: ScalarRules;
}

/** What may be written at the offset; none inside comments, quotes and texts of several lines. */
export function suggestAt(text: string, offset: number, { schema, dialect, rules }: Format): Suggestion[] {
  const cursor = cursorAt(text, offset, rules);
  if (cursor === undefined) return [];
  const { word: range, steps, key, writes, hasColon } = cursor;
  const suggestions: Suggestion[] = [];
  if (writes !== 'value') {
    const written = writtenKeys(writes === 'either' && key === '' ? undefined : cursor.parent);
    for (const [label, field] of fieldsOf(schemasAt(schema, steps, dialect), dialect)) {
      if (written.has(label)) continue;
      const { description } = field.schema;
      suggestions.push({
        label,
        kind: 'key',
        text: hasColon ? label : `${label}: `,
        range,
        required: field.required,
        ...(description === undefined ? {} : { documentation: description }),
      });
    }
  }
  if (writes !== 'key') {
    const own = key === undefined || key === '' ? steps : [...steps, key];
    for (const each of schemasAt(schema, own, dialect)) {
      for (const value of valuesOf(each)) suggestions.push({ label: value, kind: 'value', text: value, range, required: false }); // prettier-ignore
    }
  }
  return suggestions;
}

function valuesOf(schema: Schema): string[] {
  if (schema.enum !== undefined) return schema.enum.map(String);
  if (typesOf(schema)?.includes('boolean') === true) return ['true', 'false'];
  return schema.default === undefined ? [] : [JSON.stringify(schema.default)];
}

/** What the schema says of the field at the offset, as Markdown. */
export function explainAt(
  text: string,
  offset: number,
  { schema, dialect, rules }: Format,
): { readonly range: Range; readonly text: string } | undefined {
  for (const { root } of parseYaml(text, rules).documents) {
    const entry = root && root.range.start <= offset && offset <= root.range.end ? entryAt(root, offset) : undefined;
    if (entry === undefined) continue;
    const [found] = schemasAt(schema, entry.steps, dialect).filter(({ description }) => description !== undefined);
    if (found === undefined) return undefined;
    const types = typesOf(found)?.join(' | ') ?? '';
    const lines = [`**${String(entry.steps.at(-1))}**${types === '' ? '' : ` \`${types}\``}`, found.description ?? ''];
    if (found.default !== undefined) lines.push(t('Default: {0}', `\`${JSON.stringify(found.default)}\``));
    return { range: entry.range, text: lines.join('\n\n') };
  }
  return undefined;
}
