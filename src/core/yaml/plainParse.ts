/**
 * The everyday part of YAML, read in one pass: block maps and lists, flow collections on one line, plain and quoted text,
 * block text. Four fifths of the time to judge a manifest went into reading it with all of YAML in
 * mind. Whatever is not everyday (anchors, tags, folded block text, a mistake) is left to the whole parser: then
 * there is no answer here. A test compares both on thousands of files and of random edits.
 */
import { resolvePlain, type ScalarRules } from './scalars.ts';
import type { YamlDocument, YamlEntry, YamlNode, YamlScalar } from './tree.ts';

/** Thrown, and caught below, where the whole parser is needed. */
class NotPlain extends Error {}
const notPlain = new NotPlain();

/** Control characters, carriage returns, tabs and the byte order mark need more care. */
// oxlint-disable-next-line no-control-regex
const unusual = /[\0-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]/;
const deepest = 100;

/** The documents of the text; undefined when the whole parser has to read it. */
export function parsePlain(text: string, rules: ScalarRules): YamlDocument[] | undefined {
  if (unusual.test(text)) return undefined;
  try {
    return new PlainReader(text, rules).documents();
  } catch (error) {
    if (error === notPlain) return undefined;
    throw error;
  }
}

interface Line {
  readonly start: number;
  readonly indent: number;
  /** After the last character that is not space. */
  readonly end: number;
  /** Where the next line starts, or the text ends. */
  readonly next: number;
}

class PlainReader {
  readonly #text: string;
  readonly #rules: ScalarRules;
  /** Where the next line to be read starts. */
  #at = 0;
  #line: Line | undefined;

  constructor(text: string, rules: ScalarRules) {
    this.#text = text;
    this.#rules = rules;
    this.#advance();
  }

  documents(): YamlDocument[] {
    const documents: YamlDocument[] = [];
    let open = false;
    for (;;) {
      const line = this.#line;
      if (line === undefined) break;
      if (this.#isMarker(line)) {
        // What follows a marker of two documents without content between is an empty document.
        if (open) documents.push({ root: undefined, problems: [] });
        open = true;
        this.#advance();
        continue;
      }
      if (line.indent !== 0) throw notPlain;
      documents.push({ root: this.#block(line.indent, 0), problems: [] });
      open = false;
      if (this.#line !== undefined && !this.#isMarker(this.#line)) throw notPlain;
    }
    if (open || documents.length === 0) throw notPlain;
    return documents;
  }

  #isMarker({ start, end, indent }: Line): boolean {
    if (indent !== 0 || !this.#text.startsWith('---', start)) return false;
    if (end !== start + 3) throw notPlain;
    return true;
  }

  /** To the next line with content. */
  #advance(): void {
    const text = this.#text;
    let start = this.#at;
    let comment = 0;
    while (start < text.length) {
      let indent = start;
      while (text.charCodeAt(indent) === 32) indent++;
      const newline = text.indexOf('\n', indent);
      const stop = newline < 0 ? text.length : newline;
      const next = newline < 0 ? stop : newline + 1;
      const first = text.charCodeAt(indent);
      if (indent === stop || first === 35) {
        if (first === 35) comment = Math.max(comment, indent - start);
        start = next;
        continue;
      }
      if (indent === start && (first === 37 || text.startsWith('...', start))) throw notPlain;
      // A comment further in than what follows belongs to what is before, and makes it longer.
      if (comment > indent - start) throw notPlain;
      let end = stop;
      while (text.charCodeAt(end - 1) === 32) end--;
      this.#at = next;
      this.#line = { start: indent, indent: indent - start, end, next };
      return;
    }
    if (comment > 0) throw notPlain;
    this.#at = start;
    this.#line = undefined;
  }

  /** A map or list whose entries stand at the column. */
  #block(column: number, depth: number): YamlNode {
    if (depth > deepest) throw notPlain;
    const line = this.#line!;
    return this.#isItem(line.start) ? this.#list(column, depth) : this.#map(column, depth);
  }

  #isItem(at: number): boolean {
    const next = this.#text.charCodeAt(at + 1);
    return this.#text.charCodeAt(at) === 45 && (next === 32 || next === 10 || Number.isNaN(next));
  }

