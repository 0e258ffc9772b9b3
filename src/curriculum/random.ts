/** Chance that can be replayed. */

export interface Random {
  /** A whole number from `low` to `high`, both included. */
  between(low: number, high: number): number;
  /** 16 hexadecimal digits that no program can know beforehand. */
  nonce(): string;
}

/** A seed for a run that is not a replay: 1 to 2^31-1. */
export const drawSeed = (): number => 1 + Math.floor(Math.random() * 0x7ffffffe);

/** mulberry32: 32 bits of state, even distribution, the same numbers everywhere. */
export function seeded(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let x = Math.imul(state ^ (state >>> 15), state | 1);
    x ^= x + Math.imul(x ^ (x >>> 7), x | 61);
    return (x ^ (x >>> 14)) >>> 0;
  };
  const hex = (): string => next().toString(16).padStart(8, '0');
  return {
    between: (low, high) => low + Math.floor((next() / 2 ** 32) * (high - low + 1)),
    nonce: () => hex() + hex(),
  };
}

/** What one of several draws that run at a time draws: the same whichever ends first. */
export const seededFor = (seed: number, index: number): Random => seeded(seed + Math.imul(index, 0x9e3779b9));

/** The same things in an order that chance draws. */
export function shuffled<T>(all: readonly T[], random: Random): T[] {
  const rest = [...all];
  return Array.from({ length: rest.length }, () => rest.splice(random.between(0, rest.length - 1), 1)[0]!);
}
