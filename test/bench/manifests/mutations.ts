/** Single mistakes made in manifests that a server takes. What is wrong with them the server says. */
import { replaceRanges } from '../../../src/core/yaml/edit.ts';
import { parseYaml } from '../../../src/core/yaml/parse.ts';
import type { YamlEntry, YamlNode, YamlScalar } from '../../../src/core/yaml/tree.ts';

export type Random = (below: number) => number;

/** A small generator (mulberry32): the printed seed repeats a run. */
export function randomOf(seed: number): Random {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

interface Places {
  readonly entries: YamlEntry[];
  readonly scalars: YamlScalar[];
  readonly items: YamlNode[];
}

function placesIn(node: YamlNode, found: Places = { entries: [], scalars: [], items: [] }): Places {
  if (node.kind === 'scalar') found.scalars.push(node);
  else if (node.kind === 'list') {
    for (const item of node.items) {
      found.items.push(item);
      placesIn(item, found);
    }
  } else {
    for (const entry of node.entries) {
      found.entries.push(entry);
      placesIn(entry.value, found);
    }
  }
  return found;
}

const pick = <T>(list: readonly T[], random: Random): T | undefined => list[random(list.length || 1)];

/** Each makes one mistake somewhere, or returns undefined where its mistake has no place. */
export const mutations: Readonly<Record<string, (text: string, places: Places, random: Random) => string | undefined>> =
  {
    'a key misspelt': (text, { entries }, random) => {
      const entry = pick(entries, random);
      if (entry === undefined || entry.key.length < 3) return undefined;
      const at = entry.keyRange.start + 1 + random(entry.key.length - 2);
      return text.slice(0, at) + text[at + 1] + text[at] + text.slice(at + 2);
    },
    'a field left out': (text, { entries }, random) => {
      const entry = pick(
        entries.filter(({ value }) => value.kind === 'scalar' && value.style === 'plain'),
        random,
      );
      if (entry === undefined) return undefined;
      const [start, end] = [
        text.lastIndexOf('\n', entry.keyRange.start) + 1,
        text.indexOf('\n', entry.value.range.end) + 1,
      ];
      const alone = text.slice(start, entry.keyRange.start).trim() === '' && end > 0;
      return alone ? text.slice(0, start) + text.slice(end) : undefined;
    },
    'a number for a text': (text, { scalars }, random) => {
      const scalar = pick(
        scalars.filter(({ type }) => type === 'string'),
        random,
      );
      return scalar && replaceRanges(text, [{ range: scalar.range, text: String(random(1000)) }]);
    },
    'a text for a number': (text, { scalars }, random) => {
      const scalar = pick(
        scalars.filter(({ type }) => type === 'integer'),
        random,
      );
      return scalar && replaceRanges(text, [{ range: scalar.range, text: 'many' }]);
    },
    'another word': (text, { scalars }, random) => {
      const scalar = pick(
        scalars.filter(({ value }) => /^[A-Z][A-Za-z]+$/.test(String(value))),
        random,
      );
      return scalar && replaceRanges(text, [{ range: scalar.range, text: `${String(scalar.value)}x` }]);
    },
    'a map for a list': (text, { entries }, random) => {
      const entry = pick(
        entries.filter(({ value }) => value.kind === 'list'),
        random,
      );
      return entry && replaceRanges(text, [{ range: entry.value.range, text: '{a: b}\n' }]);
    },
    'a quantity misspelt': (text, { scalars }, random) => {
      const scalar = pick(
        scalars.filter(({ value }) => /^\d+(?:[KMG]i|m)$/.test(String(value))),
        random,
      );
      return scalar && replaceRanges(text, [{ range: scalar.range, text: `${String(scalar.value)}b` }]);
    },
    'a number far too large': (text, { scalars }, random) => {
      const scalar = pick(
        scalars.filter(({ type }) => type === 'integer'),
        random,
      );
      return scalar && replaceRanges(text, [{ range: scalar.range, text: '99999999999' }]);
    },
    'a key twice': (text, { entries }, random) => {
      const entry = pick(
        entries.filter(({ value }) => value.kind === 'scalar' && value.style === 'plain'),
        random,
      );
      if (entry === undefined) return undefined;
      const [start, end] = [
        text.lastIndexOf('\n', entry.keyRange.start) + 1,
        text.indexOf('\n', entry.value.range.end) + 1,
      ];
      const alone = text.slice(start, entry.keyRange.start).trim() === '' && end > 0;
      return alone ? text.slice(0, end) + text.slice(start, end) + text.slice(end) : undefined;
    },
    'an item twice': (text, { items }, random) => {
      const item = pick(
        items.filter(({ kind }) => kind === 'map'),
        random,
      );
      if (item === undefined) return undefined;
      const start = text.lastIndexOf('\n', item.range.start) + 1;
      const lead = text.slice(start, item.range.start);
      const own = text.slice(item.range.start, item.range.end);
      return /^ *- +$/.test(lead) && own.endsWith('\n')
        ? text.slice(0, item.range.end) + lead + own + text.slice(item.range.end)
        : undefined;
    },
  };

/** The text with one mistake of a class; undefined where it has no place. */
export function mutate(text: string, kind: string, random: Random): string | undefined {
  const root = parseYaml(text, 'yaml1.1').documents[0]?.root;
  return root && mutations[kind]!(text, placesIn(root), random);
}
