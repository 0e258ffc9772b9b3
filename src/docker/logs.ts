/** A container's output, taken apart. */
import type { EngineClient, LogQuery } from './client.ts';
import { type Output, demux } from './demux.ts';
import { engineFailure } from './failures.ts';
import { LogPlace, logTime } from './logPlace.ts';

/**
 * Yields what the container wrote and, with `follow`, writes until it stops. The reader sets the pace.
 * Ends quietly when the signal says so; throws Failure `notFound` for an unknown container, and one that says so when
 * the engine goes away in the middle.
 *
 * An engine may end what is followed before its last lines, when the container stops and the reader is not yet there:
 * Docker 20.10 left out 155,999 lines of 200,000. Its log has them, so it is read on from the last one. Not with a
 * terminal, whose output has no frames, and not for who wants times, by which he can do the same himself.
 */
export async function* containerLogs(
  client: EngineClient,
  container: string,
  query: LogQuery,
  signal: AbortSignal,
): AsyncGenerator<Output> {
  try {
    const tty = await client.hasTty(container, signal);
    const read = async function* (of: LogQuery): AsyncGenerator<Output> {
      yield* demux(await client.containerLogs(container, of, signal), { tty });
    };
    if (tty || !query.follow || query.timestamps === true) return yield* read(query);
    const place = new LogPlace();
    yield* unread(read({ ...query, timestamps: true }), place);
    if (signal.aborted || place.isStart) return;
    yield* unread(unlessGone(read({ ...place.query(), follow: false })), place);
  } catch (error) {
    if (!signal.aborted) throw engineFailure(error, client.address);
  }
}

/** A container with `--rm` goes when it stops, and its log with it. */
async function* unlessGone(pieces: AsyncIterable<Output>): AsyncGenerator<Output> {
  try {
    yield* pieces;
  } catch (error) {
    const { statusCode } = error as { readonly statusCode?: unknown };
    if (statusCode !== 404 && statusCode !== 409) throw error;
  }
}

const space = 0x20;
/** `2026-01-02T03:04:05.678901234+08:00`: no time of a line is longer. */
const longestTime = 35;

/** What was not read before, without the time at the beginning of each frame; a frame without one as it is. */
async function* unread(pieces: AsyncIterable<Output>, place: LogPlace): AsyncGenerator<Output> {
  /** The beginning of a frame, as long as it may be no more than a part of its time. */
  let head: Output | undefined;
  let isNew = true;
  for await (const piece of pieces) {
    const { stream } = piece;
    if (piece.begins === true) {
      if (head !== undefined) yield head;
      head = { stream, data: Buffer.alloc(0) };
    }
    if (head === undefined) {
      if (isNew) yield piece;
      continue;
    }
    head = { stream, data: Buffer.concat([head.data, piece.data]) };
    const end = head.data.indexOf(space);
    if (end < 0 && head.data.length <= longestTime) continue;
    const time = logTime(head.data.toString('latin1', 0, Math.max(end, 0)));
    isNew = time === undefined || place.take(stream, time);
    const data = time === undefined ? head.data : head.data.subarray(end + 1);
    if (isNew && data.length > 0) yield { stream, data };
    head = undefined;
  }
  if (head !== undefined) yield head;
}
