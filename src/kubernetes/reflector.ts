/**
 * The list and watch engine: keeps a set of rows equal to a collection of the API, whatever happens on the way.
 * Client-node's informer stops for good at the first fault it does not know, so this one is ours. The numbers that have
 * no other source follow client-go's reflector.
 */
import { Backoff, type Clock } from '../core/backoff.ts';
import { Failure, isAbort, toFailure } from '../core/failure.ts';
import { t } from '../core/l10n.ts';
import { lines } from '../core/lines.ts';
import type { Log } from '../core/log.ts';
import type { ApiObject, ApiStatus } from './api.ts';
import { ApiFailure, refusal } from './apiFailure.ts';
import type { Requester } from './connection.ts';
import { type ListEnvelope, listItems } from './listStream.ts';
import { Pacer } from './pacer.ts';

/** How far the rows can be trusted. Rows that were seen once stay in every state. */
export type WatchState =
  | { readonly state: 'loading' }
  | { readonly state: 'live' }
  /** The connection was lost a moment ago; `seconds` until the next attempt. */
  | { readonly state: 'reconnecting'; readonly seconds: number; readonly failure: Failure }
  /** Lost for longer; the rows are those of `since` (milliseconds since the epoch). */
  | { readonly state: 'stale'; readonly since: number; readonly failure: Failure }
  /** Refused, or never reached at all. */
  | { readonly state: 'failed'; readonly failure: Failure };

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
  readonly query: Readonly<Record<string, string | undefined>>;
  /** The collection for people: `pods in shop`. */
  readonly what: string;
  /** The form that objects are asked for in; plain JSON when left out. */
  readonly accept?: string;
  /** The object that an item of a list or an event stands for; undefined for none. */
  readonly read?: (piece: unknown) => ApiObject | undefined;
  /** False where the server has no watch of the collection: it is listed again and again. */
  readonly watchable?: boolean;
  readonly sink: ReflectorSink;
  readonly onState: (state: WatchState) => void;
  readonly clock: Clock;
  readonly log: Log;
  /** Shared by the watches of one server. */
  readonly traits: ServerTraits;
}

/** What was learnt about a server. */
export interface ServerTraits {
  /** False once it refused to send a list as a watch (before 1.27, feature gate off, etcd below 3.4.31). */
  watchList: boolean;
}

const pageSize = 500;
/** Seconds after which the server is asked to end a watch: from this to twice this, so that watches do not end together. */
const watchSeconds = 240;
/** Milliseconds a watch may live beyond the end it was asked for. */
const watchGrace = 15_000;
/** Milliseconds of silence after which the server is asked whether it is there. */
const silence = 20_000;
/** Milliseconds within which a server that accepted a list-as-watch must send its next event, else it cannot do it. */
const initialSilence = 15_000;
/** Milliseconds between two pieces of a list after which its connection counts as dead. */
const longestPause = 20_000;
/** Milliseconds of outage after which rows are called stale. */
const staleAfter = 30_000;
/** A watch that ends sooner, with nothing in it, counts as a failure (kubernetes/kubernetes#104171). */
const shortestWatch = 1_000;
/** So many empty watches in a row, and the version they start from is not believed any more. */
const mostEmptyWatches = 3;
/** Milliseconds between two lists where watching is not allowed. */
const pollEvery = 15_000;
/** A watch that lived so long, or brought an event, ends a series of failures. */
const healthyAfter = 10_000;

/** Runs until aborted. One reflector per collection; `run` is called once. */
export class Reflector {
  readonly #options: ReflectorOptions;
  readonly #clock: Clock;
  /** Losses: short waits, for they end soon. Refusals: long ones, for they end when a person does something. */
  readonly #lost: Backoff;
  readonly #refused: Backoff;
  /** Where the next watch starts; undefined when a list is needed. */
  #version: string | undefined;
  #everListed = false;
  #liveUntil = 0;
  #emptyWatches = 0;
  /** False while the watch verb is refused, or where there is none. */
  #mayWatch: boolean;
  readonly #read: (piece: unknown) => ApiObject | undefined;
  /** Versions found expired since something last worked. */
  #expired = 0;

