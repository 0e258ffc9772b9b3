/** Rows that are kept as long as somebody looks: one watch for all who look at the same collection. */
import type { Clock } from '../core/backoff.ts';
import { Coalescer } from '../core/coalesce.ts';
import type { Disposable } from '../core/disposable.ts';
import { Emitter, type Event } from '../core/emitter.ts';
import { Failure } from '../core/failure.ts';
import { t } from '../core/l10n.ts';
import type { Log } from '../core/log.ts';
import type { Requester } from './connection.ts';
import { type KindName, type RowTypes, type WatchableResource, collectionPath, kindOf } from './kinds.ts';
import { resourceName } from './apiResource.ts';
import { Reflector, type ServerTraits, type WatchState } from './reflector.ts';
import { RowSet } from './rowSet.ts';
import { Interner } from './rows.ts';

/** Which rows: equal queries share a watch. */
export interface Query<K extends KindName = KindName> {
  /** Id of the context. */
  readonly context: string;
  readonly kind: K;
  /** Which kind, where `kind` is `objects`. */
  readonly resource?: WatchableResource;
  /** Undefined for all namespaces. */
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
}

export interface Change {
  /** Keys (`namespace/name`) of the rows that came, went or show something else. */
  readonly keys: ReadonlySet<string>;
}

/** Somebody's look at a collection; disposing it ends the watch some time after the last one. */
export interface Look<R> extends Disposable {
  readonly rows: ReadonlyMap<string, R>;
  state(): WatchState;
  /** Resolves when the first rows or the first failure are there. */
  readonly settled: Promise<void>;
  /** Fires at most every 150 ms; also, with no keys, when only the state changed. */
  readonly onDidChange: Event<Change>;
}

export interface StoreDeps {
  /** The way to the context's server. Throws Failure when there is no such context. */
  readonly connect: (context: string) => Requester;
  readonly clock: Clock;
  readonly log: Log;
}

/** The same text for equal queries, and no other's. */
export const queryKey = ({ context, kind, resource, namespace, labelSelector, fieldSelector }: Query): string =>
  JSON.stringify([
    context,
    kind,
    resource === undefined ? '' : `${resource.version} ${resourceName(resource)}`,
    namespace,
    labelSelector,
    fieldSelector,
  ]);

/** Milliseconds between two announcements. */
const announceEvery = 150;
/** Milliseconds a watch goes on after the last look, for those who come back. */
const linger = 30_000;
/** So many rows fill a screen: who waits for the first ones is not kept waiting for more. */
const screenful = 100;
/** Not a key: the state changed. */
const stateChanged = '';

export class Store implements Disposable {
  readonly #deps: StoreDeps;
  readonly #watches = new Map<string, Watch<KindName>>();
  readonly #traits = new Map<string, ServerTraits>();
  readonly #interner = new Interner();

  constructor(deps: StoreDeps) {
    this.#deps = deps;
  }

  look<K extends KindName>(query: Query<K>): Look<RowTypes[K]> {
    const key = queryKey(query);
    let watch = this.#watches.get(key) as unknown as Watch<K> | undefined;
    if (watch === undefined) {
      watch = new Watch(query, this.#deps, this.#interner, this.#traitsOf(query.context), () =>
        this.#watches.delete(key),
      );
      this.#watches.set(key, watch);
    }
    return watch.look();
  }

