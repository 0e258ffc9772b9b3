/**
 * How far a container's log was read, so that it can be read again from there without losing or doubling a line.
 *
 * The API takes a time to begin at (`sinceTime`), but only whole seconds, and lines of stdout and stderr may stand in the
 * file in another order than their times. The order in the file never changes, though: of all lines since a second,
 * those that were received are the first ones. So counting them is enough.
 */

/** Seconds before the newest line from which a log is read again: times in the file are out of order by far less. */
const margin = 1;

export class LogPosition {
  /** Second → number of lines received with a time in it; only the newest seconds. */
  readonly #counts = new Map<number, number>();
  #latest = -Infinity;

  /** Notes a line that was received. @param time milliseconds since the epoch */
  note(time: number): void {
    const second = Math.floor(time / 1000);
    if (time > this.#latest) {
      this.#latest = time;
      if (!this.#counts.has(second)) this.#forget(second - margin);
    }
    this.#counts.set(second, (this.#counts.get(second) ?? 0) + 1);
  }

  /** The value of `sinceTime` that misses no line; undefined before the first one. */
  since(): string | undefined {
    return this.#latest === -Infinity ? undefined : new Date(this.#from() * 1000).toISOString();
  }

  /** Tells of each line of a log that was read again with `since`, in its order, whether it had been received. */
  replay(): (time: number) => boolean {
    const from = this.#from();
    let seen = 0;
    for (const [second, count] of this.#counts) if (second >= from) seen += count;
    const latest = this.#latest;
    // A newer time ends it at once: the file may have been rotated, or be another run's.
    return (time) => {
      if (seen > 0 && time <= latest) {
        seen--;
        return true;
      }
      seen = 0;
      return false;
    };
  }

  #from(): number {
    return Math.floor(this.#latest / 1000) - margin;
  }

  #forget(before: number): void {
    for (const second of this.#counts.keys()) if (second < before) this.#counts.delete(second);
  }
}

let lastSecond = '';
let lastMilliseconds = 0;

/**
 * `2026-11-23T20:17:39.370521899Z` as milliseconds since the epoch with their fraction, or undefined for anything else.
 * Every line of a log has one, and most of the same second, which is read only once.
 */
export function parseTime(text: string): number | undefined {
  if (text.length < 20 || text.charCodeAt(10) !== 84 /* T */) return undefined;
  const second = text.slice(0, 19);
  if (!text.endsWith('Z')) {
    const time = Date.parse(text);
    return Number.isNaN(time) ? undefined : time;
  }
  if (second !== lastSecond) {
    const milliseconds = Date.parse(`${second}Z`);
    if (Number.isNaN(milliseconds)) return undefined;
    [lastSecond, lastMilliseconds] = [second, milliseconds];
  }
  const fraction = text.length === 20 ? 0 : Number(text.slice(19, -1)) * 1000;
  return Number.isNaN(fraction) ? undefined : lastMilliseconds + fraction;
}
