/**
 * The list and watch engine: keeps a set of rows equal to a collection of the API, whatever happens on the way.
 * Client-node's informer stops for good at the first fault it does not know, so this one is ours. The numbers that have
 * no other source follow client-go's reflector.
 */
import { Backoff, type Clock } from '../core/backoff.ts';
import { Failure, toFailure } from '../core/failure.ts';
import { t } from '../core/l10n.ts';
import type { Log } from '../core/log.ts';
import type { ApiObject, ApiStatus } from './api.ts';
import { ApiFailure, refusal } from './apiFailure.ts';
import type { Requester } from './connection.ts';
import type { ListEnvelope } from './listStream.ts';
import { Pacer } from './pacer.ts';
import type { ServerTraits } from './serverTraits.ts';
import { WatchListUnsupported, Watchdog } from './watchdog.ts';
import type { WatchState } from './watchState.ts';
import type { Codec, WatchEvent } from './wire.ts';

/** Where the rows go. */
export interface ReflectorSink {
  upsert(object: ApiObject): void;
  remove(object: ApiObject): void;
  /** A complete list begins: what it does not name before `listed` is gone. */
  listing(): void;
  listed(): void;
}

export interface ReflectorOptions {
  readonly server: Requester;
  readonly path: string;
  readonly codec: Codec;
  /** False where the server has no watch of the collection: it is listed again and again. */
  readonly watchable?: boolean;
  readonly query: Readonly<Record<string, string | undefined>>;
  /** The collection for people: `pods in shop`. */
  readonly what: string;
  readonly sink: ReflectorSink;
  readonly onState: (state: WatchState) => void;
  readonly clock: Clock;
  readonly log: Log;
  /** Shared by the watches of one server. */
  readonly traits: ServerTraits;
  /** Shared by all watches of the thread. */
  readonly pacer?: Pick<Pacer, 'pause'>;
}

const pageSize = 500;
/** Seconds after which the server is asked to end a watch: from this to twice this, so that watches do not end together. */
const watchSeconds = 240;
/** Milliseconds a watch may live beyond the end it was asked for. */
const watchGrace = 15_000;
/** Milliseconds between two pieces of a list after which its connection counts as dead. */
const longestPause = 20_000;
/** Milliseconds of outage after which rows are called stale. */
const staleAfter = 30_000;
/** Milliseconds of outage after which a list is cheaper than the doubt: nobody restores a backup in less. */
const longestDoubt = 10_000;
/** A watch that ends sooner, with nothing in it, counts as a failure (kubernetes/kubernetes#104171). */
const shortestWatch = 5_000;
/** So many empty watches in a row, and the version they start from is not believed any more. */
const mostEmptyWatches = 3;
/** Milliseconds between two lists where watching is not allowed. */
const pollEvery = 15_000;
/** A watch that lived so long, or brought an event, ends a series of failures. */
const healthyAfter = 10_000;

/** Milliseconds of reading again and again before watching is tried once more: rights may have changed. */
const pollFor = 5 * 60_000;
/** Least milliseconds before a kind that the server does not have is asked for again. */
const missingPause = 30_000;

/** Runs until aborted. One reflector per collection; `run` is called once. */
export class Reflector {
  readonly #options: ReflectorOptions;
  readonly #clock: Clock;
  readonly #pacer: Pick<Pacer, 'pause'>;
  /** Losses: short waits, for they end soon. */
  readonly #lost: Backoff;
  /** Refusals: long ones, for they end when a person does something. */
  readonly #refused: Backoff;
  /** Watches that end at once again and again: whoever ends them does so by rule. */
  readonly #empty: Backoff;
  /** Where the next watch starts; undefined when a list is needed. */
  #version: string | undefined;
  /** When the watch was lost, or ended otherwise than agreed: the server may be another one since. */
  #doubtSince: number | undefined;
  #everListed = false;
  #liveUntil = 0;
  #emptyWatches = 0;
  /** When polling began, while the watch verb is refused. */
  #pollingSince: number | undefined;
  /** Versions found expired since something last worked. */
  #expired = 0;
  #watchdog: Watchdog | undefined;
  #waking = new AbortController();

  constructor(options: ReflectorOptions) {
    this.#options = options;
    this.#clock = options.clock;
    this.#pacer = options.pacer ?? new Pacer();
    this.#lost = new Backoff({ first: 250, most: 3_000 }, options.clock);
    this.#refused = new Backoff({ first: 1_000, most: 300_000 }, options.clock);
    this.#empty = new Backoff({ first: 4_000, most: 60_000 }, options.clock);
  }

  /** Resolves when the signal aborts; never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    this.#options.onState({ state: 'loading' });
    while (!signal.aborted) {
      try {
        await this.#step(signal);
      } catch (error) {
        if (signal.aborted) return;
        const failure =
          error instanceof SyntaxError
            ? new Failure('unreachable', t('The server sent half an answer.'), error)
            : toFailure(error);
        await this.#recover(failure, signal).catch(() => {}); // Only the end of everything ends its wait early.
      }
    }
  }

  /** The machine slept, or the network is another one: tries now what would be tried later. */
  wake(): void {
    this.#watchdog?.wake();
    this.#waking.abort();
    this.#waking = new AbortController();
  }