  constructor(options: ReflectorOptions) {
    this.#options = options;
    this.#clock = options.clock;
    this.#mayWatch = options.watchable ?? true;
    this.#read = options.read ?? ((piece) => piece as ApiObject);
    this.#lost = new Backoff({ first: 250, most: 3_000 }, options.clock);
    this.#refused = new Backoff({ first: 1_000, most: 300_000 }, options.clock);
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

  async #step(signal: AbortSignal): Promise<void> {
    if (this.#version !== undefined) await this.#watch(this.#version, signal);
    else if (this.#options.traits.watchList && this.#mayWatch) await this.#watchList(signal);
    else await this.#list(signal);
  }

  /** Decides what a failure means for the next step, says so, and waits. */
  async #recover(failure: Failure, signal: AbortSignal): Promise<void> {
    const { traits, log, what } = this.#options;
    log.trace(`watch ${what}: ${failure.message}`);
    const status = failure instanceof ApiFailure ? failure.status : 0;
    const watched = this.#version !== undefined || (traits.watchList && this.#mayWatch);
    if (restarting.has(status)) this.#version = undefined;
    if (failure instanceof WatchListUnsupported) {
      traits.watchList = false;
      return;
    }
    if (status === 403 && watched) {
      // The refused verb was watch; a plain list tells whether anything is allowed.
      this.#mayWatch = false;
      return;
    }
    if (status === 410 && ++this.#expired === 1) return;
    const refused = isRefusal(failure);
    const asked = failure instanceof ApiFailure ? (failure.retryAfter ?? 0) : 0;
    const pause = Math.max(asked, refused ? this.#refused.next() : this.#lost.next());
    this.#announceFailure(failure, refused, pause);
    this.#mayWatch = this.#options.watchable ?? true;
    await this.#clock.sleep(pause, signal);
  }

  #announceFailure(failure: Failure, refused: boolean, pause: number): void {
    const { onState } = this.#options;
    if (refused || !this.#everListed) onState({ state: 'failed', failure });
    else if (this.#clock.now() - this.#liveUntil < staleAfter) {
      onState({ state: 'reconnecting', seconds: Math.ceil(pause / 1000), failure });
    } else onState({ state: 'stale', since: this.#liveUntil, failure });
  }

  #live(): void {
    this.#liveUntil = this.#clock.now();
    this.#options.onState({ state: 'live' });
  }

  #healthy(): void {
    this.#lost.reset();
    this.#refused.reset();
    this.#emptyWatches = 0;
    this.#expired = 0;
  }

  #listed(version: string): void {
    this.#options.sink.listed();
    this.#version = version;
    this.#everListed = true;
  }

  /** The whole list, page by page. When a page's token has expired the list starts again from the top. */
  async #list(signal: AbortSignal): Promise<void> {
    const { server, path, query, what, sink, accept } = this.#options;
    const pacer = new Pacer();
    sink.listing();
    let next: string | undefined;
    let version = '';
    do {
      const { body } = await server.request(path, {
        query: { ...query, limit: String(pageSize), continue: next },
        signal,
        ...(accept === undefined ? {} : { accept }),
        longestPause,
        what: t('list {0}', what),
      });
      const items = listItems(body);
      for (;;) {
        const { done, value } = await items.next();
        if (done) {
          ({ next, version } = envelope(value));
          break;
        }
        signal.throwIfAborted();
        const object = this.#read(JSON.parse(value.toString('utf8')));
        if (object !== undefined) sink.upsert(object);
        await pacer.pause();
      }
    } while (next !== undefined);
    this.#listed(version);
    if (this.#mayWatch) return;
    this.#version = undefined;
    if (this.#options.watchable === false) this.#live();
    else
      this.#options.onState({
        state: 'failed',
        failure: new Failure(
          'forbidden',
          t('You may list {0} but not watch them: they are read again every {1} s.', what, pollEvery / 1000),
        ),
      });
    await this.#clock.sleep(pollEvery, signal);
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
    if (++this.#emptyWatches >= mostEmptyWatches) {
      this.#version = undefined;
      this.#emptyWatches = 0;
    }
    throw new Failure('unreachable', t('The server ended a watch at once.'));
  }

  /** One watch request until it ends; returns the number of events. */
  async #stream(parameters: Readonly<Record<string, string>>, signal: AbortSignal): Promise<number> {
    const { server, path, query, what, accept } = this.#options;
    const seconds = Math.round(watchSeconds * (1 + this.#clock.random()));
    const ending = new AbortController();
    const watchdog = new Watchdog(this.#clock, server, seconds * 1000 + watchGrace, (failure) => ending.abort(failure));
    const signals = AbortSignal.any([signal, ending.signal]);
    let events = 0;
    let opened = false;
    try {
      const { body } = await server.request(path, {
        query: { ...query, ...parameters, watch: 'true', allowWatchBookmarks: 'true', timeoutSeconds: String(seconds) },
        signal: signals,
        ...(accept === undefined ? {} : { accept }),
        what: t('watch {0}', what),
      });
      opened = true;
      const listing = this.#version === undefined;
      if (!listing) this.#live();
      watchdog.start(signals, listing);
      const pacer = new Pacer();
      for await (const line of lines(body)) {
        signals.throwIfAborted(); // Lines that were already here do not come from a watch that is over.
        if (line.length === 0) continue;
        watchdog.heard();
        events++;
        this.#apply(JSON.parse(line.toString('utf8')) as WatchEvent, watchdog);
        if (events === 1 && !listing) this.#healthy();
        await pacer.pause();
      }
      if (listing && this.#version === undefined) throw new Failure('unreachable', t('The server ended a list early.'));
      return events;
    } catch (error) {
      // The reason the watchdog gave is the better one than how the abort surfaced.
      if (ending.signal.aborted && !signal.aborted) throw ending.signal.reason;
      throw error;
    } finally {
      if (opened && this.#version !== undefined) {
        this.#liveUntil = watchdog.lastHeard();
        if (watchdog.age() >= healthyAfter) this.#healthy();
      }
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
    const read = this.#read(object);
    if (read === undefined) return;
    const { metadata } = read;
    if (type === 'BOOKMARK') {
      if (this.#version === undefined && metadata.annotations?.[initialEventsEnd] === 'true') {
        this.#listed(metadata.resourceVersion ?? '');
        this.#live();
        watchdog.listed();
      }
    } else if (type === 'DELETED') sink.remove(read);
    else sink.upsert(read);
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

interface WatchEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  readonly object: ApiObject | ApiStatus;
}

/** The server cannot list by watching; not a fault, so it has no sentence of its own. */
class WatchListUnsupported extends Failure {
  constructor(cause?: unknown) {
    super('invalid', 'watch-list is not supported', cause);
  }
}

function envelope({ metadata }: ListEnvelope): { next: string | undefined; version: string } {
  return { next: metadata?.continue || undefined, version: metadata?.resourceVersion ?? '' };
}

/** Notices that a watch is dead although its connection does not say so. */
class Watchdog {
  readonly #clock: Clock;
  readonly #server: Requester;
  readonly #longest: number;
  readonly #onDead: (failure: Failure) => void;
  readonly #began: number;
  readonly #stop = new AbortController();
  #heard: number;
  #listing = false;

  constructor(clock: Clock, server: Requester, longest: number, onDead: (failure: Failure) => void) {
    this.#clock = clock;
    this.#server = server;
    this.#longest = longest;
    this.#onDead = onDead;
    this.#began = this.#heard = clock.now();
  }

  heard(): void {
    this.#heard = this.#clock.now();
  }

  lastHeard(): number {
    return this.#heard;
  }

  listed(): void {
    this.#listing = false;
  }

  age(): number {
    return this.#clock.now() - this.#began;
  }

  start(signal: AbortSignal, listing: boolean): void {
    this.#listing = listing;
    this.heard();
    void this.#guard(AbortSignal.any([signal, this.#stop.signal])).catch((error: unknown) => {
      if (!isAbort(error) && !this.#stop.signal.aborted) this.#onDead(toFailure(error, 'unreachable'));
    });
  }

  stop(): void {
    this.#stop.abort();
  }

  async #guard(signal: AbortSignal): Promise<void> {
    for (;;) {
      const limit = this.#listing ? initialSilence : silence;
      const quiet = this.#clock.now() - this.#heard;
      if (quiet < limit) {
        await this.#clock.sleep(limit - quiet, signal);
        continue;
      }
      await this.#server.probe(signal);
      if (this.#listing) throw new WatchListUnsupported();
      if (this.age() > this.#longest) throw new Failure('timeout', t('A watch did not end when it should have.'));
      this.heard();
    }
  }
}
