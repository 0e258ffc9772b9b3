/** Reading values out of a ranged tree; what is absent, or null, is undefined. */
import { isNull } from './types.ts';
import type { YamlMap, YamlNode } from './tree.ts';

export type Step = string | number;

/** The value the steps lead to. */
export function valueAt(node: YamlNode | undefined, ...steps: readonly Step[]): YamlNode | undefined {
  let at = node;
  for (const step of steps) {
    if (at?.kind === 'map') at = at.entries.find(({ key }) => key === step)?.value;
    else at = at?.kind === 'list' && typeof step === 'number' ? at.items[step] : undefined;
  }
  return at === undefined || isNull(at) ? undefined : at;
}

export function textAt(node: YamlNode | undefined, ...steps: readonly Step[]): string | undefined {
  const value = scalarAt(node, ...steps);
  return typeof value === 'string' ? value : undefined;
}

export function numberAt(node: YamlNode | undefined, ...steps: readonly Step[]): number | undefined {
  const value = scalarAt(node, ...steps);
  return typeof value === 'number' ? value : undefined;
}

export function scalarAt(
  node: YamlNode | undefined,
  ...steps: readonly Step[]
): string | number | boolean | null | undefined {
  const value = valueAt(node, ...steps);
  return value?.kind === 'scalar' ? value.value : undefined;
}

/** The items of a list; none when there is no list. */
export function itemsAt(node: YamlNode | undefined, ...steps: readonly Step[]): readonly YamlNode[] {
  const value = valueAt(node, ...steps);
  return value?.kind === 'list' ? value.items : [];
}

/** The keys of a map whose values are not null. */
export function keysAt(node: YamlNode | undefined, ...steps: readonly Step[]): readonly string[] {
  const value = valueAt(node, ...steps);
  return value?.kind === 'map' ? value.entries.filter((entry) => !isNull(entry.value)).map(({ key }) => key) : [];
}

/** A map of strings, as labels are; what is no string is left out. */
export function stringsAt(node: YamlNode | undefined, ...steps: readonly Step[]): Map<string, string> {
  const value = valueAt(node, ...steps);
  const strings = new Map<string, string>();
  if (value?.kind !== 'map') return strings;
  for (const entry of value.entries)
    if (entry.value.kind === 'scalar' && typeof entry.value.value === 'string')
      strings.set(entry.key, entry.value.value);
  return strings;
}

/** The tree as plain values; maps have no prototype. Aliases are followed, so ask it of parts only. */
export function plainValue(node: YamlNode): unknown {
  if (node.kind === 'scalar') return node.value;
  if (node.kind === 'list') return node.items.map(plainValue);
  return plainMap(node);
}

export function plainMap(node: YamlMap): Record<string, unknown> {
  const map = Object.create(null) as Record<string, unknown>;
  for (const { key, value } of node.entries) map[key] = plainValue(value);
  return map;
}
