/** Text into ranged trees, with everything that is wrong in it reported and nothing thrown. */
import {
  Composer,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  Parser,
  type YAMLMap,
} from 'yaml';
import { t } from '../l10n.ts';
import { parsePlain } from './plainParse.ts';
import { resolvePlain, type Resolved, type ScalarRules } from './scalars.ts';
import { describeSyntaxError } from './syntaxErrors.ts';
import { LineIndex, quoted, type Range } from './text.ts';
import type {
  YamlDocument,
  YamlEntry,
  YamlMap,
  YamlNode,
  YamlProblem,
  YamlProblemCode,
  YamlScalar,
  YamlText,
} from './tree.ts';

/** Far deeper than any manifest; the readers of this tree recurse. */
const deepest = 200;
/** More brackets than a person opens in a line with none closing between; the library would take seconds to read them. */
const mostOpened = 5_000;
/** Entries that merge keys may copy within one document: bounds what `<<` of `<<` can multiply. */
const mostMerged = 100_000;
/** Per document: a file of another language would else yield one for every line. */
const mostProblems = 100;

/** What YAML allows in no place, and go-yaml refuses: control characters but tabs and line ends, and non-characters. */
// oxlint-disable-next-line no-control-regex
const forbidden = /[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]/;

/** Parses every document of the text. Never throws; bounded in depth and in what aliases and merges multiply. */
export function parseYaml(text: string, rules: ScalarRules): YamlText {
  const plain = parsePlain(text, rules);
  return plain === undefined ? parseWhole(text, rules) : { text, lines: new LineIndex(text), documents: plain };
}

/** With all of YAML in mind, and what Go's parser takes beside it. */
export function parseWhole(text: string, rules: ScalarRules): YamlText {
  const read = parseStrictly(text, rules);
  const isWrong = read.documents.some(({ problems }) => problems.some(({ code }) => code === 'syntax'));
  const joined = isWrong ? withJoinedQuotes(text) : text;
  if (joined === text) return read;
  const { documents } = parseStrictly(joined, rules);
  return documents.every(({ problems }) => problems.length === 0) ? { ...read, documents } : read;
}

/**
 * Quoted text may go on at any indentation for Go's parser, whose printer wrote it at that of its key for years, but in
 * YAML only further in. The line ends in it become spaces, so that everything stays where it is; the value has some
 * spaces more.
 */
function withJoinedQuotes(text: string): string {
  const opens = /^(?<lead> *(?:- +)*)[\w.$-]+: +(?<quoted>'(?:[^']|'')*'|"(?:[^"\\]|\\.)*")[ \t]*$/gm;
  return text.replace(opens, (whole, lead: string, quoted: string) => {
    const below = quoted
      .split('\n')
      .slice(1)
      .filter((line) => line.trim() !== '');
    const least = Math.min(...below.map((line) => /^ */.exec(line)![0].length));
    const isCut = below.some((line) => /^(?:---|\.\.\.)(?:\s|$)/.test(line));
    return !isCut && least <= lead.length ? whole.replaceAll('\n', ' ') : whole;
  });
}

function parseStrictly(text: string, rules: ScalarRules): YamlText {
  const documents: YamlDocument[] = [];
  const start = hopelessAt(text);
  if (start !== undefined) {
    documents.push({ root: undefined, problems: [tooDeep({ start, end: start + 1 })] });
    return { text, lines: new LineIndex(text), documents };
  }
  // Keys are compared in `Reader`: the library's own check takes quadratic time. `failsafe` leaves scalars as text.
  const composer = new Composer({ uniqueKeys: false, schema: 'failsafe', prettyErrors: false, logLevel: 'silent' });
  let end = 0;
  try {
    for (const document of composer.compose(new Parser().parse(text), true, text.length)) {
      end = document.range[2];
      documents.push(new Reader(text, rules).read(document));
    }
  } catch (error) {
    // The library recurses and mostly reports a full stack itself; what slips through is one of these (a SyntaxError from
    // the engine's regular expressions).
    if (!(error instanceof RangeError || error instanceof SyntaxError)) throw error;
    documents.push({ root: undefined, problems: [tooDeep({ start: end, end: Math.min(end + 1, text.length) })] });
  }
  return { text, lines: new LineIndex(text), documents };
}

