/** A machine that slept: its connections may be dead although nothing says so, and waiting to find out takes half a minute. */
import type { Clock } from '../core/backoff.ts';

/** Milliseconds between two looks at the clock. */
const lookEvery = 5_000;
/** Milliseconds that the clock may run ahead of its own timer on a busy machine. */
const tolerance = 10_000;

/**
 * Calls `onWake` whenever the clock went on while timers stood still: they follow a clock that stops when the machine
 * sleeps. Until aborted; never rejects.
 */
export async function watchForSleep(clock: Clock, onWake: () => void, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const before = clock.now();
    await clock.sleep(lookEvery, signal).catch(() => {});
    if (!signal.aborted && clock.now() - before > lookEvery + tolerance) onWake();
  }
}