  #list(column: number, depth: number): YamlNode {
    const items: YamlNode[] = [];
    const start = this.#line!.start;
    let end = start;
    for (
      let line = this.#line;
      line !== undefined && line.indent === column && this.#isItem(line.start);
      line = this.#line
    ) {
      let at = line.start + 1;
      while (this.#text.charCodeAt(at) === 32) at++;
      if (at >= line.end || this.#text.charCodeAt(at) === 35) throw notPlain; // The item stands on the next line.
      const inner = column + (at - line.start);
      if (this.#isItem(at) || this.#keyEnd(at, line.end) !== undefined) {
        // What follows the dash is the first line of the item.
        this.#line = { ...line, start: at, indent: inner };
        items.push(this.#block(inner, depth + 1));
        end = this.#blockEnd;
      } else {
        items.push(this.#value(at, line, column, depth));
        end = this.#blockEnd;
      }
    }
    if (this.#line !== undefined && this.#line.indent > column) throw notPlain;
    this.#blockEnd = end;
    return { kind: 'list', range: { start, end }, items };
  }

  /** Where the last value that was read ends, the end of its line included: where its collection ends, too. */
  #blockEnd = 0;

  #map(column: number, depth: number): YamlNode {
    const entries: YamlEntry[] = [];
    const keys = new Set<string>();
    const start = this.#line!.start;
    let end = start;
    for (
      let line = this.#line;
      line !== undefined && line.indent === column && !this.#isMarker(line);
      line = this.#line
    ) {
      const keyEnd = this.#keyEnd(line.start, line.end);
      if (keyEnd === undefined) {
        if (this.#isItem(line.start)) break;
        throw notPlain;
      }
      const keyRange = { start: line.start, end: keyEnd };
      const key = this.#key(keyRange.start, keyRange.end);
      if (keys.has(key) || key === '<<') throw notPlain;
      keys.add(key);
      let at = keyEnd + 1;
      while (at < line.end && this.#text.charCodeAt(at) === 32) at++;
      const value =
        at >= line.end || this.#text.charCodeAt(at) === 35
          ? this.#below(line, keyEnd + 1, column, depth)
          : this.#value(at, line, column, depth);
      end = this.#blockEnd;
      entries.push({ key, keyRange, value });
    }
    if (this.#line !== undefined && this.#line.indent > column) throw notPlain;
    this.#blockEnd = end;
    return { kind: 'map', range: { start, end }, entries };
  }

  /** What stands on the lines after a key; nothing is null. */
  #below(line: Line, afterColon: number, column: number, depth: number): YamlNode {
    if (afterColon < line.end) throw notPlain; // A comment after the colon moves where null stands.
    this.#advance();
    const next = this.#line;
    const isList = next !== undefined && next.indent === column && this.#isItem(next.start);
    if (next !== undefined && !(next.indent === 0 && this.#isMarker(next)) && (next.indent > column || isList))
      return this.#block(next.indent, depth + 1);
    throw notPlain; // A null: rare, and where it stands depends on what follows.
  }

  /** A key ends before a colon that a space or the end of the line follows; undefined when the line has none. */
  #keyEnd(at: number, end: number): number | undefined {
    const text = this.#text;
    const first = text.charCodeAt(at);
    if (first === 34 || first === 39) {
      const close = this.#quoteEnd(at, end);
      if (close === undefined) throw notPlain;
      const colon = text.charCodeAt(close) === 58 && this.#endsWord(close + 1, end);
      return colon ? close : undefined;
    }
    // Explicit keys, anchors, aliases, tags, flow collections: not keys of everyday.
    if (first === 91 || first === 123) return undefined;
    if (isIndicator(first, text.charCodeAt(at + 1)) || isFlow(first)) throw notPlain;
    for (let i = at; i < end; i++) {
      const code = text.charCodeAt(i);
      if (code === 58 && this.#endsWord(i + 1, end)) return text.charCodeAt(i - 1) === 32 ? fail() : i;
      if (code === 35 && text.charCodeAt(i - 1) === 32) return undefined;
    }
    return undefined;
  }

  #endsWord(at: number, end: number): boolean {
    return at >= end || this.#text.charCodeAt(at) === 32;
  }

  #key(start: number, end: number): string {
    const first = this.#text.charCodeAt(start);
    if (first === 34 || first === 39) return this.#unquoted(start, end);
    return String(resolvePlain(this.#text.slice(start, end), this.#rules).value);
  }

  /** The value that begins on the line of its key or dash. */
  #value(at: number, line: Line, column: number, depth: number): YamlNode {
    const text = this.#text;
    const first = text.charCodeAt(at);
    if (first === 124 || first === 62) return this.#blockText(at, line, column);
    if ((first === 34 || first === 39) && this.#quoteEnd(at, line.end) === undefined)
      return this.#longQuoted(at, line, column);
    const read = this.#inline(at, line.end, false, depth);
    this.#afterValue(read.range.end, line.end);
    if (read.kind === 'scalar' && read.style === 'plain' && read.range.end === line.end && this.#goesOn(line, column))
      return this.#longPlain(at, line, column);
    this.#blockEnd = line.next;
    this.#advance();
    if (this.#line !== undefined && this.#line.indent > column && !this.#isMarker(this.#line)) throw notPlain;
    return read;
  }

  /** The lines after a value that may belong to it: further in than its key. Comments among them are not everyday. */
  *#linesBelow(
    from: number,
    column: number,
  ): Generator<{ readonly start: number; readonly end: number; readonly next: number }> {
    const text = this.#text;
    for (let next = from; next < text.length;) {
      let start = next;
      while (text.charCodeAt(start) === 32) start++;
      const newline = text.indexOf('\n', start);
      const stop = newline < 0 ? text.length : newline;
      if (start < stop && start - next <= column) return;
      let end = stop;
      while (end > start && text.charCodeAt(end - 1) === 32) end--;
      next = newline < 0 ? stop : newline + 1;
      yield { start, end, next };
    }
  }

  #goesOn(line: Line, column: number): boolean {
    for (const { start, end } of this.#linesBelow(line.next, column)) if (start < end) return true;
    return false;
  }

  /** Plain text over several lines: each line end is a space, and each empty line a line end. */
  #longPlain(at: number, line: Line, column: number): YamlScalar {
    const text = this.#text;
    const lines = [text.slice(at, line.end)];
    let [end, next, blank] = [line.end, line.next, 0];
    for (const below of this.#linesBelow(line.next, column)) {
      if (below.start === below.end) {
        blank++;
        continue;
      }
      const own = text.slice(below.start, below.end);
      if (/^#|\s#|:(?:\s|$)/.test(own)) throw notPlain;
      for (; blank > 0; blank--) lines.push('');
      lines.push(own);
      [end, next] = [below.end, below.next];
    }
    this.#continueAt(next, column);
    return { kind: 'scalar', range: { start: at, end }, style: 'plain', ...resolvePlain(folded(lines), this.#rules) };
  }

  /** Quoted text over several lines, folded like plain text. */
  #longQuoted(at: number, line: Line, column: number): YamlScalar {
    const text = this.#text;
    const quote = text[at]!;
    const lines = [text.slice(at + 1, line.end)];
    for (const below of this.#linesBelow(line.next, column)) {
      const close = below.start === below.end ? undefined : this.#closing(quote, below.start, below.end);
      lines.push(text.slice(below.start, close ?? below.end));
      if (close === undefined) continue;
      if (lines[0] === '' || lines.at(-1) === '' || lines.some((each) => each.endsWith('\\'))) throw notPlain;
      this.#afterValue(close + 1, below.end);
      this.#continueAt(below.next, column);
      const value = this.#unescaped(quote, folded(lines));
      return { kind: 'scalar', range: { start: at, end: close + 1 }, style: 'quoted', type: 'string', value };
    }
    throw notPlain;
  }

  /** The quote that closes the text; undefined when it is not on this line. */
  #closing(quote: string, start: number, end: number): number | undefined {
    const after = this.#quoteEnd(start - 1, end, quote.charCodeAt(0));
    return after === undefined ? undefined : after - 1;
  }

  #continueAt(next: number, column: number): void {
    this.#at = next;
    this.#blockEnd = next;
    this.#advance();
    if (this.#line !== undefined && this.#line.indent > column) throw notPlain;
  }

  /** Only a comment may follow. */
  #afterValue(at: number, end: number): void {
    let i = at;
    while (i < end && this.#text.charCodeAt(i) === 32) i++;
    if (i < end && !(this.#text.charCodeAt(i) === 35 && i > at)) throw notPlain;
  }

  /** A scalar or flow collection that ends on its line. */
  #inline(at: number, end: number, inFlow: boolean, depth: number): YamlNode {
    const text = this.#text;
    if (depth > deepest) throw notPlain;
    const first = text.charCodeAt(at);
    if (first === 91) return this.#flowList(at, end, depth);
    if (first === 123) return this.#flowMap(at, end, depth);
    if (first === 34 || first === 39) {
      const close = this.#quoteEnd(at, end);
      if (close === undefined) throw notPlain;
      return {
        kind: 'scalar',
        range: { start: at, end: close },
        style: 'quoted',
        type: 'string',
        value: this.#unquoted(at, close),
      };
    }
    if (isIndicator(first, text.charCodeAt(at + 1)) || first === 93 || first === 125 || first === 44) throw notPlain;
    return this.#plain(at, end, inFlow);
  }

  #plain(at: number, end: number, inFlow: boolean): YamlScalar {
    const text = this.#text;
    let stop = at;
    for (; stop < end; stop++) {
      const code = text.charCodeAt(stop);
      if (code === 35 && text.charCodeAt(stop - 1) === 32) break;
      if (code === 58 && (this.#endsWord(stop + 1, end) || (inFlow && isFlow(text.charCodeAt(stop + 1))))) {
        if (inFlow) break;
        throw notPlain;
      }
      if (inFlow && isFlow(code)) break;
    }
    while (text.charCodeAt(stop - 1) === 32) stop--;
    if (stop <= at) throw notPlain;
    return {
      kind: 'scalar',
      range: { start: at, end: stop },
      style: 'plain',
      ...resolvePlain(text.slice(at, stop), this.#rules),
    };
  }

  /** After the closing quote; undefined when it is not on this line. */
  #quoteEnd(at: number, end: number, quote = this.#text.charCodeAt(at)): number | undefined {
    const text = this.#text;
    for (let i = at + 1; i < end; i++) {
      const code = text.charCodeAt(i);
      if (code === 92 && quote === 34) i++;
      else if (code === quote) {
        if (quote === 39 && text.charCodeAt(i + 1) === 39) i++;
        else return i + 1;
      }
    }
    return undefined;
  }

  #unquoted(start: number, end: number): string {
    return this.#unescaped(this.#text[start]!, this.#text.slice(start + 1, end - 1));
  }

  #unescaped(quote: string, inner: string): string {
    if (quote === "'") return inner.includes("''") ? inner.replaceAll("''", "'") : inner;
    if (!inner.includes('\\')) return inner;
    // The escapes that JSON has mean the same in YAML.
    if (!/^(?:[^\\]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*$/.test(inner)) throw notPlain;
    return JSON.parse(`"${inner.replaceAll('\n', '\\n')}"`) as string;
  }

  #spaces(at: number, end: number): number {
    let i = at;
    while (i < end && this.#text.charCodeAt(i) === 32) i++;
    if (i >= end || this.#text.charCodeAt(i) === 35) throw notPlain; // It goes on below.
    return i;
  }

  #flowList(start: number, end: number, depth: number): YamlNode {
    const items: YamlNode[] = [];
    let at = this.#spaces(start + 1, end);
    while (this.#text.charCodeAt(at) !== 93) {
      const item = this.#inline(at, end, true, depth + 1);
      items.push(item);
      at = this.#spaces(item.range.end, end);
      const code = this.#text.charCodeAt(at);
      if (code === 44) at = this.#spaces(at + 1, end);
      else if (code !== 93) throw notPlain;
    }
    return { kind: 'list', range: { start, end: at + 1 }, items };
  }

  #flowMap(start: number, end: number, depth: number): YamlNode {
    const entries: YamlEntry[] = [];
    const keys = new Set<string>();
    let at = this.#spaces(start + 1, end);
    while (this.#text.charCodeAt(at) !== 125) {
      const node = this.#inline(at, end, true, depth + 1);
      if (node.kind !== 'scalar' || this.#text.charCodeAt(node.range.end) !== 58) throw notPlain;
      const key = String(node.value);
      const colon = node.range.end;
      if (keys.has(key) || key === '<<' || !this.#endsWord(colon + 1, end)) throw notPlain;
      keys.add(key);
      const value = this.#inline(this.#spaces(colon + 1, end), end, true, depth + 1);
      entries.push({ key, keyRange: node.range, value });
      at = this.#spaces(value.range.end, end);
      const code = this.#text.charCodeAt(at);
      if (code === 44) at = this.#spaces(at + 1, end);
      else if (code !== 125) throw notPlain;
    }
    return { kind: 'map', range: { start, end: at + 1 }, entries };
  }

  /** `|` and `>`: only literal text, with or without its last line end, indented by its first line. */
  #blockText(at: number, line: Line, column: number): YamlScalar {
    const text = this.#text;
    const header = text.slice(at, line.end);
    if (header !== '|' && header !== '|-') throw notPlain;
    const lines: string[] = [];
    let indent: number | undefined;
    let next = line.next;
    let end = line.next;
    while (next < text.length) {
      let first = next;
      while (text.charCodeAt(first) === 32) first++;
      const newline = text.indexOf('\n', first);
      const stop = newline < 0 ? text.length : newline;
      if (newline < 0) throw notPlain;
      if (first === stop) {
        // Empty lines with spaces in them, and those at the end, have rules of their own.
        if (first !== next && first - next > (indent ?? 0)) throw notPlain;
        lines.push('');
      } else {
        const own = first - next;
        indent ??= own;
        if (indent <= column) throw notPlain;
        if (own < indent) break;
        lines.push(text.slice(next + indent, stop));
        end = stop + 1;
      }
      next = stop + 1;
    }
    if (indent === undefined || lines.at(-1) === '') throw notPlain;
    this.#at = next;
    this.#blockEnd = end;
    this.#advance();
    if (this.#line !== undefined && this.#line.indent > column) throw notPlain;
    const value = lines.join('\n') + (header === '|' ? '\n' : '');
    return { kind: 'scalar', range: { start: at, end }, style: 'block', type: 'string', value };
  }
}

function folded(lines: readonly string[]): string {
  let text = lines[0]!;
  for (let i = 1; i < lines.length; i++) {
    let empty = 0;
    for (; lines[i] === ''; i++) empty++;
    text += empty === 0 ? ` ${lines[i]}` : '\n'.repeat(empty) + lines[i];
  }
  return text;
}

function fail(): never {
  throw notPlain;
}

const isFlow = (code: number): boolean => code === 44 || code === 91 || code === 93 || code === 123 || code === 125;

/** Characters that begin something else than plain text: `- ? : & * ! | > % @` and the backtick, `#`. */
function isIndicator(code: number, next: number): boolean {
  // A dash alone is an item; before a bracket or comma it is one only in a flow collection.
  if (code === 45) return next === 32 || next === 10 || Number.isNaN(next) || isFlow(next);
  if (code === 63 || code === 58) return true;
  return (
    code === 38 ||
    code === 42 ||
    code === 33 ||
    code === 124 ||
    code === 62 ||
    code === 37 ||
    code === 64 ||
    code === 96 ||
    code === 35
  );
}
