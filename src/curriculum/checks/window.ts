/** What a token bucket lets through at most, and what was let through. Times in milliseconds. */

export interface Limit {
  readonly perMinute: number;
  readonly burst: number;
}

/** A request: it was decided at some moment from `sent` to `received`. */
export interface Decided {
  readonly sent: number;
  readonly received: number;
}

/** How many requests a bucket that is right lets through in so much time, at most. */
export const mostWithin = ({ perMinute, burst }: Limit, time: number): number =>
  Math.floor(burst + (perMinute * time) / 60_000 + 1e-6);

export interface Overfull {
  readonly count: number;
  readonly most: number;
  readonly time: number;
}

/** The window that holds more than it may; undefined when none does. */
export function overfull(passed: readonly Decided[], limit: Limit): Overfull | undefined {
  const byEnd = passed.toSorted((a, b) => a.received - b.received);
  for (const { sent } of passed) {
    let count = 0;
    for (const one of byEnd) {
      if (one.sent < sent) continue;
      count++;
      const time = one.received - sent;
      const most = mostWithin(limit, time);
      if (count > most) return { count, most, time };
    }
  }
  return undefined;
}

/**
 * From the first refusal to the last, how many passed and how many must have: a bucket was empty at each of them, and one
 * that is never full loses no token. Undefined when it may have been full between two.
 */
export function yieldOf(
  passed: readonly Decided[],
  refused: readonly Decided[],
  limit: Limit,
): { readonly count: number; readonly least: number; readonly time: number } | undefined {
  const fills = ((limit.burst - 1) * 60_000) / limit.perMinute;
  const inOrder = refused.toSorted((a, b) => a.sent - b.sent);
  const [first, last] = [inOrder[0], inOrder.at(-1)];
  if (first === undefined || last === undefined) return undefined;
  if (inOrder.some(({ received }, i) => i > 0 && received - inOrder[i - 1]!.sent >= fills)) return undefined;
  const time = Math.max(0, last.sent - first.received);
  const count = passed.filter(({ sent, received }) => received >= first.sent && sent <= last.received).length;
  return { count, least: Math.max(0, Math.floor((limit.perMinute * time) / 60_000) - 1), time };
}
