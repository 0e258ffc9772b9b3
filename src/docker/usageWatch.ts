/** The last minute or so of what a container uses, streamed only while somebody looks. */
import type { Disposable } from '../core/disposable.ts';
import { Emitter } from '../core/emitter.ts';
import { toFailure } from '../core/failure.ts';
import { type Loadable, failed, loading, ready } from '../core/loadable.ts';
import type { Sample } from './stats.ts';

/** Samples that a graph shows. */
const kept = 24;

export class UsageWatch implements Disposable {
  readonly #stream: (signal: AbortSignal) => AsyncIterable<Sample>;
  readonly #changed = new Emitter<void>();
  #samples: readonly Sample[] = [];
  #state: Loadable<readonly Sample[]> = loading;
  #watching: AbortController | undefined;

  constructor(stream: (signal: AbortSignal) => AsyncIterable<Sample>) {
    this.#stream = stream;
  }

  readonly onDidChange = this.#changed.event;

  /** The oldest first; empty once the container has stopped. */
  get state(): Loadable<readonly Sample[]> {
    return this.#state;
  }

  /** From now on somebody looks, or nobody does any more. */
  watch(watched: boolean): void {
    if (watched === (this.#watching !== undefined)) return;
    this.#watching?.abort();
    this.#watching = watched ? new AbortController() : undefined;
    if (this.#watching !== undefined) void this.#run(this.#watching.signal);
  }

  dispose(): void {
    this.watch(false);
    this.#changed.dispose();
  }

  async #run(signal: AbortSignal): Promise<void> {
    this.#samples = [];
    try {
      for await (const sample of this.#stream(signal)) {
        if (signal.aborted) return;
        this.#samples = [...this.#samples, sample].slice(-kept);
        this.#set(ready(this.#samples));
      }
      if (!signal.aborted) this.#set(ready([]));
    } catch (error) {
      if (!signal.aborted) this.#set(failed(toFailure(error), this.#state));
    }
  }

  #set(state: Loadable<readonly Sample[]>): void {
    this.#state = state;
    this.#changed.fire();
  }
}
