/** Keeps what a failing check started as it is, until the person has looked at it. */
import type { Clock } from '../core/backoff.ts';
import type { EvidenceRecord } from './evidence.ts';

/** Milliseconds: no longer than a program of a check may run (`usualLimits`). */
export const heldAtMost = 15 * 60_000;

export interface HoldDeps {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Shows what was found; resolves when the person has seen enough of it, or when `over` is aborted. */
  readonly show: (record: EvidenceRecord, over: AbortSignal) => Promise<void>;
}

export class Hold {
  readonly #deps: HoldDeps;
  #held: Promise<void> | undefined;
  #time = 0;

  constructor(deps: HoldDeps) {
    this.#deps = deps;
  }

  /** Milliseconds that were waited. */
  get time(): number {
    return this.#time;
  }

  /**
   * To be awaited before what was started is ended. Waits when something failed: once in a run, for the person, or until
   * `gone`, when there is nothing more to see. Returns whether it did; throws when the check is cancelled meanwhile.
   */
  async wait(record: EvidenceRecord, gone?: Promise<unknown>): Promise<boolean> {
    if (!record.failed) return false;
    await (this.#held ??= this.#begin(record, gone));
    this.#deps.signal.throwIfAborted();
    return true;
  }

  async #begin(record: EvidenceRecord, gone: Promise<unknown> | undefined): Promise<void> {
    const { clock, signal, show } = this.#deps;
    const over = new AbortController();
    const end = (): void => over.abort();
    const before = clock.now();
    void gone?.then(end);
    void clock.sleep(heldAtMost, AbortSignal.any([signal, over.signal])).then(end, end);
    await show(record, over.signal);
    end();
    this.#time = clock.now() - before;
  }
}
