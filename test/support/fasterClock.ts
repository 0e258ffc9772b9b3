/** A clock whose time passes faster, so that waits of half a minute are over in seconds. */
import { type Clock, systemClock } from '../../src/core/backoff.ts';

export function fasterClock(factor: number): Clock {
  const start = Date.now();
  return {
    now: () => start + (Date.now() - start) * factor,
    random: () => systemClock.random(),
    sleep: (ms, signal) => systemClock.sleep(ms / factor, signal),
  };
}
