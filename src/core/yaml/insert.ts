/** Writing a field into a map of a text, in the style the map is written in. */
import { isNull } from './types.ts';
import type { Replacement } from './schema.ts';
import type { YamlMap } from './tree.ts';

/** A value to write: a scalar as it stands in YAML, a list of them, or a map. */
export type Written = string | readonly Written[] | { readonly [key: string]: Written };

/** Adds a field; undefined where there is no safe place for it. The map must not have the field yet. */
export function inserted(text: string, map: YamlMap, key: string, value: Written): Replacement | undefined {
  const first = map.entries[0];
  if (first === undefined || map.anchored) return undefined;
  if (text[map.range.start] === '{') {
    const at = map.entries.at(-1)!.value.range.end;
    return { range: { start: at, end: at }, text: `, ${key}: ${flow(value)}` };
  }
  const column = first.keyRange.start - (text.lastIndexOf('\n', first.keyRange.start - 1) + 1);
  const lines = block(key, value, ' '.repeat(column));
  // After a field of one line when there is one: in front of the first the dash of an item would move.
  const before = map.entries.findLast(
    ({ keyRange, value: { kind, range } }) =>
      kind === 'scalar' && range.end > keyRange.end && !text.slice(keyRange.start, range.end).includes('\n'),
  );
  if (before === undefined || isNull(before.value)) {
    return {
      range: { start: first.keyRange.start, end: first.keyRange.start },
      text: `${lines.trimStart()}\n${' '.repeat(column)}`,
    };
  }
  const newline = text.indexOf('\n', before.value.range.end);
  const at = newline < 0 ? text.length : newline;
  return { range: { start: at, end: at }, text: `\n${lines}` };
}

/** Another value in the place of a map, in the style the map is written in; undefined where others share it. */
export function written(
  text: string,
  map: YamlMap,
  value: { readonly [key: string]: Written },
): Replacement | undefined {
  if (map.anchored || map.entries.length === 0) return undefined;
  const [first, last] = [map.entries[0]!, map.entries.at(-1)!];
  if (text[map.range.start] === '{') return { range: map.range, text: flow(value) };
  const column = first.keyRange.start - (text.lastIndexOf('\n', first.keyRange.start - 1) + 1);
  const lines = Object.entries(value).map(([key, own]) => block(key, own, ' '.repeat(column)));
  return { range: { start: first.keyRange.start, end: last.value.range.end }, text: lines.join('\n').trimStart() };
}

function block(key: string, value: Written, indent: string): string {
  if (typeof value === 'string') return `${indent}${key}: ${value}`;
  if (Array.isArray(value)) return `${indent}${key}: ${flow(value)}`;
  return `${indent}${key}:\n${Object.entries(value)
    .map(([name, own]) => block(name, own, `${indent}  `))
    .join('\n')}`;
}

function flow(value: Written): string {
  if (typeof value === 'string') return value;
  if (Array.isArray(value)) return `[${value.map((item) => flow(item as Written)).join(', ')}]`;
  return `{${Object.entries(value)
    .map(([name, own]) => `${name}: ${flow(own)}`)
    .join(', ')}}`;
}
