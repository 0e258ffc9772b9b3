/** Many calls, few runs. */
import type { Disposable } from './disposable.ts';

/**
 * Gathers items and hands them over together, at most once every `ms` milliseconds; the first ones wait `ms` too.
 * Trees use it so that a burst of changes costs one refresh.
 */
export class Coalescer<T> implements Disposable {
  readonly #ms: number;
  readonly #flush: (items: ReadonlySet<T>) => void;
  #items = new Set<T>();
  #timer: NodeJS.Timeout | undefined;

  constructor(ms: number, flush: (items: ReadonlySet<T>) => void) {
    this.#ms = ms;
    this.#flush = flush;
  }

  add(item: T): void {
    this.#items.add(item);
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      const items = this.#items;
      this.#items = new Set();
      this.#flush(items);
    }, this.#ms);
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.#items.clear();
  }
}
