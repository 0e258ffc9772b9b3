/** What an unquoted word means. The two YAML versions in use differ in it. */
import type { ScalarType } from './tree.ts';

/**
 * `yaml1.1`: as Kubernetes reads it (go.yaml.in/yaml/v2, `resolve.go`): `yes`, `on`, `y` are booleans, `0777` is octal,
 * base-60 numbers and dates are strings. `yaml1.2`: the core schema of YAML 1.2.
 */
export type ScalarRules = 'yaml1.1' | 'yaml1.2';

export interface Resolved {
  readonly type: ScalarType;
  readonly value: string | number | boolean | null;
}

const nulls = new Set(['', '~', 'null', 'Null', 'NULL']);
const wordsBoth: readonly (readonly [boolean, readonly string[]])[] = [
  [true, ['true', 'True', 'TRUE']],
  [false, ['false', 'False', 'FALSE']],
];
const wordsOld: readonly (readonly [boolean, readonly string[]])[] = [
  [true, ['y', 'Y', 'yes', 'Yes', 'YES', 'on', 'On', 'ON']],
  [false, ['n', 'N', 'no', 'No', 'NO', 'off', 'Off', 'OFF']],
];
const booleans = {
  'yaml1.2': new Map(wordsBoth.flatMap(([value, words]) => words.map((word) => [word, value] as const))),
  'yaml1.1': new Map(
    [...wordsBoth, ...wordsOld].flatMap(([value, words]) => words.map((word) => [word, value] as const)),
  ),
};
const specialFloat = /^(?:[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/;
const float = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/;
const integer = {
  'yaml1.2': /^(?:[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+)$/,
  'yaml1.1': /^[-+]?(?:0|[1-9][0-9]*|0[oO]?[0-7]+|0[xX][0-9a-fA-F]+|0[bB][01]+)$/,
};

/** The meaning of a plain (unquoted) scalar. */
export function resolvePlain(text: string, rules: ScalarRules): Resolved {
  if (nulls.has(text)) return { type: 'null', value: null };
  const boolean = booleans[rules].get(text);
  if (boolean !== undefined) return { type: 'boolean', value: boolean };
  return resolveNumber(text, rules) ?? { type: 'string', value: text };
}

function resolveNumber(text: string, rules: ScalarRules): Resolved | undefined {
  if (!/^[-+.0-9]/.test(text)) return undefined;
  if (specialFloat.test(text)) return { type: 'float', value: infinityOrNaN(text) };
  const digits = rules === 'yaml1.1' && /^[-+0-9]/.test(text) ? text.replaceAll('_', '') : text;
  if (integer[rules].test(digits)) return { type: 'integer', value: integerValue(digits, rules) };
  return float.test(digits) ? { type: 'float', value: Number(digits) } : undefined;
}

function infinityOrNaN(text: string): number {
  if (!text.toLowerCase().endsWith('inf')) return Number.NaN;
  return text.startsWith('-') ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
}

function integerValue(digits: string, rules: ScalarRules): number {
  const sign = digits.startsWith('-') ? -1 : 1;
  const unsigned = digits.replace(/^[-+]/, '');
  const octal = rules === 'yaml1.1' && /^0[0-7]/.test(unsigned);
  return sign * Number(octal ? `0o${unsigned.slice(1)}` : unsigned);
}