  async #step(signal: AbortSignal): Promise<void> {
    if (this.#version !== undefined && this.#doubtSince !== undefined) {
      await this.#ascertain(this.#version, this.#doubtSince, signal);
    }
    if (this.#version !== undefined) await this.#watch(this.#version, signal);
    else if (this.#options.traits.watchList && this.#mayWatch()) await this.#watchList(signal);
    else await this.#list(signal);
  }

  async #ascertain(version: string, since: number, signal: AbortSignal): Promise<void> {
    const { traits, server } = this.#options;
    const same = await traits.mayGoOn(server, version, signal);
    if (!same || this.#clock.now() - since > longestDoubt) this.#version = undefined;
    this.#doubtSince = undefined;
  }

  #mayWatch(): boolean {
    return this.#options.watchable !== false && this.#pollingSince === undefined;
  }

  /** Decides what a failure means for the next step, says so, and waits. */
  async #recover(failure: Failure, signal: AbortSignal): Promise<void> {
    const { traits, log, what } = this.#options;
    log.trace(`watch ${what}: ${failure.message}`);
    const status = failure instanceof ApiFailure ? failure.status : 0;
    const watched = this.#version !== undefined || (traits.watchList && this.#mayWatch());
    this.#doubtSince ??= this.#clock.now();
    if (restarting.has(status)) this.#version = undefined;
    if (failure instanceof WatchListUnsupported) {
      traits.watchList = false;
      return;
    }
    if (status === 403 && watched) {
      // The refused verb was watch; a plain list tells whether anything is allowed.
      this.#pollingSince = this.#clock.now();
      return;
    }
    if (status === 404) this.#dropAll();
    if (status === 410 && ++this.#expired === 1) return;
    const refused = isRefusal(failure);
    const pause = Math.max(
      failure instanceof ApiFailure ? (failure.retryAfter ?? 0) : 0,
      status === 404 ? missingPause : 0,
      this.#backoff(refused).next(),
    );
    this.#announceFailure(failure, refused, pause);
    this.#pollingSince = undefined;
    await this.#rest(pause, signal);
  }

