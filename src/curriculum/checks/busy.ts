/** When a machine is too slow for a late answer to mean anything. */
import { Failure } from '../../core/failure.ts';
import { t } from '../../core/l10n.ts';
import { slowestPace } from '../toolchain.ts';

/** A round trip on a quiet machine, in milliseconds, the server's timer included (measured: 2 to 6). */
const quietRoundTrip = 15;

/** How many times slower than a quiet machine round trips were, 1 to `slowestPace`. */
export const paceOf = (roundTrips: readonly number[]): number =>
  Math.min(slowestPace, Math.max(1, Math.max(...roundTrips) / quietRoundTrip));

/** Milliseconds our own timer may be late before lateness of the learner's program proves nothing. */
export const longestLag = 1_000;

/** Measures how late a timer of ours fires, at most, until `end` is called. */
export function watchLag(): { end(): number } {
  const every = 50;
  let [last, most] = [performance.now(), 0];
  const timer = setInterval(() => {
    const now = performance.now();
    most = Math.max(most, now - last - every);
    last = now;
  }, every);
  return {
    end() {
      clearInterval(timer);
      return most;
    },
  };
}

export const tooBusy = (): Failure =>
  new Failure('timeout', t('This machine is too busy to judge your program now. Check again when it is quieter.'));
