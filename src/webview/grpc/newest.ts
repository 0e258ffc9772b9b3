/** Does a piece of work for the newest value only: one at a time, and those in between are left out. */
export class Newest<Value> {
  readonly #work: (value: Value) => Promise<void>;
  #busy = false;
  #waiting: { readonly value: Value } | undefined;

  constructor(work: (value: Value) => Promise<void>) {
    this.#work = work;
  }

  take(value: Value): void {
    this.#waiting = { value };
    if (!this.#busy) void this.#run();
  }

  async #run(): Promise<void> {
    this.#busy = true;
    while (this.#waiting !== undefined) {
      const { value } = this.#waiting;
      this.#waiting = undefined;
      await this.#work(value).catch(() => {}); // The next value tries again.
    }
    this.#busy = false;
  }
}