  #backoff(refused: boolean): Backoff {
    if (refused) return this.#refused;
    return this.#emptyWatches > 1 ? this.#empty : this.#lost;
  }

  /** Waits, unless woken. */
  async #rest(milliseconds: number, signal: AbortSignal): Promise<void> {
    await this.#clock.sleep(milliseconds, AbortSignal.any([signal, this.#waking.signal])).catch(() => {});
    signal.throwIfAborted();
  }

  #announceFailure(failure: Failure, refused: boolean, pause: number): void {
    const { onState } = this.#options;
    if (refused || !this.#everListed) onState({ state: 'failed', failure });
    else if (this.#clock.now() - this.#liveUntil < staleAfter) {
      onState({ state: 'reconnecting', seconds: Math.ceil(pause / 1000), failure });
    } else onState({ state: 'stale', since: this.#liveUntil, failure });
  }

  #live(every?: number): void {
    const { onState, traits, server } = this.#options;
    this.#liveUntil = this.#clock.now();
    onState(every === undefined ? { state: 'live' } : { state: 'live', every });
    traits.learn(server);
  }

  #healthy(): void {
    this.#lost.reset();
    this.#refused.reset();
    this.#empty.reset();
    this.#emptyWatches = 0;
    this.#expired = 0;
  }

  #listed(version: string): void {
    this.#options.sink.listed();
    this.#version = version;
    this.#everListed = true;
    this.#doubtSince = undefined;
  }

  /** The server has no such kind any more, hence nothing of it. */
  #dropAll(): void {
    this.#options.sink.listing();
    this.#options.sink.listed();
  }

  /** The whole list, page by page. When a page's token has expired the list starts again from the top. */
  async #list(signal: AbortSignal): Promise<void> {
    const { server, path, query, what, sink, codec } = this.#options;
    sink.listing();
    let next: string | undefined;
    let version = '';
    do {
      const answer = await server.request(path, {
        query: { ...query, limit: String(pageSize), continue: next },
        accept: codec.accept,
        compressed: true,
        signal,
        longestPause,
        what: t('list {0}', what),
      });
      const items = codec.list(answer);
      for (;;) {
        const { done, value } = await items.next();
        if (done) {
          ({ next, version } = envelope(value));
          break;
        }
        signal.throwIfAborted();
        sink.upsert(value);
        await this.#pacer.pause();
      }
    } while (next !== undefined);
    this.#listed(version);
    if (!this.#mayWatch()) await this.#untilNextPoll(signal);
  }

  async #untilNextPoll(signal: AbortSignal): Promise<void> {
    this.#version = undefined;
    this.#healthy();
    if (this.#pollingSince === undefined) this.#live();
    else {
      this.#live(pollEvery / 1000);
      if (this.#clock.now() - this.#pollingSince >= pollFor) this.#pollingSince = undefined;
    }
    await this.#rest(pollEvery, signal);
  }

  /** Lists by watching: the server sends what there is as events, says when that is all, and goes on. */
  async #watchList(signal: AbortSignal): Promise<void> {
    this.#options.sink.listing();
    try {
      await this.#stream({ sendInitialEvents: 'true', resourceVersionMatch: 'NotOlderThan' }, signal);
    } catch (error) {
      // 422 is the feature gate's answer, 400 that of servers which do not know the parameter.
      const unsupported = error instanceof ApiFailure && (error.status === 422 || error.status === 400);
      if (unsupported && this.#version === undefined) throw new WatchListUnsupported(error);
      throw error;
    }
  }

  async #watch(version: string, signal: AbortSignal): Promise<void> {
    const began = this.#clock.now();
    const events = await this.#stream({ resourceVersion: version }, signal);
    const lived = this.#clock.now() - began;
    if (events > 0 || lived >= shortestWatch) {
      this.#emptyWatches = 0;
      return;
    }
    if (++this.#emptyWatches % mostEmptyWatches === 0) this.#version = undefined;
    throw new Failure('unreachable', t('The server ended a watch at once.'));
  }

  /** One watch request until it ends; returns the number of events. */
  async #stream(parameters: Readonly<Record<string, string>>, signal: AbortSignal): Promise<number> {
    const { server, path, query, what, codec } = this.#options;
    const seconds = Math.round(watchSeconds * (1 + this.#clock.random()));
    const ending = new AbortController();
    const watchdog = new Watchdog({
      clock: this.#clock,
      server,
      longest: seconds * 1000 + watchGrace,
      onDead: (failure) => ending.abort(failure),
    });
    const signals = AbortSignal.any([signal, ending.signal]);
    let events = 0;
    let opened = false;
    this.#watchdog = watchdog;
    try {
      const answer = await server.request(path, {
        query: { ...query, ...parameters, watch: 'true', allowWatchBookmarks: 'true', timeoutSeconds: String(seconds) },
        accept: codec.accept,
        signal: signals,
        what: t('watch {0}', what),
      });
      opened = true;
      const listing = this.#version === undefined;
      if (!listing) this.#live();
      watchdog.start(signals, listing);
      for await (const event of codec.events(answer)) {
        signals.throwIfAborted(); // Events that were already here do not come from a watch that is over.
        watchdog.heard();
        events++;
        this.#apply(event, watchdog);
        if (events === 1 && !listing) this.#healthy();
        await this.#pacer.pause();
      }
      if (listing && this.#version === undefined) throw new Failure('unreachable', t('The server ended a list early.'));
      if (watchdog.age() < seconds * 1000) this.#doubtSince = this.#clock.now();
      return events;
    } catch (error) {
      // The reason the watchdog gave is the better one than how the abort surfaced.
      if (ending.signal.aborted && !signal.aborted) {
        this.#doubtSince = watchdog.lastHeard();
        throw ending.signal.reason;
      }
      throw error;
    } finally {
      if (opened && this.#version !== undefined) {
        this.#liveUntil = watchdog.lastHeard();
        if (watchdog.age() >= healthyAfter) this.#healthy();
      }
      this.#watchdog = undefined;
      watchdog.stop();
      ending.abort(new Failure('cancelled', 'done'));
    }
  }

  #apply({ type, object }: WatchEvent, watchdog: Watchdog): void {
    const { sink, what } = this.#options;
    if (type === 'ERROR') {
      const status = object as ApiStatus;
      throw refusal(t('watch {0}', what), what, status.code ?? 500, status);
    }
    const { metadata } = object as ApiObject;
    if (type === 'BOOKMARK') {
      if (this.#version === undefined && metadata.annotations?.[initialEventsEnd] === 'true') {
        this.#listed(metadata.resourceVersion ?? '');
        this.#live();
        watchdog.listed();
      }
    } else if (type === 'DELETED') sink.remove(object as ApiObject);
    else sink.upsert(object as ApiObject);
    if (this.#version !== undefined && metadata.resourceVersion) this.#version = metadata.resourceVersion;
  }
}

/** Answers after which the version we hold is not asked for again: bad request, forbidden, no such thing, gone, from the future. */
const restarting: ReadonlySet<number> = new Set([400, 403, 404, 410, 504]);

/** A person has to do something before it can work. */
function isRefusal(failure: Failure): boolean {
  if (failure instanceof ApiFailure && failure.status === 410) return false;
  return ['unauthorised', 'forbidden', 'notFound', 'invalid'].includes(failure.kind);
}

const initialEventsEnd = 'k8s.io/initial-events-end';

function envelope({ metadata }: ListEnvelope): { next: string | undefined; version: string } {
  return { next: metadata?.continue || undefined, version: metadata?.resourceVersion ?? '' };
}
