/** What every log of Gantry is made of, wherever it comes from. */

export interface LogEntry {
  /** Who wrote it, as shown in front of the line: `checkout-7d4/main`. Empty when there is only one source. */
  readonly source: string;
  /** One line, made safe by `cleanLine`: no control sequence but colours. */
  readonly text: string;
  /** Milliseconds since the epoch, with fractions; undefined when the server did not say. */
  readonly time?: number | undefined;
  /** True for a sentence of ours (`The container restarted.`), which is not the source's. */
  readonly remark?: boolean;
}

/**
 * Follows a log until it ends or the signal is aborted. Yields batches, each in the order in which they are to be shown.
 * The reader sets the pace. What it throws is shown as the last remark.
 */
export type LogFeed = (signal: AbortSignal) => AsyncIterable<readonly LogEntry[]>;

export const remark = (source: string, text: string): LogEntry => ({ source, text, remark: true });
