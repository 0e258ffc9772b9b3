/**
 * JSON read with its source kept: every value knows where it stands, and a number keeps its digits, so that a 64-bit
 * integer is never rounded and every error can point at its character. Runs in the panel too.
 */
import { t } from '../core/l10n.ts';

interface Place {
  /** Offset of the first character, in UTF-16 units of the whole text. */
  readonly start: number;
  /** Offset after the last character. */
  readonly end: number;
}

export interface JsonMember {
  readonly key: string;
  readonly keyPlace: Place;
  readonly value: JsonNode;
}

export type JsonNode = Place &
  (
    | { readonly kind: 'object'; readonly members: readonly JsonMember[] }
    | { readonly kind: 'array'; readonly items: readonly JsonNode[] }
    | { readonly kind: 'string'; readonly value: string }
    | { readonly kind: 'number'; readonly text: string }
    | { readonly kind: 'boolean'; readonly value: boolean }
    | { readonly kind: 'null' }
  );

/** Something wrong in a JSON text, at a place. The message is a sentence without the place. */
export class JsonProblem extends Error {
  readonly start: number;
  readonly end: number;

  constructor(message: string, place: Place) {
    super(message);
    this.name = 'JsonProblem';
    this.start = place.start;
    this.end = place.end;
  }
}

/** Deeper nesting than any schema allows (protobuf stops at 100) is refused before it can exhaust the stack. */
const deepest = 500;

/** Reads one value; throws JsonProblem. */
export function parseJson(text: string): JsonNode {
  const reader = new Reader(text);
  const value = reader.value(0);
  reader.space();
  if (!reader.atEnd()) throw reader.problem(t('Expected the end of the text here.'));
  return value;
}

export interface ReadOptions {
  /** A key that stands twice in an object is no problem; both members are read. */
  readonly repeatedKeys?: boolean;
}

/** Reads values that follow one another, as a client stream is written: `{"a": 1} {"a": 2}`. Throws JsonProblem. */
export function parseJsonDocuments(text: string, options: ReadOptions = {}): JsonNode[] {
  const reader = new Reader(text, options);
  const values: JsonNode[] = [];
  for (reader.space(); !reader.atEnd(); reader.space()) values.push(reader.value(0));
  return values;
}

/** Line and column of an offset, both from 1; the column counts UTF-16 units as the editor does. */
export function positionOf(text: string, offset: number): { readonly line: number; readonly column: number } {
  const before = text.slice(0, offset);
  return { line: before.split('\n').length, column: offset - before.lastIndexOf('\n') };
}

const numberPattern = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const wordPattern = /[A-Za-z0-9_$+.-]+/y;
/** What stands in a text as itself: all but control characters, the quote and the backslash. */
const plainPattern = /[ !#-[\]-\uffff]*/y;
const escapes: Readonly<Record<string, string>> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
};

class Reader {
  readonly #text: string;
  readonly #options: ReadOptions;
  #at = 0;

  constructor(text: string, options: ReadOptions = {}) {
    this.#text = text;
    this.#options = options;
  }

  atEnd(): boolean {
    return this.#at >= this.#text.length;
  }

  space(): void {
    while (' \t\r\n\ufeff'.includes(this.#text[this.#at] ?? 'x')) this.#at++;
  }

  problem(message: string, start = this.#at, end = start + 1): JsonProblem {
    return new JsonProblem(message, { start, end: Math.min(Math.max(end, start), this.#text.length) });
  }

  value(depth: number): JsonNode {
    this.space();
    const start = this.#at;
    if (depth > deepest) throw this.problem(t('Nested deeper than {0} levels.', deepest));
    switch (this.#text[start]) {
      case undefined:
        throw this.problem(t('A value is missing here: the text ends.'));
      case '{':
        return { kind: 'object', members: this.#members(depth), start, end: this.#at };
      case '[':
        return { kind: 'array', items: this.#items(depth), start, end: this.#at };
      case '"':
        return { kind: 'string', value: this.#string(), start, end: this.#at };
      default:
        return this.#word();
    }
  }

  #members(depth: number): JsonMember[] {
    const members: JsonMember[] = [];
    const seen = new Set<string>();
    this.#list('}', () => {
      const start = this.#at;
      if (this.#text[start] !== '"') throw this.problem(t('Expected a field name in double quotes.'));
      const key = this.#string();
      const keyPlace = { start, end: this.#at };
      if (seen.has(key) && this.#options.repeatedKeys !== true)
        throw this.problem(t('The field {0} stands twice.', `"${key}"`), start, this.#at);
      seen.add(key);
      this.space();
      if (this.#text[this.#at] !== ':') throw this.problem(t('Expected a colon after the field name.'));
      this.#at++;
      members.push({ key, keyPlace, value: this.value(depth + 1) });
    });
    return members;
  }

  #items(depth: number): JsonNode[] {
    const items: JsonNode[] = [];
    this.#list(']', () => items.push(this.value(depth + 1)));
    return items;
  }

  /** From the opening bracket to past the closing one; `item` reads what stands between two commas. */
  #list(close: string, item: () => void): void {
    const open = this.#at++;
    this.space();
    if (this.#text[this.#at] === close) {
      this.#at++;
      return;
    }
    for (;;) {
      this.space();
      if (this.#text[this.#at] === close) throw this.problem(t('A comma must not stand before the closing bracket.'));
      item();
      this.space();
      const next = this.#text[this.#at];
      if (next === undefined) throw this.problem(t('The bracket opened here is never closed.'), open);
      if (next !== ',' && next !== close) throw this.problem(t('Expected a comma or {0}.', close));
      this.#at++;
      if (next === close) return;
    }
  }

  #string(): string {
    const start = this.#at++;
    let value = '';
    for (;;) {
      plainPattern.lastIndex = this.#at;
      const plain = plainPattern.exec(this.#text)![0];
      value += plain;
      this.#at += plain.length;
      const character = this.#text[this.#at];
      if (character === undefined || character === '\n') {
        throw this.problem(t('The text opened here has no closing quote.'), start, this.#at);
      }
      if (character < ' ') throw this.problem(t('A control character must be written as an escape such as \\t.'));
      this.#at++;
      if (character === '"') return value;
      value += this.#escape();
    }
  }

  #escape(): string {
    const letter = this.#text[this.#at] ?? '';
    const plain = escapes[letter];
    if (plain !== undefined) {
      this.#at++;
      return plain;
    }
    const hex = this.#text.slice(this.#at + 1, this.#at + 5);
    if (letter !== 'u' || !/^[0-9a-fA-F]{4}$/.test(hex)) {
      throw this.problem(t('There is no such escape in JSON.'), this.#at - 1, this.#at + 1);
    }
    this.#at += 5;
    return String.fromCharCode(parseInt(hex, 16));
  }

  #word(): JsonNode {
    const start = this.#at;
    wordPattern.lastIndex = start;
    const word = wordPattern.exec(this.#text)?.[0] ?? '';
    const end = start + word.length;
    this.#at = end;
    if (word === 'null') return { kind: 'null', start, end };
    if (word === 'true' || word === 'false') return { kind: 'boolean', value: word === 'true', start, end };
    numberPattern.lastIndex = start;
    if (word !== '' && numberPattern.exec(this.#text)?.[0] === word) return { kind: 'number', text: word, start, end };
    throw this.problem(t('Expected a value: an object, a list, a text in double quotes, a number, true, false or null.'), start, Math.max(end, start + 1)); // prettier-ignore
  }
}
