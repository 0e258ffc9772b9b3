/** Gives the thread back while a lot is being parsed or drawn: the extension host is shared with every other extension. */

/** Milliseconds of work in one turn of the event loop; half a frame. */
const slice = 8;

/** One for all streams of a store: twenty watches that get something in the same turn share its slice. */
export class Pacer {
  /** When the work of this turn began; undefined before it did. */
  #began: number | undefined;
  /** Those who wait for a turn, the longest first. */
  readonly #waiting: (() => void)[] = [];

  /** Resolves at once, or in a later turn when the slice of this one is used up. */
  pause(): Promise<void> | undefined {
    if (this.#began === undefined) this.#begin();
    else if (performance.now() - this.#began >= slice) return new Promise((resolve) => this.#waiting.push(resolve));
    return undefined;
  }

  #begin(): void {
    this.#began = performance.now();
    setImmediate(() => {
      this.#began = undefined;
      const next = this.#waiting.shift();
      if (next === undefined) return;
      this.#begin();
      next();
    });
  }
}
