/** What work that goes on has to say, as a log: lines as they come, for a reader that may come later or never. */
import type { LogEntry } from './entry.ts';

export class ToldLog {
  #waiting: LogEntry[] = [];
  #more = Promise.withResolvers<void>();
  #ended = false;

  add(entries: readonly LogEntry[]): void {
    this.#waiting.push(...entries);
    if (entries.length > 0) this.#more.resolve();
  }

  /** What was added is still read; then the log ends. */
  end(): void {
    this.#ended = true;
    this.#more.resolve();
  }

  async *read(signal: AbortSignal): AsyncGenerator<readonly LogEntry[]> {
    signal.addEventListener('abort', () => this.end(), { once: true });
    for (;;) {
      await this.#more.promise;
      const batch = this.#waiting.splice(0);
      if (!this.#ended) this.#more = Promise.withResolvers();
      if (batch.length > 0) yield batch;
      else if (this.#ended) return;
    }
  }
}
