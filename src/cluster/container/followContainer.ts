/** Keeps what is known of a cluster in a container true while somebody looks at it, whoever starts, ends or removes that. */
import { Backoff, type Clock, systemClock } from '../../core/backoff.ts';

/** Milliseconds in which a container that was started becomes a cluster that answers. */
const startsWithin = 60_000;

export interface FollowedContainer {
  /** Something happened to the container, each time; the first time at once. Ends or throws when its engine goes. */
  readonly changes: (signal: AbortSignal) => AsyncIterable<void>;
  /** Looks at the cluster; false when it does not stand as it will stay, since it may be starting. */
  readonly look: () => Promise<boolean>;
}

/** Resolves when the signal aborts. */
export async function followContainer(
  { changes, look }: FollowedContainer,
  signal: AbortSignal,
  clock: Clock = systemClock,
): Promise<void> {
  const wait = new Backoff({ first: 1_000, most: 30_000 }, clock);
  let last = new AbortController();
  const lookUntilSettled = async (): Promise<void> => {
    last.abort();
    last = new AbortController();
    const either = AbortSignal.any([signal, last.signal]);
    const pause = new Backoff({ first: 500, most: 5_000 }, clock);
    const until = clock.now() + startsWithin;
    while (!(await look()) && clock.now() < until) await clock.sleep(pause.next(), either);
  };
  while (!signal.aborted) {
    try {
      for await (const _ of changes(signal)) {
        wait.reset();
        void lookUntilSettled().catch(() => {}); // Another change came, or nobody looks any more.
      }
    } catch {
      // The engine is gone, which the look tells better.
    }
    if (signal.aborted) return;
    await look();
    await clock.sleep(wait.next(), signal).catch(() => {});
  }
}
