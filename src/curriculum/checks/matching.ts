/** Whether JSON that came is what was expected: more than that may be there, less may not. */
import type { IncomingHttpHeaders } from 'node:http';
import { t } from '../../core/l10n.ts';
import type { Json } from './templates.ts';

/** Where it differs, in words; undefined when it does not. */
export type Difference = string | undefined;

/** Tells whether a double gave this nonce. */
export type Claim = (double: string, nonce: string) => boolean;

/**
 * Objects need the expected fields, lists the expected elements in order, and nothing else counts. An object with one of
 * these fields stands for a value: `$matches` a regular expression, `$type` a kind of JSON, `$from` the nonce of a double,
 * `$length` a list or text of that length, `$not` anything that differs from what it holds. `$type: undefined`: it is not there.
 */
export function difference(expected: Json, got: unknown, claim: Claim, at = '$'): Difference {
  if (typeof expected !== 'object' || expected === null) {
    return Object.is(expected, got) ? undefined : t('{0} is {1}, not {2}', at, shown(got), shown(expected));
  }
  if (Array.isArray(expected)) {
    if (!Array.isArray(got)) return t('{0} is {1}, not a list', at, shown(got));
    if (got.length !== expected.length) return t('{0} has {1} elements, not {2}', at, got.length, expected.length);
    return first(expected.map((one: Json, i) => () => difference(one, got[i], claim, `${at}[${i}]`)));
  }
  const special = Object.entries(expected).find(([name]) => name.startsWith('$'));
  if (special !== undefined) return specially(special[0], special[1], got, claim, at);
  if (!isObject(got)) return t('{0} is {1}, not an object', at, shown(got));
  return first(
    Object.entries(expected).map(
      ([name, value]) =>
        () =>
          difference(value, got[name], claim, `${at}.${name}`),
    ),
  );
}

function specially(name: string, wanted: Json, got: unknown, claim: Claim, at: string): Difference {
  const holds = ((): boolean => {
    switch (name) {
      case '$matches':
        return typeof got === 'string' && typeof wanted === 'string' && new RegExp(wanted, 'u').test(got);
      case '$type':
        return (Array.isArray(got) ? 'array' : got === null ? 'null' : typeof got) === wanted;
      case '$from':
        return typeof got === 'string' && typeof wanted === 'string' && claim(wanted, got);
      case '$not':
        return difference(wanted, got, claim) !== undefined;
      case '$length':
        return (Array.isArray(got) || typeof got === 'string') && got.length === wanted;
      default:
        return false;
    }
  })();
  if (holds) return undefined;
  switch (name) {
    case '$from':
      return t('{0} is {1}, which {2} did not answer now', at, shown(got), shown(wanted));
    case '$not':
      return t('{0} is {1}, as it should not be', at, shown(got));
    default:
      return wanted === 'undefined'
        ? t('{0} is {1} and should not be there', at, shown(got))
        : t('{0} is {1}, not {2}', at, shown(got), inWords(name, wanted));
  }
}

/** What is expected, as JSON with words where a field of ours stands for a value. */
export function expectedText(expected: Json): string {
  if (typeof expected !== 'object' || expected === null) return JSON.stringify(expected);
  if (Array.isArray(expected)) return `[${expected.map((one: Json) => expectedText(one)).join(',')}]`;
  const [special] = Object.entries(expected).filter(([name]) => name.startsWith('$'));
  if (special !== undefined) return inWords(...special);
  const fields = Object.entries(expected).map(([name, value]) => `${JSON.stringify(name)}:${expectedText(value)}`);
  return `{${fields.join(',')}}`;
}

function inWords(name: string, wanted: Json): string {
  const value = typeof wanted === 'string' ? wanted : expectedText(wanted);
  switch (name) {
    case '$matches':
      return t('what matches {0}', value);
    case '$type':
      return value === 'undefined' ? t('nothing') : t('any {0}', value);
    case '$from':
      return t('what {0} answers now', value);
    case '$not':
      return t('anything but {0}', expectedText(wanted));
    default:
      return t('{0} of them', value);
  }
}

function first(looks: readonly (() => Difference)[]): Difference {
  for (const look of looks) {
    const found = look();
    if (found !== undefined) return found;
  }
  return undefined;
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const shown = (value: unknown): string =>
  value === undefined ? t('missing') : JSON.stringify(value).slice(0, 120);

/** The header that is not like its regular expression, in words. */
export function headersDiffer(
  got: IncomingHttpHeaders,
  patterns: Readonly<Record<string, string>>,
  fill: (pattern: string) => string,
): Difference {
  for (const [name, pattern] of Object.entries(patterns)) {
    const value = [got[name.toLowerCase()] ?? ''].flat().join(', ');
    if (!new RegExp(fill(pattern), 'u').test(value)) return t('the header {0} is "{1}"', name, value);
  }
  return undefined;
}
