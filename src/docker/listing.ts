/**
 * One folder of an engine: listed while somebody looks at it, and again after events say that it changed. A list of
 * images costs an engine half a second (moby/moby#53077), so between a change and the list lies a pause that gathers
 * what else changes.
 */
import type { Clock } from '../core/backoff.ts';
import type { Disposable } from '../core/disposable.ts';
import { Emitter } from '../core/emitter.ts';
import { toFailure } from '../core/failure.ts';
import { type Loadable, failed, loading, ready } from '../core/loadable.ts';
import type { Log } from '../core/log.ts';
import { type Folder, type Resources, folders } from './resources.ts';

export interface ListingOptions<Row> {
  readonly list: (signal: AbortSignal) => Promise<readonly Row[]>;
  /** Milliseconds between a change and the list that shows it. */
  readonly pause: number;
  readonly clock: Clock;
  readonly log: Log;
}

export class Listing<Row extends { readonly key: string }> implements Disposable {
  readonly #options: ListingOptions<Row>;
  readonly #changed = new Emitter<void>((error) => this.#options.log.error('a listener of a folder failed', error));
  readonly #known = Promise.withResolvers<void>();
  #state: Loadable<ReadonlyMap<string, Row>> = loading;
  #due = Promise.withResolvers<void>();
  #watching: AbortController | undefined;

  constructor(options: ListingOptions<Row>) {
    this.#options = options;
  }

  readonly onDidChange = this.#changed.event;

  /** Rows by key, in the order they are shown. */
  get state(): Loadable<ReadonlyMap<string, Row>> {
    return this.#state;
  }

  /** Resolves once the state is not `loading`. */
  known(): Promise<void> {
    return this.#known.promise;
  }

  /** From now on somebody looks, or nobody does any more. */
  watch(watched: boolean): void {
    if (watched === (this.#watching !== undefined)) return;
    this.#watching?.abort();
    this.#due.resolve();
    this.#watching = watched ? new AbortController() : undefined;
    if (this.#watching !== undefined) void this.#run(this.#watching.signal);
  }

  /** What is listed may have changed. */
  touch(): void {
    this.#due.resolve();
  }

  dispose(): void {
    this.watch(false);
    this.#changed.dispose();
    this.#known.resolve();
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { clock, pause } = this.#options;
    while (!signal.aborted) {
      const due = (this.#due = Promise.withResolvers<void>());
      await this.#list(signal);
      await due.promise;
      await clock.sleep(pause, signal).catch(() => undefined);
    }
  }

  async #list(signal: AbortSignal): Promise<void> {
    let state: Loadable<ReadonlyMap<string, Row>>;
    try {
      const rows = await this.#options.list(signal);
      state = ready(new Map(rows.map((row) => [row.key, row])));
    } catch (error) {
      state = failed(toFailure(error), this.#state);
    }
    if (signal.aborted) return;
    this.#state = state;
    this.#known.resolve();
    this.#changed.fire();
  }
}

export type Listings = { readonly [F in Folder]: Listing<Resources[F]> };

/** What listings need of an engine; `EngineClient` is one. Every promise rejects with a Failure. */
export interface ResourceSource {
  list<F extends Folder>(folder: F, signal: AbortSignal): Promise<readonly Resources[F][]>;
}

/** Milliseconds between a change and the list that shows it: an image is the dearest to list. */
const pauses = { images: 2000, volumes: 300, networks: 300, cache: 2000 } as const;

export function listingsOf(source: ResourceSource, options: { readonly clock: Clock; readonly log: Log }): Listings {
  const listing = <F extends Folder>(folder: F): Listing<Resources[F]> =>
    new Listing({ ...options, list: (signal) => source.list(folder, signal), pause: pauses[folder] });
  return {
    images: listing('images'),
    volumes: listing('volumes'),
    networks: listing('networks'),
    cache: listing('cache'),
  };
}

export const eachListing = (listings: Listings): readonly Listings[Folder][] =>
  folders.map((folder) => listings[folder]);
