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
