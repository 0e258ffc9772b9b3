/** The log of one container, followed through lost connections and restarts. */
import { Backoff, type Clock } from '../../core/backoff.ts';
import { Failure, errnoOf, isAbort } from '../../core/failure.ts';
import { t } from '../../core/l10n.ts';
import { type LogEntry, remark } from '../../core/log/entry.ts';
import { LineFramer } from '../../core/log/framer.ts';
import { ApiFailure } from '../apiFailure.ts';
import type { Requester } from '../connection.ts';
import { type LogQuery, logCall } from './logCall.ts';
import { LogPosition, parseTime } from './position.ts';

/** How the container is, as the API tells. Undefined once its pod is gone. */
export interface ContainerNow {
  readonly state: string;
  readonly restarts: number;
}

export interface ContainerLogDeps {
  readonly server: () => Requester;
  readonly clock: Clock;
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  /** In front of each line. */
  readonly source: string;
  readonly now: () => ContainerNow | undefined;
  /** Resolves at the next change of the pods' rows. */
  readonly changed: (signal: AbortSignal) => Promise<void>;
  readonly push: (entries: readonly LogEntry[]) => Promise<void>;
}

/**
 * Milliseconds of silence after which a followed log is asked for anew. A connection that a router forgot looks like a
 * quiet one; asking again costs one request and no line.
 */
const longestPause = 90_000;
const reconnect = { first: 250, most: 5_000 } as const;

export class ContainerLog {
  readonly #deps: ContainerLogDeps;
  readonly #query: LogQuery;
  readonly #position = new LogPosition();
  readonly #backoff: Backoff;
  #begun = false;
  #lost = false;
  /** What the kubelet said instead of a log. */
  #said = '';

  constructor(deps: ContainerLogDeps, query: LogQuery) {
    this.#deps = deps;
    this.#query = query;
    this.#backoff = new Backoff(reconnect, deps.clock);
  }

  /** Resolves when there is nothing more to read. Throws Failure where reading is not allowed or not possible. */
  async run(signal: AbortSignal): Promise<void> {
    if (!this.#query.follow) {
      await this.#read(signal, this.#query.previous === true);
      return;
    }
    let restarts = this.#deps.now()?.restarts ?? 0;
    for (;;) {
      const before = this.#deps.now();
      if (before !== undefined && before.restarts > restarts) {
        await this.#catchUp(before.restarts - restarts, signal);
        restarts = before.restarts;
      }
      const progress = await this.#attempt(signal);
      if (signal.aborted) return;
      const after = this.#deps.now();
      if (after === undefined) return;
      if (after.restarts > restarts) continue;
      // A container that stands still has nothing to say until it changes; a running one only lost its connection.
      const ended = before?.state === after.state && after.state !== 'Running' && progress === 'nothing';
      if (ended) await this.#deps.changed(signal);
      else await this.#pause(signal, progress);
    }
  }

  async #pause(signal: AbortSignal, progress: 'some' | 'nothing'): Promise<void> {
    if (progress === 'some') this.#backoff.reset();
    // Whatever comes first: the container's next state, or time for another try.
    const either = new AbortController();
    const both = AbortSignal.any([signal, either.signal]);
    const quiet = (): void => {};
    await Promise.race([
      this.#deps.clock.sleep(this.#backoff.next(), both).catch(quiet),
      this.#deps.changed(both).catch(quiet),
    ]);
    either.abort();
  }

  /** What the last run wrote after the last line that was received, and a word about the restart. */
  async #catchUp(runs: number, signal: AbortSignal): Promise<void> {
    try {
      await this.#read(signal, true);
    } catch (error) {
      if (isAbort(error)) return;
      if (!(error instanceof Failure)) throw error;
      // The run is gone, and its log with it; nothing can be done.
    }
    const sentence = runs === 1 ? t('The container restarted.') : t('The container restarted {0} times.', runs);
    await this.#deps.push([remark(this.#deps.source, sentence)]);
  }

  /** Reads until the server ends it. What only waiting can mend is no failure. */
  async #attempt(signal: AbortSignal): Promise<'some' | 'nothing'> {
    try {
      return await this.#read(signal, false);
    } catch (error) {
      if (signal.aborted || isAbort(error)) return 'nothing';
      // 400: the container has not started. 404: the pod went, or its node does not know it yet.
      if (error instanceof ApiFailure && [400, 404].includes(error.status)) return 'nothing';
      if (error instanceof ApiFailure && [401, 403].includes(error.status)) throw error;
      if (errnoOf(error) === 'UND_ERR_BODY_TIMEOUT') return 'nothing';
      if (!(error instanceof Failure)) throw error;
      if (!this.#lost) await this.#deps.push([remark(this.#deps.source, t('Interrupted: {0}', error.message))]);
      this.#lost = true;
      return 'nothing';
    }
  }

  async #read(signal: AbortSignal, previous: boolean): Promise<'some' | 'nothing'> {
    const { namespace, pod, container } = this.#deps;
    const { follow, tail, sinceSeconds } = this.#query;
    const since = this.#position.since();
    const seen = this.#position.replay();
    // How much of the past was asked for is about the first time only.
    const first = !this.#begun && !(previous && follow);
    const past = first ? { tail, sinceSeconds } : {};
    const { path, query, accept, what } = logCall(
      { namespace, pod, container },
      { follow: follow && !previous, previous, ...past },
      since,
    );
    const { body } = await this.#deps.server().request(path, {
      ...(query === undefined ? {} : { query }),
      ...(accept === undefined ? {} : { accept }),
      signal,
      longestPause: follow ? longestPause : 0,
      what,
    });
    this.#begun = true;
    if (this.#lost) await this.#deps.push([remark(this.#deps.source, t('Connected again.'))]);
    this.#lost = false;
    const framer = new LineFramer();
    let lines = 0;
    const pass = async (complete: readonly string[]): Promise<void> => {
      const entries = this.#entries(complete, seen);
      lines += entries.filter((entry) => entry.remark !== true).length;
      await this.#deps.push(entries);
    };
    // A line that broke off is not passed on: the next reading has the whole of it.
    for await (const chunk of body) await pass(framer.push(chunk));
    await pass(framer.end());
    return lines > 0 ? 'some' : 'nothing';
  }

  #entries(lines: readonly string[], seen: (time: number) => boolean): LogEntry[] {
    const { source } = this.#deps;
    const entries: LogEntry[] = [];
    for (const line of lines) {
      const space = line.indexOf(' ');
      const time = parseTime(space < 0 ? line : line.slice(0, space));
      if (time === undefined) {
        // Without a time it is no line of the container: the kubelet says so when it has no log to give.
        if (line !== this.#said) entries.push(remark(source, line));
        this.#said = line;
      } else if (!seen(time)) {
        this.#position.note(time);
        entries.push({ source, text: space < 0 ? '' : line.slice(space + 1), time });
      }
    }
    return entries;
  }
}
