/**
 * A container's log across its restarts and the engine's, as the log surface reads it: each line once. The engine's own
 * time of each line tells where the last reading ended; it has nanoseconds, so it is kept as text.
 */
import { Backoff, type Clock, systemClock } from '../core/backoff.ts';
import { isAbort, toFailure } from '../core/failure.ts';
import { t } from '../core/l10n.ts';
import { type LogEntry, type LogFeed, remark } from '../core/log/entry.ts';
import { LineFramer } from '../core/log/framer.ts';
import { LogMerger } from '../core/log/merge.ts';
import type { LogQuery } from './client.ts';
import type { Output } from './demux.ts';
import { LogPlace, logTime } from './logPlace.ts';

/** What following needs of a container. Promises and iterations reject with a Failure. */
export interface LogSource {
  /** Its name, shown in front of each line when there are several; empty when there is one. */
  readonly name: string;
  read(query: LogQuery, signal: AbortSignal): AsyncIterable<Output>;
  /** Resolves with true when it runs (again), with false when it is gone for good. */
  running(signal: AbortSignal): Promise<boolean>;
}

export interface FollowOptions {
  /** Lines of the past to begin with. */
  readonly tail: number;
  readonly clock?: Clock;
}

/** Follows one container until it is removed or the signal is aborted. */
export function followContainer(source: LogSource, { tail, clock = systemClock }: FollowOptions): LogFeed {
  return async function* (signal) {
    const place = new LogPlace();
    const backoff = new Backoff({ first: 250, most: 5000 }, clock);
    let first = true;
    for (;;) {
      const query: LogQuery = first ? { follow: true, tail, timestamps: true } : place.query();
      try {
        for await (const batch of lines(source, query, place, signal)) {
          backoff.reset();
          yield batch;
        }
        first = false;
        // An engine may have ended it before its last lines, as `containerLogs` tells.
        if (!place.isStart) yield* lines(source, { ...place.query(), follow: false }, place, signal);
        if (signal.aborted) return;
        yield [remark(source.name, t('The container stopped. Waiting for it to start again.'))];
        if (!(await source.running(signal))) {
          yield [remark(source.name, t('The container was removed.'))];
          return;
        }
        yield [remark(source.name, t('The container started again.'))];
      } catch (error) {
        if (signal.aborted || isAbort(error)) return;
        const failure = toFailure(error);
        if (failure.kind === 'notFound') throw failure;
        first &&= place.isStart;
        yield [remark(source.name, failure.message)];
        await clock.sleep(backoff.next(), signal).catch(() => undefined);
        if (signal.aborted) return;
      }
    }
  };
}

/** Follows several as one, in the order of their times. Ends when all of them have. */
export function followContainers(sources: readonly LogSource[], options: FollowOptions): LogFeed {
  if (sources.length === 1) return followContainer({ ...sources[0]!, name: '' }, options);
  return async function* (signal) {
    const merger = new LogMerger(options.clock);
    const all = sources.map(async (source) => {
      try {
        for await (const batch of followContainer(source, options)(signal)) await merger.push(source.name, batch);
      } catch (error) {
        await merger.push(source.name, [remark(source.name, toFailure(error).message)]);
      }
    });
    void Promise.all(all).then(() => merger.close());
    signal.addEventListener('abort', () => merger.close(), { once: true });
    yield* merger;
  };
}

async function* lines(
  source: LogSource,
  query: LogQuery,
  place: LogPlace,
  signal: AbortSignal,
): AsyncGenerator<readonly LogEntry[]> {
  const framers = { stdout: new LineFramer(), stderr: new LineFramer() };
  const entries = (stream: Output['stream'], framed: readonly string[]): LogEntry[] =>
    framed.map(withoutInnerTimes).flatMap((line) => {
      const space = line.indexOf(' ');
      const time = logTime(space < 0 ? line : line.slice(0, space));
      if (time === undefined) return [{ source: source.name, text: line }];
      if (!place.take(stream, time)) return [];
      return [{ source: source.name, text: space < 0 ? '' : line.slice(space + 1), time: Date.parse(time) }];
    });
  for await (const { stream, data } of source.read(query, signal)) {
    const batch = entries(stream, framers[stream].push(data));
    if (batch.length > 0) yield batch;
  }
  const rest = (['stdout', 'stderr'] as const).flatMap((stream) => entries(stream, framers[stream].end()));
  if (rest.length > 0) yield rest;
}

/** Engines keep a long line in pieces of 16 KiB, and put the time in front of each. */
const piece = 16 * 1024;
const stamp = /\d{4}-\d\d-\d\dT[\d:]{8}(?:\.\d+)?Z /y;

function withoutInnerTimes(line: string): string {
  if (line.length <= piece) return line;
  let text = line;
  for (let at = line.indexOf(' ') + 1 + piece; at < text.length; at += piece) {
    stamp.lastIndex = at;
    const [found] = stamp.exec(text) ?? [];
    if (found === undefined) break;
    text = text.slice(0, at) + text.slice(at + found.length);
  }
  return text;
}
