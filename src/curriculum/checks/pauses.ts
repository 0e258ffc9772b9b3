/** How long a program waits between its calls of one path, and whether it does so at random. */
import { t } from '../../core/l10n.ts';
import type { Arrival } from '../doubles/double.ts';

export interface Pauses {
  /** The first pause on average; each further one is twice as long. Milliseconds, as the next. */
  readonly base?: number;
  /** No pause is shorter. */
  readonly least?: number;
}

/** In the words hints are chosen by. */
export type PauseFinding = 'too-soon' | 'no-growth' | 'too-long' | 'no-jitter' | 'uneven';

/** Paths it takes to tell chance from none. */
const enoughPaths = 40;
/**
 * Of the average pause: between the 5th shortest and the 5th longest of 40. An even draw between a half and one and a half
 * falls short of it less than once in 10^11 times, one between the whole and a half twice in 10^6.
 */
const leastSpread = 0.2;
/**
 * Of the average pause: between neighbours that are as long as agreed. Chance leaves such a gap in an even draw of 40 less
 * than once in 10^10 times; pauses of two lengths have one of the whole.
 */
const widestGap = 0.5;
/** Clocks of two processes, in milliseconds. */
const slack = 2;

/**
 * What is wrong with the pauses; undefined when nothing is. A call is noted before it is answered, so a pause never looks
 * shorter than it was; it may look longer by what the machine was late, which `tolerance` bounds, for the median only.
 */
export function pausesDiffer(
  arrivals: readonly Arrival[],
  { base, least }: Pauses,
  tolerance: number,
): { readonly finding: PauseFinding; readonly wrong: string } | undefined {
  const pauses = pausesOf(arrivals);
  const shortest = Math.min(...pauses.flat());
  if (least !== undefined && shortest < least - slack) {
    return { finding: 'too-soon', wrong: t('a call came {0} ms after the one before', Math.round(shortest)) };
  }
  if (base === undefined) return undefined;
  for (const [i, times] of pauses.entries()) {
    const sorted = times.toSorted((a, b) => a - b);
    const average = base * 2 ** i;
    const finding = judge(sorted, average, tolerance, i === 0);
    if (finding !== undefined) return { finding, wrong: textOf(sorted, i + 1) };
  }
  return undefined;
}

function judge(
  sorted: readonly number[],
  average: number,
  tolerance: number,
  isFirst: boolean,
): PauseFinding | undefined {
  if (sorted[0]! < average / 2 - slack) return isFirst ? 'too-soon' : 'no-growth';
  const longest = 1.5 * average + tolerance;
  const [low, middle, high] = [0.1, 0.5, 0.9].map((share) => at(sorted, share));
  const tells = sorted.length >= enoughPaths;
  if (tells && high! - low! < leastSpread * average) return 'no-jitter';
  if (middle! > longest) return 'too-long';
  const agreed = sorted.filter((time) => time <= longest);
  return tells && widest(agreed) > widestGap * average + tolerance ? 'uneven' : undefined;
}

/** The widest gap between neighbours. */
const widest = (sorted: readonly number[]): number =>
  Math.max(0, ...sorted.slice(1).map((time, i) => time - sorted[i]!));

/** Pauses before the second call of each path, before the third, and so on. */
function pausesOf(arrivals: readonly Arrival[]): number[][] {
  const pauses: number[][] = [];
  for (const calls of Map.groupBy(arrivals, ({ path }) => path).values()) {
    for (const [i, { at }] of calls.slice(1).entries()) (pauses[i] ??= []).push(at - calls[i]!.at);
  }
  return pauses;
}

const at = (sorted: readonly number[], share: number): number => sorted[Math.round((sorted.length - 1) * share)]!;

const textOf = (sorted: readonly number[], place: number): string =>
  t(
    'pause {0}: {1} ms at least, {2} ms at most, {3} ms in the middle, of {4}',
    place,
    Math.round(sorted[0]!),
    Math.round(sorted.at(-1)!),
    Math.round(at(sorted, 0.5)),
    sorted.length,
  );
