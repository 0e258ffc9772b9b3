/** The newest entries of a log: as many as there is room for, and the number of those that had to go. */
import type { LogEntry } from './entry.ts';

export interface RingLimits {
  readonly lines: number;
  /** UTF-16 units of text, about twice as many bytes at worst. */
  readonly characters: number;
}

/** What a person scrolls and searches through; ten megabytes is what a day of a chatty service needs. */
export const viewLimits: RingLimits = { lines: 50_000, characters: 10 * 1024 * 1024 };

export class LogRing {
  readonly #limits: RingLimits;
  #entries: LogEntry[] = [];
  /** Entries before this index are gone already; removed in bulk, for removing one by one is quadratic. */
  #first = 0;
  #characters = 0;
  #dropped = 0;

  constructor(limits: RingLimits = viewLimits) {
    this.#limits = limits;
  }

  get dropped(): number {
    return this.#dropped;
  }

  get length(): number {
    return this.#entries.length - this.#first;
  }

  push(entry: LogEntry): void {
    this.#entries.push(entry);
    this.#characters += entry.text.length;
    while (this.length > this.#limits.lines || (this.#characters > this.#limits.characters && this.length > 1)) {
      this.#characters -= this.#entries[this.#first++]!.text.length;
      this.#dropped++;
    }
    if (this.#first <= this.#limits.lines) return;
    this.#entries = this.#entries.slice(this.#first);
    this.#first = 0;
  }

  /** Oldest first. */
  *[Symbol.iterator](): Generator<LogEntry> {
    for (let i = this.#first; i < this.#entries.length; i++) yield this.#entries[i]!;
  }

  clear(): void {
    this.#entries = [];
    this.#first = this.#characters = this.#dropped = 0;
  }
}
