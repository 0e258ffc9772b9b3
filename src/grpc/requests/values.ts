/** Values of requests and answers: JSON out of YAML with every digit kept, paths into answers, and comparison. */
import { type JsonNode, JsonProblem, parseJson } from '../json.ts';
import type { YamlNode } from '../../core/yaml/tree.ts';

/** A JSON value whose whole numbers are texts where they are too large for a number. */
export type Value = null | boolean | number | string | readonly Value[] | { readonly [key: string]: Value };

/** The node as JSON text. Numbers stay as written; texts go through `expand`, as do keys. */
export async function jsonText(
  node: YamlNode,
  source: string,
  expand: (text: string) => Promise<string>,
): Promise<string> {
  switch (node.kind) {
    case 'list':
      return `[${(await Promise.all(node.items.map((item) => jsonText(item, source, expand)))).join(', ')}]`;
    case 'map': {
      const members = node.entries.map(
        async ({ key, value }) => `${JSON.stringify(await expand(key))}: ${await jsonText(value, source, expand)}`,
      );
      return `{${(await Promise.all(members)).join(', ')}}`;
    }
    case 'scalar': {
      if (typeof node.value === 'string') return JSON.stringify(await expand(node.value));
      const written = source.slice(node.range.start, node.range.end);
      if (node.type === 'integer' || node.type === 'float') {
        return /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/.test(written) ? written : numberText(Number(node.value));
      }
      return String(node.value);
    }
  }
}

/** What JSON has no number for is a text in protobuf's JSON. */
const numberText = (value: number): string => (Number.isFinite(value) ? String(value) : JSON.stringify(String(value)));

/** Undefined when the text is no JSON. */
export function valueOfJson(text: string): Value | undefined {
  try {
    return valueOf(parseJson(text));
  } catch (error) {
    if (error instanceof JsonProblem) return undefined;
    throw error;
  }
}

function valueOf(node: JsonNode): Value {
  switch (node.kind) {
    case 'object':
      return Object.fromEntries(node.members.map(({ key, value }) => [key, valueOf(value)]));
    case 'array':
      return node.items.map(valueOf);
    case 'number': {
      const value = Number(node.text);
      return Number.isInteger(value) && !Number.isSafeInteger(value) ? node.text : value;
    }
    case 'null':
      return null;
    default:
      return node.value;
  }
}

/** The value at a path such as `message.items[0].price`; undefined where there is none. `length` of lists is no member. */
export function valueAtPath(root: Value, path: string): Value | undefined {
  let at: Value | undefined = root;
  for (const step of stepsOf(path)) {
    if (at === null || typeof at !== 'object') return undefined;
    if (Array.isArray(at)) at = (at as readonly Value[])[Number(step)];
    else at = Object.hasOwn(at, step) ? (at as Record<string, Value>)[step] : undefined;
    if (at === undefined) return undefined;
  }
  return at;
}

/** `a.b[0]["c.d"]` → a, b, 0, c.d. */
function stepsOf(path: string): string[] {
  return [...path.matchAll(/\[(?:"([^"]*)"|(\d+))\]|([^.[\]]+)/g)].map(
    ([, quoted, index, name]) => quoted ?? index ?? name ?? '',
  );
}

/** Where the actual value does not hold the expected one: a path and both values; undefined when it does. */
export function difference(
  expected: Value,
  actual: Value | undefined,
  path: string,
): { readonly path: string; readonly expected: Value; readonly actual: Value | undefined } | undefined {
  if (Array.isArray(expected)) {
    const items = expected as readonly Value[];
    if (!Array.isArray(actual) || actual.length !== items.length) return { path, expected, actual };
    for (const [i, item] of items.entries()) {
      const found = difference(item, (actual as readonly Value[])[i], `${path}[${i}]`);
      if (found !== undefined) return found;
    }
    return undefined;
  }
  if (expected !== null && typeof expected === 'object') {
    if (actual === null || typeof actual !== 'object' || Array.isArray(actual)) return { path, expected, actual };
    for (const [key, value] of Object.entries(expected as Record<string, Value>)) {
      const own = Object.hasOwn(actual, key) ? (actual as Record<string, Value>)[key] : undefined;
      const found = difference(value, own, `${path}.${key}`);
      if (found !== undefined) return found;
    }
    return undefined;
  }
  return isSame(expected, actual) ? undefined : { path, expected, actual };
}

/** Numbers and their texts are the same: protobuf's JSON writes 64-bit integers as texts. A default may be left out. */
function isSame(expected: Value, actual: Value | undefined): boolean {
  if (actual === undefined) return expected === '' || expected === 0 || expected === false || expected === null || expected === '0'; // prettier-ignore
  if (typeof expected === 'object' || typeof actual === 'object') return expected === actual;
  return expected === actual || String(expected) === String(actual);
}

/** Short enough for a sentence. */
export function shown(value: Value | undefined): string {
  if (value === undefined) return '–';
  const text = JSON.stringify(value);
  return text.length > 120 ? `${text.slice(0, 119)}…` : text;
}
