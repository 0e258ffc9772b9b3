/** Gives the thread back while a lot is being parsed: the extension host is shared with every other extension. */

/** Milliseconds of work between two pauses; half a frame. */
const slice = 8;

export class Pacer {
  #since = performance.now();

  /** Resolves at once, or after the event loop ran when a slice of work is done. */
  pause(): Promise<void> | undefined {
    if (performance.now() - this.#since < slice) return undefined;
    return new Promise((resolve) =>
      setImmediate(() => {
        this.#since = performance.now();
        resolve();
      }),
    );
  }
}