  /** Starts the watches of a context, or of all, again; their rows stay until the new list is there. */
  restart(context?: string): void {
    for (const [id, traits] of this.#traits) if (context === undefined || id === context) traits.watchList = true;
    for (const watch of this.#watches.values()) if (context === undefined || watch.context === context) watch.restart();
  }

  /** How many look at something now; nothing is left behind when it is 0. */
  get looks(): number {
    return [...this.#watches.values()].reduce((sum, { looks }) => sum + looks, 0);
  }

  dispose(): void {
    for (const watch of this.#watches.values()) watch.dispose();
    this.#watches.clear();
  }

  #traitsOf(context: string): ServerTraits {
    let traits = this.#traits.get(context);
    if (traits === undefined) this.#traits.set(context, (traits = { watchList: true }));
    return traits;
  }
}

/** Resolves when the list is complete or cannot be had. Rejects with Failure `cancelled`. */
export function complete(look: Pick<Look<unknown>, 'state' | 'onDidChange'>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const done = (): void => {
      if (look.state().state === 'loading') return;
      listening.dispose();
      resolve();
    };
    const listening = look.onDidChange(done);
    const cancel = (): void => {
      listening.dispose();
      reject(new Failure('cancelled', t('Cancelled.')));
    };
    signal.addEventListener('abort', cancel, { once: true });
    if (signal.aborted) cancel();
    else done();
  });
}

class Watch<K extends KindName> implements Disposable {
  readonly context: string;
  readonly #query: Query<K>;
  readonly #deps: StoreDeps;
  readonly #traits: ServerTraits;
  readonly #onEnd: () => void;
  readonly #set: RowSet<RowTypes[K]>;
  readonly #changes: Coalescer<string>;
  readonly #changed: Emitter<Change>;
  readonly #settled = Promise.withResolvers<void>();
  #running = new AbortController();
  #state: WatchState = { state: 'loading' };
  looks = 0;
  #leaving: NodeJS.Timeout | undefined;

  constructor(query: Query<K>, deps: StoreDeps, interner: Interner, traits: ServerTraits, onEnd: () => void) {
    this.context = query.context;
    this.#query = query;
    this.#deps = deps;
    this.#traits = traits;
    this.#onEnd = onEnd;
    this.#changed = new Emitter((error) => deps.log.error('a listener of rows failed', error));
    this.#changes = new Coalescer(announceEvery, (keys) => this.#announce(keys));
    this.#set = new RowSet(kindOf(query.kind, query.resource), interner, (key) => this.#onRow(key));
    this.#run();
  }

  look(): Look<RowTypes[K]> {
    this.looks++;
    clearTimeout(this.#leaving);
    let open = true;
    return {
      rows: this.#set.rows,
      state: () => this.#state,
      settled: this.#settled.promise,
      onDidChange: this.#changed.event,
      dispose: () => {
        if (open) this.#leave();
        open = false;
      },
    };
  }

  restart(): void {
    this.#running.abort();
    this.#running = new AbortController();
    this.#run();
  }

  dispose(): void {
    clearTimeout(this.#leaving);
    this.#running.abort();
    this.#changes.dispose();
    this.#changed.dispose();
    this.#settled.resolve();
    this.#onEnd();
  }

  #leave(): void {
    if (--this.looks > 0) return;
    this.#leaving = setTimeout(() => this.dispose(), linger);
    this.#leaving.unref();
  }

  #run(): void {
    const { kind, namespace, context, labelSelector, fieldSelector } = this.#query;
    const { signal } = this.#running;
    const { connect, clock, log } = this.#deps;
    const resource = kindOf(kind, this.#query.resource);
    const name = resource.resource;
    const reflector = new Reflector({
      server: {
        // Asked for each time: a kubeconfig that changes brings another connection.
        request: async (path, options) => connect(context).request(path, options),
        probe: async (probing) => connect(context).probe(probing),
      },
      path: collectionPath(resource, namespace),
      query: { labelSelector, fieldSelector },
      what: namespace === undefined ? name : `${namespace}/${name}`,
      ...(resource.accept === undefined ? {} : { accept: resource.accept }),
      ...(resource.reader === undefined ? {} : { read: resource.reader() }),
      watchable: resource.watchable ?? true,
      sink: this.#set,
      onState: (state) => {
        if (!signal.aborted) this.#enter(state);
      },
      clock,
      log,
      traits: this.#traits,
    });
    void reflector.run(signal);
  }

  #enter(state: WatchState): void {
    // A restart keeps its rows, and with them the state they are in, until the server has spoken.
    if (state.state === 'loading' && this.#set.rows.size > 0) return;
    this.#state = state;
    if (state.state !== 'loading') this.#settled.resolve();
    this.#changes.add(stateChanged);
  }

  #onRow(key: string): void {
    if (this.#set.rows.size === screenful) this.#settled.resolve();
    this.#changes.add(key);
  }

  #announce(keys: ReadonlySet<string>): void {
    if (this.#set.rows.size > 0) this.#settled.resolve();
    this.#changed.fire({ keys: new Set([...keys].filter((key) => key !== stateChanged)) });
  }
}