/** Where a line begins to open brackets without end. */
function hopelessAt(text: string): number | undefined {
  let [opened, start] = [0, 0];
  for (let i = 0; i < text.length; i++) {
    const character = text[i];
    if (character === '[' || character === '{') {
      if (opened++ === 0) start = i;
      if (opened > mostOpened) return start;
    } else if (character === ']' || character === '}' || character === '\n') opened = 0;
  }
  return undefined;
}

const tooDeep = (range: Range): YamlProblem => ({
  code: 'too-deep',
  range,
  message: t('Nested more than {0} levels deep; nothing below this is checked.', deepest),
});

/** Reads one document of the library into our tree. */
class Reader {
  readonly #text: string;
  readonly #rules: ScalarRules;
  readonly #anchors = new Map<string, YamlNode>();
  readonly #problems: YamlProblem[] = [];
  #merged = 0;

  constructor(text: string, rules: ScalarRules) {
    this.#text = text;
    this.#rules = rules;
  }

  read(document: Document.Parsed): YamlDocument {
    for (const error of document.errors) {
      if (this.#problems.length >= mostProblems) break;
      const range = this.#clip(error.pos[0], error.pos[1]);
      if (error.code === 'RESOURCE_EXHAUSTION') this.#tooDeep(range);
      else this.#report('syntax', range, describeSyntaxError(error));
    }
    this.#characters(document.range[0], document.range[2]);
    const empty = document.contents === null || (isScalar(document.contents) && document.contents.source === '');
    const root = empty ? undefined : this.#node(document.contents, document.range[0], 0);
    return { root, problems: this.#problems };
  }

  #characters(start: number, end: number): void {
    const at = this.#text.slice(start, end).search(forbidden);
    if (at < 0) return;
    const code = this.#text
      .charCodeAt(start + at)
      .toString(16)
      .toUpperCase()
      .padStart(4, '0');
    const range = { start: start + at, end: start + at + 1 };
    this.#report('syntax', range, t('The character U+{0} is not allowed in YAML.', code));
  }

  #report(code: YamlProblemCode, range: Range, message: string): void {
    if (this.#problems.length < mostProblems) this.#problems.push({ code, range, message });
  }

  /** Once: it says that nothing more is known, and each level would say it again. */
  #tooDeep({ start, end }: Range): void {
    const already = this.#problems.some(({ code }) => code === 'too-deep');
    if (!already) this.#problems.push(tooDeep({ start, end: Math.min(start + 1, end) }));
  }

