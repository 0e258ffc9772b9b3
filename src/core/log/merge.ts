/** Several logs as one, in the order of their times as far as they are known when a batch is handed over. */
import { type Clock, systemClock } from '../backoff.ts';
import type { LogEntry } from './entry.ts';

/** Milliseconds that lines wait for earlier ones of other sources. Shorter than a person notices. */
const gather = 100;
/** Entries waiting to be read above which sources have to wait, and half of which are handed over without waiting. */
const mostWaiting = 20_000;

/** Sources push, one reader iterates. Lines of one source always keep their order. */
export class LogMerger implements AsyncIterable<readonly LogEntry[]> {
  readonly #clock: Clock;
  readonly #queues = new Map<string, LogEntry[]>();
  #waiting = 0;
  #closed = false;
  #failure: unknown;
  #arrived = Promise.withResolvers<void>();
  #drained = Promise.withResolvers<void>();
  /** Ends the wait for earlier lines. */
  #enough = new AbortController();

  constructor(clock: Clock = systemClock) {
    this.#clock = clock;
  }

  /** Resolves when there is room for more. */
  async push(source: string, entries: readonly LogEntry[]): Promise<void> {
    if (entries.length === 0 || this.#closed) return;
    const queue = this.#queues.get(source);
    if (queue === undefined) this.#queues.set(source, [...entries]);
    else for (const entry of entries) queue.push(entry);
    this.#waiting += entries.length;
    this.#arrived.resolve();
    // Whoever writes this fast is not kept waiting for a slow one.
    if (this.#waiting > mostWaiting / 2) this.#enough.abort();
    while (this.#waiting > mostWaiting && !this.#closed) await this.#drained.promise;
  }

  /** Nothing more will come. With an error, the reader gets it after what there is. */
  close(error?: unknown): void {
    this.#closed = true;
    this.#failure ??= error;
    this.#arrived.resolve();
    this.#drained.resolve();
    this.#enough.abort();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<readonly LogEntry[]> {
    try {
      for (;;) {
        await this.#arrived.promise;
        await this.#clock.sleep(gather, this.#enough.signal).catch(() => {});
        const batch = this.#take();
        if (batch.length > 0) yield batch;
        else if (this.#closed) break;
      }
    } finally {
      this.close();
    }
    if (this.#failure !== undefined) throw this.#failure;
  }

  #take(): LogEntry[] {
    const batch = inOrder([...this.#queues.values()]);
    this.#queues.clear();
    this.#waiting = 0;
    if (!this.#closed) this.#enough = new AbortController();
    this.#drained.resolve();
    this.#drained = Promise.withResolvers();
    if (!this.#closed) this.#arrived = Promise.withResolvers();
    return batch;
  }
}

/** Merges queues by the time of their heads. What has no time stays behind what it followed. */
function inOrder(queues: readonly LogEntry[][]): LogEntry[] {
  if (queues.length < 2) return queues[0] ?? [];
  const next = queues.map(() => 0);
  const merged: LogEntry[] = [];
  const total = queues.reduce((sum, { length }) => sum + length, 0);
  while (merged.length < total) {
    let best = -1;
    let earliest = Infinity;
    for (const [i, queue] of queues.entries()) {
      const head = queue[next[i]!];
      if (head === undefined) continue;
      const time = head.time ?? -Infinity;
      if (best < 0 || time < earliest) [best, earliest] = [i, time];
    }
    merged.push(queues[best]![next[best]!++]!);
  }
  return merged;
}
