/** Rows that are kept as long as somebody looks: one watch for all who look at the same collection. */
import type { Clock } from '../core/backoff.ts';
import { Coalescer } from '../core/coalesce.ts';
import type { Disposable } from '../core/disposable.ts';
import { Emitter, type Event } from '../core/emitter.ts';
import { Failure } from '../core/failure.ts';
import type { Log } from '../core/log.ts';
import type { Requester } from './connection.ts';
import { resourceName } from './apiResource.ts';
import { type KindName, type RowTypes, type WatchableResource, collectionPath, kindOf } from './kinds.ts';
import { Pacer } from './pacer.ts';
import { Reflector } from './reflector.ts';
import { RowSet } from './rowSet.ts';
import { Interner } from './rows.ts';
import { ServerTraits } from './serverTraits.ts';
import { watchForSleep } from './wake.ts';
import type { WatchState } from './watchState.ts';

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
  /** Fires at most four times a second; also, with no keys, when only the state changed. */
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

/** Milliseconds between two announcements: a view that changes more often than four times a second is not read. */
const announceEvery = 250;
/** Milliseconds a watch goes on after the last look, for those who come back. */
const linger = 30_000;
/** So many rows fill a screen: who waits for the first ones is not kept waiting for more. */
const screenful = 100;

export class Store implements Disposable {
  readonly #deps: StoreDeps;
  readonly #watches = new Map<string, Watch<KindName>>();
  readonly #traits = new Map<string, ServerTraits>();
  readonly #answering = new Set<string>();
  readonly #interner = new Interner();
  readonly #pacer = new Pacer();
  readonly #closing = new AbortController();
  /** One beat for all, so that a view of many collections is not told of each at another time. */
  readonly #changed = new Coalescer<Watch<KindName>>(announceEvery, (watches) => {
    for (const watch of watches) watch.announce();
  });
  #noticingSleep = false;

  constructor(deps: StoreDeps) {
    this.#deps = deps;
  }

  look<K extends KindName>(query: Query<K>): Look<RowTypes[K]> {
    const key = queryKey(query);
    let watch = this.#watches.get(key) as unknown as Watch<K> | undefined;
    if (watch === undefined) {
      watch = new Watch(query, this.#deps, {
        interner: this.#interner,
        pacer: this.#pacer,
        onChange: (changed) => {
          this.#note(changed);
          this.#changed.add(changed);
        },
        onEnd: () => this.#watches.delete(key),
      });
      // Who waited for something when all ended may still look: nobody would end that watch.
      if (this.#closing.signal.aborted) watch.dispose();
      else {
        this.#watches.set(key, watch);
        watch.start(this.#traitsOf(query.context));
        this.#noticeSleep();
      }
    }
    return watch.look();
  }

  /** Milliseconds since the epoch by the clock of the context's server, which ages are counted from. */
  now(context: string): number {
    return this.#deps.clock.now() + this.#skew(context);
  }

  /** Starts the watches of a context, or of all, again; their rows stay until the new list is there. */
  restart(context?: string): void {
    for (const id of this.#traits.keys()) if (context === undefined || id === context) this.#traits.delete(id);
    for (const watch of this.#watches.values()) {
      if (context === undefined || watch.context === context) watch.start(this.#traitsOf(watch.context));
    }
  }

  /** Ids of the contexts that somebody has looked at, and whose servers answered when they were asked last. */
  get answering(): ReadonlySet<string> {
    return this.#answering;
  }

  /** How many look at something now; nothing is left behind when it is 0. */
  get looks(): number {
    return [...this.#watches.values()].reduce((sum, { looks }) => sum + looks, 0);
  }

  dispose(): void {
    this.#closing.abort();
    this.#changed.dispose();
    for (const watch of this.#watches.values()) watch.dispose();
    this.#watches.clear();
  }

  #note({ context, state }: Watch<KindName>): void {
    if (state.state === 'live') this.#answering.add(context);
    else if ('failure' in state && isAway(state.failure)) this.#answering.delete(context);
  }

  #traitsOf(context: string): ServerTraits {
    let traits = this.#traits.get(context);
    if (traits === undefined) this.#traits.set(context, (traits = new ServerTraits()));
    return traits;
  }

  #skew(context: string): number {
    try {
      return this.#deps.connect(context).skew ?? 0;
    } catch {
      return 0; // The context is gone; its rows are a moment longer on the screen.
    }
  }

  #noticeSleep(): void {
    if (this.#noticingSleep) return;
    this.#noticingSleep = true;
    const onWake = (): void => {
      for (const watch of this.#watches.values()) watch.wake();
    };
    void watchForSleep(this.#deps.clock, onWake, this.#closing.signal);
  }
}

/** What a watch gets from the store it belongs to. */
interface Owner {
  readonly interner: Interner;
  readonly pacer: Pacer;
  /** The watch has something to announce. */
  readonly onChange: (watch: Watch<KindName>) => void;
  readonly onEnd: () => void;
}

const isAway = ({ kind }: Failure): boolean => ['unreachable', 'timeout', 'unauthorised'].includes(kind);

class Watch<K extends KindName> implements Disposable {
  readonly context: string;
  readonly #query: Query<K>;
  readonly #deps: StoreDeps;
  readonly #owner: Owner;
  readonly #set: RowSet<RowTypes[K]>;
  /** Keys to announce. */
  #changes = new Set<string>();
  readonly #changed: Emitter<Change>;
  readonly #settled = Promise.withResolvers<void>();
  #running = new AbortController();
  #reflector: Reflector | undefined;
  #state: WatchState = { state: 'loading' };
  looks = 0;
  #leaving: NodeJS.Timeout | undefined;

  constructor(query: Query<K>, deps: StoreDeps, owner: Owner) {
    this.context = query.context;
    this.#query = query;
    this.#deps = deps;
    this.#owner = owner;
    this.#changed = new Emitter((error) => deps.log.error('a listener of rows failed', error));
    this.#set = new RowSet(kindOf(query.kind, query.resource), owner.interner, (key) => this.#onRow(key));
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

  get state(): WatchState {
    return this.#state;
  }

  /** Starts, or starts again: rows stay until the new list is there. */
  start(traits: ServerTraits): void {
    this.#running.abort();
    this.#running = new AbortController();
    this.#run(traits);
  }

  wake(): void {
    this.#reflector?.wake();
  }

  dispose(): void {
    clearTimeout(this.#leaving);
    this.#running.abort();
    this.#changed.dispose();
    this.#settled.resolve();
    this.#owner.onEnd();
  }

  #leave(): void {
    if (--this.looks > 0) return;
    this.#leaving = setTimeout(() => this.dispose(), linger);
    this.#leaving.unref();
  }

  #run(traits: ServerTraits): void {
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
        identity: async () => connect(context).identity(),
      },
      path: collectionPath(resource, namespace),
      codec: resource.codec(),
      query: { labelSelector, fieldSelector },
      what: namespace === undefined ? name : `${namespace}/${name}`,
      watchable: resource.watchable ?? true,
      sink: this.#set,
      onState: (state) => {
        if (!signal.aborted) this.#enter(state);
      },
      clock,
      log,
      traits,
      pacer: this.#owner.pacer,
    });
    this.#reflector = reflector;
    void reflector.run(signal);
  }

  #enter(state: WatchState): void {
    // A restart keeps its rows, and with them the state they are in, until the server has spoken.
    if (state.state === 'loading' && this.#set.rows.size > 0) return;
    this.#state = state;
    if (state.state !== 'loading') this.#settled.resolve();
    this.#owner.onChange(this);
  }

  #onRow(key: string): void {
    if (this.#set.rows.size === screenful) this.#settled.resolve();
    this.#changes.add(key);
    this.#owner.onChange(this);
  }

  announce(): void {
    const keys = this.#changes;
    this.#changes = new Set();
    if (this.#set.rows.size > 0) this.#settled.resolve();
    this.#changed.fire({ keys });
  }
}