  #clip(start: number, end: number): Range {
    const from = Math.min(start, this.#text.length);
    return { start: from, end: Math.min(Math.max(end, from), this.#text.length) };
  }

  #rangeOf(node: Node, at: number): Range {
    return node.range ? this.#clip(node.range[0], node.range[1]) : this.#clip(at, at);
  }

  #node(node: Node | null, at: number, depth: number): YamlNode {
    if (node === null) return emptyScalar(this.#clip(at, at));
    const range = this.#rangeOf(node, at);
    if (depth > deepest) {
      this.#tooDeep(range);
      return emptyScalar(range);
    }
    if (isAlias(node)) return this.#alias(node.source, range);
    const anchor = (isScalar(node) || isMap(node) || isSeq(node)) && node.anchor;
    const read = this.#plainNode(node, range, depth);
    if (!anchor) return read;
    const anchored: YamlNode = { ...read, anchored: true };
    this.#anchors.set(anchor, anchored);
    return anchored;
  }

  #plainNode(node: Node, range: Range, depth: number): YamlNode {
    if (isMap(node)) return this.#map(node as YAMLMap<Node, Node | null>, range, depth);
    if (isSeq(node)) {
      const items = node.items.map((item) => this.#node(item as Node | null, range.end, depth + 1));
      return { kind: 'list', range, items };
    }
    if (isScalar(node)) return this.#scalar(node.source ?? '', node.type, node.tag, range);
    return emptyScalar(range);
  }

  #scalar(source: string, type: string | undefined, tag: string | undefined, range: Range): YamlScalar {
    const style = type === 'PLAIN' || type === undefined ? 'plain' : type.startsWith('QUOTE') ? 'quoted' : 'block';
    const resolved: Resolved =
      style === 'plain' && (tag === undefined || resolvedTags.has(tag))
        ? resolvePlain(source, this.#rules)
        : { type: 'string', value: source };
    return { kind: 'scalar', range, style, ...resolved };
  }

  #alias(name: string, range: Range): YamlNode {
    const target = this.#anchors.get(name);
    if (target !== undefined) return { ...target, range };
    this.#report('bad-alias', range, t('There is no anchor "{0}" before this alias.', quoted(name)));
    return emptyScalar(range);
  }

  #map(node: YAMLMap<Node, Node | null>, range: Range, depth: number): YamlMap {
    const entries: YamlEntry[] = [];
    const merges: YamlNode[] = [];
    const keys = new Set<string>();
    for (const pair of node.items) {
      const entry = this.#entry(pair, range, depth);
      if (entry.key === '<<' && isScalar(pair.key) && pair.key.type === 'PLAIN') {
        merges.push(entry.value);
        continue;
      }
      if (keys.has(entry.key)) {
        this.#report('duplicate-key', entry.keyRange, t('The key "{0}" is already in this map.', quoted(entry.key)));
      }
      keys.add(entry.key);
      entries.push(entry);
    }
    for (const merge of merges) this.#merge(merge, keys, entries);
    return { kind: 'map', range, entries };
  }

  #entry(pair: Pair<Node, Node | null>, map: Range, depth: number): YamlEntry {
    const keyRange = pair.key ? this.#rangeOf(pair.key, map.start) : { start: map.start, end: map.start };
    return { key: this.#key(pair.key, keyRange), keyRange, value: this.#node(pair.value, keyRange.end, depth + 1) };
  }

  /** JSON keys are strings: `8080:` is "8080", and a key that is no scalar is its source text. */
  #key(node: Node | null, range: Range): string {
    if (!isScalar(node)) return this.#text.slice(range.start, range.end);
    const scalar = this.#scalar(node.source ?? '', node.type, node.tag, range);
    if (node.anchor) this.#anchors.set(node.anchor, scalar);
    return String(scalar.value);
  }

  /**
   * `<<: *base` and `<<: [*a, *b]`: keys that are not there yet come in, the first source wins. That an own key wins is
   * no duplicate: go-yaml's strict mode says so, but clients send JSON, and there it is settled.
   */
  #merge(from: YamlNode, keys: Set<string>, entries: YamlEntry[]): void {
    if (from.kind === 'list') for (const item of from.items) this.#merge(item, keys, entries);
    if (from.kind !== 'map') return;
    if (this.#merged + from.entries.length > mostMerged) {
      this.#report(
        'too-large',
        from.range,
        t('Merge keys copy more than {0} entries; the rest is not checked.', mostMerged),
      );
      return;
    }
    this.#merged += from.entries.length;
    for (const entry of from.entries) {
      if (keys.has(entry.key)) continue;
      keys.add(entry.key);
      entries.push(entry.value.anchored ? entry : { ...entry, value: { ...entry.value, anchored: true } });
    }
  }
}

const resolvedTags = new Set(['int', 'float', 'bool', 'null'].map((name) => `tag:yaml.org,2002:${name}`));

const emptyScalar = (range: Range): YamlScalar => ({
  kind: 'scalar',
  range,
  type: 'null',
  value: null,
  style: 'plain',
});
