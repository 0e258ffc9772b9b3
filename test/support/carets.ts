/**
 * Problems drawn under the text they belong to:
 *
 *     replicsa: 2
 *     ^^^^^^^^ unknown-field
 *
 * One string holds the input and everything expected of it; a difference shows both.
 */

export interface Marked {
  /** Offsets; the end is exclusive. */
  readonly range: { readonly start: number; readonly end: number };
  readonly code: string;
}

const caretLine = /^ *\^+ [a-z][a-z-]*$/;

/** The text without its caret lines: what is given to the code under test. */
export function withoutCarets(text: string): string {
  return text
    .split('\n')
    .filter((line) => !caretLine.test(line))
    .join('\n');
}

/** The text with a caret line under each problem. A range that spans lines is drawn to the end of its first. */
export function drawCarets(text: string, problems: readonly Marked[]): string {
  const sorted = [...problems].sort((a, b) => a.range.start - b.range.start || a.code.localeCompare(b.code));
  const drawn: string[] = [];
  let offset = 0;
  for (const line of text.split('\n')) {
    const end = offset + line.length;
    drawn.push(line);
    for (const { range, code } of sorted) {
      if (range.start < offset || range.start > end) continue;
      const width = Math.max(1, Math.min(range.end, end) - range.start);
      drawn.push(`${' '.repeat(range.start - offset)}${'^'.repeat(width)} ${code}`);
    }
    offset = end + 1;
  }
  return drawn.join('\n');
}
