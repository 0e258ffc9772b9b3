/** Up to where a container's log has been read, by the engine's own times of its lines; so that each is read once. */
import type { LogQuery } from './client.ts';
import type { Output } from './demux.ts';

/**
 * Up to where a log has been read. Each stream by itself: engines stamp lines of stdout and stderr separately, so between
 * the two times may go back.
 */
export class LogPlace {
  readonly #streams = { stdout: new StreamPlace(), stderr: new StreamPlace() };

  get isStart(): boolean {
    return this.#times.length === 0;
  }

  /** What continues here; it repeats some lines, which `take` then refuses. */
  query(): LogQuery {
    for (const stream of Object.values(this.#streams)) stream.rewind();
    return { follow: true, tail: 'all', timestamps: true, since: secondsOf(this.#times.sort()[0] ?? '') };
  }

  /** True for a line that was not read before. */
  take(stream: Output['stream'], time: string): boolean {
    return this.#streams[stream].take(time);
  }

  get #times(): string[] {
    return Object.values(this.#streams)
      .map(({ last }) => last)
      .filter((time) => time !== '');
  }
}

/** The last time of a stream, and how many of its lines bore it. */
class StreamPlace {
  last = '';
  #count = 0;
  /** Lines of the last time that a new reading repeats; undefined once it has come to what is new. */
  #repeated: number | undefined;

  rewind(): void {
    if (this.last !== '') this.#repeated = this.#count;
  }

  take(time: string): boolean {
    if (this.#repeated !== undefined) {
      if (time < this.last) return false;
      if (time === this.last && this.#repeated-- > 0) return false;
      this.#repeated = undefined;
    }
    // The clock of an engine may be set back: what is read on is new whatever its time.
    this.#count = time === this.last ? this.#count + 1 : 1;
    this.last = time;
    return true;
  }
}

/**
 * An engine's time of a line (RFC 3339) with all nine digits and in UTC, so that times compare as texts: engines leave
 * zeros at the end away, and Podman tells the time of its own zone. Undefined when it is none.
 */
export function logTime(text: string): string | undefined {
  const [, whole, fraction = '', zone] =
    /^(\d{4}-\d\d-\d\dT[\d:]{8})(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)$/.exec(text) ?? [];
  if (whole === undefined) return undefined;
  const utc = zone === 'Z' ? whole : new Date(`${whole}${zone}`).toISOString().slice(0, 19);
  return `${utc}.${fraction.padEnd(9, '0')}Z`;
}

/** A time of `logTime` as the engine takes it: seconds and nanoseconds. */
function secondsOf(time: string): string {
  return time === '' ? '0' : `${Math.floor(Date.parse(time) / 1000)}.${time.slice(-10, -1)}`;
}
