/** Chance that can be repeated: `GANTRY_SEED` sets the seed of a run, and its tests name it. */
export const seed = Number(process.env['GANTRY_SEED'] ?? Date.now() % 2 ** 31);

/** A small generator (mulberry32) of whole numbers from 0 up to, and without, what it is asked for. */
export function randomOf(start: number): (below: number) => number {
  let state = start;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}
