/** YAML as a tree whose every node and key knows its place in the text. */
import type { LineIndex, Range } from './text.ts';

export type YamlNode = YamlMap | YamlList | YamlScalar;

interface Placed {
  /** Where the value stands. For an alias: the alias; what lies below stands where the anchor is. */
  readonly range: Range;
  /** More than one place of the document may lead here, through aliases. */
  readonly anchored?: true;
}

export interface YamlMap extends Placed {
  readonly kind: 'map';
  /** Own entries in the order of the text, duplicates included, then those a merge key (`<<`) brought in. */
  readonly entries: readonly YamlEntry[];
}

export interface YamlEntry {
  /** The key as JSON would have it: always a string. */
  readonly key: string;
  readonly keyRange: Range;
  readonly value: YamlNode;
}

export interface YamlList extends Placed {
  readonly kind: 'list';
  readonly items: readonly YamlNode[];
}

export type ScalarType = 'null' | 'boolean' | 'integer' | 'float' | 'string';

export interface YamlScalar extends Placed {
  readonly kind: 'scalar';
  readonly type: ScalarType;
  readonly value: string | number | boolean | null;
  readonly style: 'plain' | 'quoted' | 'block';
}

export type YamlProblemCode = 'syntax' | 'duplicate-key' | 'bad-alias' | 'too-deep' | 'too-large';

export interface YamlProblem {
  readonly code: YamlProblemCode;
  readonly range: Range;
  /** In the person's language. */
  readonly message: string;
}

export interface YamlDocument {
  /** Undefined when the document holds nothing. */
  readonly root: YamlNode | undefined;
  readonly problems: readonly YamlProblem[];
}

export interface YamlText {
  readonly text: string;
  readonly lines: LineIndex;
  readonly documents: readonly YamlDocument[];
}

/** The first entry with that key. */
export function entryOf(node: YamlNode | undefined, key: string): YamlEntry | undefined {
  return node?.kind === 'map' ? node.entries.find((entry) => entry.key === key) : undefined;
}

/** The value at a key when it is a string, as in `kind: Pod`. */
export function stringAt(node: YamlNode | undefined, key: string): string | undefined {
  const value = entryOf(node, key)?.value;
  return value?.kind === 'scalar' && typeof value.value === 'string' ? value.value : undefined;
}
