/** What stands at a place in a text, also while the line is half typed. */
import { parseYaml } from './parse.ts';
import type { ScalarRules } from './scalars.ts';
import type { Range } from './text.ts';
import type { YamlDocument, YamlNode } from './tree.ts';
import type { Step } from './read.ts';

export interface Cursor {
  readonly document: YamlDocument;
  /** Of the map or list that holds the cursor. */
  readonly steps: readonly Step[];
  readonly parent: YamlNode | undefined;
  /** A key is being written, the value of a key or item, or either: `- wor` may become both. */
  readonly writes: 'key' | 'value' | 'either';
  /** The key whose value it is. */
  readonly key?: string;
  /** The word under the cursor: what a completion replaces. */
  readonly word: Range;
  /** A colon follows the word already. */
  readonly hasColon: boolean;
}

/** Stands for the word being written while the text is read; no manifest holds it. */
const marker = 'gantry0cursor0';
const before = /[^\s{}[\],:#&*'"|>]*$/;
const after = /^[^\s{}[\],:#'"]*/;

/** The place being written at an offset; undefined inside comments, quotes and block text. */
export function cursorAt(text: string, offset: number, rules: ScalarRules): Cursor | undefined {
  const lineStart = text.lastIndexOf('\n', offset - 1) + 1;
  const line = text.slice(lineStart, offset);
  const start = offset - (before.exec(line)?.[0].length ?? 0);
  const end = offset + (after.exec(text.slice(offset, offset + 1024))?.[0].length ?? 0);
  const lead = text.slice(lineStart, start);
  if (/(?:^|\s)#|["']$/.test(lead)) return undefined;
  const rest = text.slice(end, text.indexOf('\n', end) < 0 ? text.length : text.indexOf('\n', end));
  const hasColon = /^[\t ]*:(?:\s|$)/.test(rest);
  const isValue = /:[\t ]+$/.test(lead) && !hasColon;
  const inBrackets = /^[\t ]*[,}\]]/.test(rest);
  const item = /^[\t ]*(?:-[\t ]+)+$/.test(lead);
  const written = isValue || hasColon || (inBrackets && /\[[^{}]*$/.test(lead)) ? marker : `${marker}: ${marker}`;
  const document = parseYaml(text.slice(0, start) + written + text.slice(end), rules).documents.find(({ root }) =>
    root === undefined ? false : contains(root, start),
  );
  const found = document?.root && find(document.root, []);
  if (document === undefined || found === undefined) return undefined;
  const writes = isValue ? 'value' : item && !hasColon ? 'either' : found.key === undefined ? 'key' : 'value';
  return { document, ...found, writes, word: { start, end }, hasColon };
}

const contains = (node: YamlNode, offset: number): boolean => node.range.start <= offset && offset <= node.range.end;

type Found = Pick<Cursor, 'steps' | 'parent'> & { key?: string };

/** The map that has the marker for a key, or what holds the marker as its value. */
function find(node: YamlNode, steps: readonly Step[]): Found | undefined {
  if (node.kind === 'map') {
    for (const { key, value } of node.entries) {
      if (key === marker) return { steps, parent: node };
      if (value.kind === 'scalar' && value.value === marker) return { steps, parent: node, key };
      const below = value.anchored ? undefined : find(value, [...steps, key]);
      if (below !== undefined) return below;
    }
  } else if (node.kind === 'list') {
    for (const [index, item] of node.items.entries()) {
      if (item.kind === 'scalar' && item.value === marker) return { steps: [...steps, index], parent: node, key: '' };
      const below = item.anchored ? undefined : find(item, [...steps, index]);
      if (below !== undefined) return below;
    }
  }
  return undefined;
}

/** The keys a person has written in the map, without the one being written. */
export const writtenKeys = (parent: YamlNode | undefined): Set<string> =>
  new Set(parent?.kind === 'map' ? parent.entries.map(({ key }) => key).filter((key) => key !== marker) : []);

/** The entry whose key, or one-line value, holds the offset, with the steps to it. */
export function entryAt(
  node: YamlNode | undefined,
  offset: number,
  steps: readonly Step[] = [],
): { readonly steps: readonly Step[]; readonly range: Range; readonly onKey: boolean } | undefined {
  if (node?.kind === 'list') {
    for (const [index, item] of node.items.entries()) {
      const below = contains(item, offset) ? entryAt(item, offset, [...steps, index]) : undefined;
      if (below !== undefined) return below;
    }
  } else if (node?.kind === 'map') {
    for (const { key, keyRange, value } of node.entries) {
      if (keyRange.start <= offset && offset <= keyRange.end)
        return { steps: [...steps, key], range: keyRange, onKey: true };
      if (!contains(value, offset)) continue;
      const below = entryAt(value, offset, [...steps, key]);
      if (below !== undefined) return below;
      if (value.kind === 'scalar') return { steps: [...steps, key], range: value.range, onKey: false };
    }
  }
  return undefined;
}
