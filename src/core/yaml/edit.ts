/** Changing a text at ranges of it. */
import type { Replacement } from './schema.ts';

/** The text with every replacement made; of two that overlap, the later one in the list is left out. */
export function replaceRanges(text: string, replacements: readonly Replacement[]): string {
  const made: Replacement[] = [];
  for (const each of replacements) if (!made.some((other) => overlap(each, other))) made.push(each);
  return made
    .toSorted((a, b) => b.range.start - a.range.start)
    .reduce((result, { range, text: own }) => result.slice(0, range.start) + own + result.slice(range.end), text);
}

const overlap = ({ range: a }: Replacement, { range: b }: Replacement): boolean =>
  (a.start < b.end && b.start < a.end) || (a.start === b.start && a.end === b.end);
