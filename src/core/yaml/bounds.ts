/** Lengths, numbers and patterns of a schema, each with a sentence for what breaks them. */
import { t } from '../l10n.ts';
import type { Schema } from './schema.ts';
import { quoted } from './text.ts';
import type { YamlScalar } from './tree.ts';

export function boundsProblem({ value }: YamlScalar, schema: Schema): string | undefined {
  if (typeof value === 'number') return numberProblem(value, schema);
  if (typeof value !== 'string') return undefined;
  const { minLength, maxLength, pattern } = schema;
  const length = characters(value);
  if (minLength !== undefined && length < minLength) return t('At least {0} characters are needed.', minLength);
  if (maxLength !== undefined && length > maxLength) return t('At most {0} characters are allowed.', maxLength);
  if (pattern === undefined || (regularExpression(pattern)?.test(value) ?? true)) return undefined;
  return t('"{0}" does not match the pattern {1}', quoted(value), pattern);
}

function numberProblem(value: number, schema: Schema): string | undefined {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf } = schema;
  if (minimum !== undefined && value < minimum) return t('The least allowed is {0}.', minimum);
  if (maximum !== undefined && value > maximum) return t('The most allowed is {0}.', maximum);
  // OpenAPI 3.0 has a boolean here, JSON Schema the number itself.
  const [above, below] = [exclusiveBound(exclusiveMinimum, minimum), exclusiveBound(exclusiveMaximum, maximum)];
  if (above !== undefined && value <= above) return t('It must be more than {0}.', above);
  if (below !== undefined && value >= below) return t('It must be less than {0}.', below);
  if (multipleOf !== undefined && value % multipleOf !== 0) return t('It must be a multiple of {0}.', multipleOf);
  return undefined;
}

function exclusiveBound(exclusive: boolean | number | undefined, bound: number | undefined): number | undefined {
  return typeof exclusive === 'number' ? exclusive : exclusive ? bound : undefined;
}

export function lengthProblem(length: number, { minItems, maxItems }: Schema): string | undefined {
  if (minItems !== undefined && length < minItems) return t('At least {0} items are needed.', minItems);
  if (maxItems !== undefined && length > maxItems) return t('At most {0} items are allowed.', maxItems);
  return undefined;
}

/** What is wrong with the number of entries of a map. */
export function sizeProblem(size: number, { minProperties, maxProperties }: Schema): string | undefined {
  if (minProperties !== undefined && size < minProperties) return t('At least {0} entries are needed.', minProperties);
  if (maxProperties !== undefined && size > maxProperties) return t('At most {0} entries are allowed.', maxProperties);
  return undefined;
}

/** Code points, as schemas count them; a string counts UTF-16 units. */
function characters(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
}

const compiled = new Map<string, RegExp | undefined>();

/** Schemas are written for other engines too: a pattern this one cannot read judges nothing. */
export function regularExpression(pattern: string): RegExp | undefined {
  if (!compiled.has(pattern)) compiled.set(pattern, compile(pattern));
  return compiled.get(pattern);
}

function compile(pattern: string): RegExp | undefined {
  // Without `u` needless escapes (`\\_`) are allowed, as they are elsewhere.
  for (const flags of ['u', '']) {
    try {
      return new RegExp(fromRe2(pattern), flags);
    } catch {
      // The next may do.
    }
  }
  return undefined;
}

/** What RE2, which judges in Go, writes otherwise: flags for the rest of a group, ends of the text, named groups. */
function fromRe2(pattern: string): string {
  const flags = /^([^()[\]\\]*)\(\?([ims]+)\)(.*)$/s.exec(pattern);
  const scoped = flags === null ? pattern : `${flags[1]}(?${flags[2]}:${flags[3]})`;
  return scoped.replaceAll('(?P<', '(?<').replaceAll('\\A', '^').replaceAll('\\z', '$');
}
