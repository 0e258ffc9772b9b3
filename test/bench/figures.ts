/** What a bench reports. */
export interface Figure {
  readonly name: string;
  /** Median of at least five runs unless the name says otherwise. */
  readonly value: number;
  readonly unit: string;
  /** What it is compared with, measured in the same run, with its value. */
  readonly peer?: string;
  /** Ours over the peer's. */
  readonly ratio?: number;
  /** The bound, such as `≤ 50`. */
  readonly must?: string;
  readonly holds?: boolean;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** The value that 95 of 100 do not exceed. */
export const percentile95 = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.ceil(values.length * 0.95) - 1] ?? 0;

/** Change of a value with each step: the median of it over every two of them (Theil–Sen), which one far off does not move. */
export const slope = (values: readonly number[]): number =>
  median(values.flatMap((from, step) => values.slice(step + 1).map((to, more) => (to - from) / (more + 1))));

const round = (value: number): number => Math.round(value * 1000) / 1000;

/** A figure without a peer, with its upper bound. */
export const figure = (name: string, value: number, unit: string, bound: number): Figure => ({
  name,
  value: round(value),
  unit,
  must: `≤ ${bound}`,
  holds: value <= bound,
});

/** Medians of ours and of a peer's runs, and what their ratio must be. */
export function against(
  name: string,
  ours: readonly number[],
  peerName: string,
  theirs: readonly number[],
  holds: (ratio: number) => boolean,
  must: string,
  unit = 's',
): Figure {
  const ratio = median(ours) / median(theirs);
  const peer = `${peerName}: ${round(median(theirs))} ${unit}`;
  return { name, value: round(median(ours)), unit, peer, ratio: round(ratio), must, holds: holds(ratio) };
}
