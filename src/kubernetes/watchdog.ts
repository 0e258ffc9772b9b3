/** Notices that a watch is dead although its connection does not say so: a router that forgot it, a machine that slept. */
import type { Clock } from '../core/backoff.ts';
import { Failure, isAbort, toFailure } from '../core/failure.ts';
import { t } from '../core/l10n.ts';
import type { Requester } from './connection.ts';

/** Milliseconds of silence after which the server is asked whether it is there. */
const silence = 20_000;
/** Milliseconds within which a server that accepted a list-as-watch must send its next event, else it cannot do it. */
const initialSilence = 15_000;

/** The server cannot list by watching; not a fault, so it has no sentence of its own. */
export class WatchListUnsupported extends Failure {
  constructor(cause?: unknown) {
    super('invalid', 'watch-list is not supported', cause);
  }
}

export interface WatchdogOptions {
  readonly clock: Clock;
  readonly server: Requester;
  /** Milliseconds after which the watch should have ended by itself. */
  readonly longest: number;
  readonly onDead: (failure: Failure) => void;
}

export class Watchdog {
  readonly #options: WatchdogOptions;
  readonly #began: number;
  readonly #stop = new AbortController();
  #waking = new AbortController();
  #heard: number;
  #listing = false;

  constructor(options: WatchdogOptions) {
    this.#options = options;
    this.#began = this.#heard = options.clock.now();
  }

  heard(): void {
    this.#heard = this.#options.clock.now();
  }

  lastHeard(): number {
    return this.#heard;
  }

  listed(): void {
    this.#listing = false;
  }

  age(): number {
    return this.#options.clock.now() - this.#began;
  }

  start(signal: AbortSignal, listing: boolean): void {
    this.#listing = listing;
    this.heard();
    void this.#guard(AbortSignal.any([signal, this.#stop.signal])).catch((error: unknown) => {
      if (!isAbort(error) && !this.#stop.signal.aborted) this.#options.onDead(toFailure(error, 'unreachable'));
    });
  }

  /** Asks the server now instead of after a time of silence. */
  wake(): void {
    this.#waking.abort();
  }

  stop(): void {
    this.#stop.abort();
  }

  async #guard(signal: AbortSignal): Promise<void> {
    const { clock, server, longest } = this.#options;
    for (;;) {
      const limit = this.#listing ? initialSilence : silence;
      const quiet = clock.now() - this.#heard;
      const woken = this.#waking.signal.aborted;
      if (!woken && quiet < limit) {
        await clock.sleep(limit - quiet, AbortSignal.any([signal, this.#waking.signal])).catch(() => {});
        signal.throwIfAborted();
        continue;
      }
      this.#waking = new AbortController();
      await server.probe(signal);
      if (this.#listing && !woken) throw new WatchListUnsupported();
      if (this.age() > longest) throw new Failure('timeout', t('A watch did not end when it should have.'));
      if (!woken) this.heard();
    }
  }
}
