/** Places in a text. */

/** Offsets in UTF-16 units, as editors count them; `end` is exclusive. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

/** Zero-based line and column; the column counts UTF-16 units. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** Turns offsets into lines and columns. Lines end with LF, CRLF or a lone CR, as in editors. */
export class LineIndex {
  readonly #starts: number[] = [0];

  constructor(text: string) {
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      if (code === 10 || (code === 13 && text.charCodeAt(i + 1) !== 10)) this.#starts.push(i + 1);
    }
  }

  positionAt(offset: number): Position {
    let low = 0;
    let high = this.#starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#starts[middle]! <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low, column: offset - this.#starts[low]! };
  }
}

/** A piece of the text fit to stand in a sentence: one line, not long. */
export function quoted(text: string): string {
  const line = text.length > 60 ? `${text.slice(0, 59)}…` : text;
  return line.replace(/\s+/g, ' ');
}

/** As editors show a text: without its byte order mark, and a lone carriage return ends a line, as in YAML. */
export const asShown = (text: string): string => text.replace(/^\uFEFF/, '').replace(/\r(?!\n)/g, '\n');
