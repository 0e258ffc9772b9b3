/** Waiting longer after each failure, with jitter so that many clients do not return at once. */

export interface BackoffOptions {
  /** First wait, in milliseconds. */
  readonly first: number;
  /** Longest wait, in milliseconds. */
  readonly most: number;
}

/** Time and chance, passed in so that tests need neither. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Resolves after `ms`; rejects with the signal's reason when aborted. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
  /** In [0, 1). */
  random(): number;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  random: () => Math.random(),
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      if (signal.aborted) {
        reject(signal.reason as Error);
        return;
      }
      const onAbort = (): void => {
        clearTimeout(timer);
        reject(signal.reason as Error);
      };
      const timer = setTimeout(() => {
        signal.removeEventListener('abort', onAbort);
        resolve();
      }, ms);
      signal.addEventListener('abort', onAbort, { once: true });
    }),
};

/** Exponential back-off with full-range jitter between half and the whole of the step. */
export class Backoff {
  readonly #options: BackoffOptions;
  readonly #clock: Clock;
  #failures = 0;

  constructor(options: BackoffOptions, clock: Clock = systemClock) {
    this.#options = options;
    this.#clock = clock;
  }

  /** Call when something worked: the next failure starts from the first wait again. */
  reset(): void {
    this.#failures = 0;
  }

  /** The next wait in milliseconds. */
  next(): number {
    const step = Math.min(this.#options.most, this.#options.first * 2 ** this.#failures++);
    return step / 2 + (step / 2) * this.#clock.random();
  }
}
