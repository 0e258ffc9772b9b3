/**
 * What the pods and nodes on screen use. Nothing is asked for rows that nobody sees: a cluster of thousands of pods is
 * asked for the few that are shown. Clusters without metrics.k8s.io are left alone.
 */
import type { Clock } from '../../core/backoff.ts';
import type { Disposable } from '../../core/disposable.ts';
import { Emitter } from '../../core/emitter.ts';
import { Failure, isAbort } from '../../core/failure.ts';
import { t } from '../../core/l10n.ts';
import { ApiFailure } from '../apiFailure.ts';
import type { Requester } from '../connection.ts';
import { readJson } from '../readJson.ts';
import { type ApiMetrics, type Usage, usageOf } from './usage.ts';

/** A pod, or a node when it has no namespace. */
export interface Metered {
  readonly context: string;
  readonly namespace: string;
  readonly name: string;
}

export interface MetricsDeps {
  /** Throws Failure when there is no such context. */
  readonly connect: (context: string) => Requester;
  readonly clock: Clock;
}

/** Milliseconds between two readings; metrics-server itself reads every 15 s to 60 s. */
const every = 30_000;
/** Milliseconds that rows which have just come into sight wait for others. */
const gather = 300;
/** Milliseconds for which a context that cannot tell is not asked again. */
const quiet = 30 * 60_000;
/** So many objects of a namespace are asked for one by one; of more, the whole namespace is read. */
const mostSingle = 10;

const root = '/apis/metrics.k8s.io/v1beta1';
/** Names of objects have neither slashes nor line breaks. */
const keyOf = ({ context, namespace, name }: Metered): string => `${namespace}/${name}\n${context}`;

export class Metrics implements Disposable {
  readonly #deps: MetricsDeps;
  readonly #sources = new Set<() => Iterable<Metered>>();
  readonly #known = new Map<string, Usage>();
  /** Context → when it may be asked again, or that it can tell. */
  readonly #contexts = new Map<string, number | 'tells'>();
  readonly #changed = new Emitter<void>();
  readonly #closing = new AbortController();
  #running = false;
  #wake: () => void = () => {};

  constructor(deps: MetricsDeps) {
    this.#deps = deps;
  }

  /** Fires after each reading that brought something. */
  readonly onDidChange = this.#changed.event;

  /** Undefined for what is not known. */
  current(metered: Metered): Usage | undefined {
    return this.#known.get(keyOf(metered));
  }

  /** Reads for what `inSight` tells, until it is disposed. Call `touch` when it tells of others. */
  watch(inSight: () => Iterable<Metered>): Disposable {
    this.#sources.add(inSight);
    return { dispose: () => void this.#sources.delete(inSight) };
  }

  /** Rows came into sight. */
  touch(): void {
    this.#wake();
    if (this.#running || this.#closing.signal.aborted) return;
    this.#running = true;
    void this.#run().finally(() => (this.#running = false));
  }

  /** Asks contexts again that could not tell: another user, another server. */
  forget(context?: string): void {
    if (context === undefined) this.#contexts.clear();
    else this.#contexts.delete(context);
  }

  dispose(): void {
    this.#closing.abort();
    this.#changed.dispose();
  }

  /** Goes on as long as somebody sees something that can be metered. */
  async #run(): Promise<void> {
    const { signal } = this.#closing;
    try {
      for (;;) {
        await this.#deps.clock.sleep(gather, signal);
        const wanted = this.#wanted();
        this.#forgetUnseen(wanted);
        if (wanted.length === 0) return;
        await this.#read(wanted);
        await this.#pause();
      }
    } catch (error) {
      if (!isAbort(error) && !signal.aborted) throw error;
    }
  }

  /** Until it is time again, or rows came into sight that nothing is known of. */
  async #pause(): Promise<void> {
    const woken = new AbortController();
    this.#wake = () => {
      if (this.#wanted().some((each) => !this.#known.has(keyOf(each)))) woken.abort();
    };
    const either = AbortSignal.any([this.#closing.signal, woken.signal]);
    await this.#deps.clock.sleep(every, either).catch(() => this.#closing.signal.throwIfAborted());
    this.#wake = () => {};
  }

  #wanted(): Metered[] {
    const now = this.#deps.clock.now();
    const mayAsk = (context: string): boolean => {
      const known = this.#contexts.get(context);
      return known === undefined || known === 'tells' || known <= now;
    };
    const all = [...this.#sources].flatMap((inSight) => [...inSight()]).filter(({ context }) => mayAsk(context));
    return [...new Map(all.map((each) => [keyOf(each), each])).values()];
  }

  #forgetUnseen(wanted: readonly Metered[]): void {
    const seen = new Set(wanted.map(keyOf));
    for (const key of this.#known.keys()) if (!seen.has(key)) this.#known.delete(key);
  }

  async #read(wanted: readonly Metered[]): Promise<void> {
    const before = JSON.stringify([...this.#known]);
    const byContext = Map.groupBy(wanted, ({ context }) => context);
    await Promise.all([...byContext].map(([context, all]) => this.#readContext(context, all)));
    if (JSON.stringify([...this.#known]) !== before && !this.#closing.signal.aborted) this.#changed.fire();
  }

  async #readContext(context: string, all: readonly Metered[]): Promise<void> {
    try {
      const server = this.#deps.connect(context);
      if (this.#contexts.get(context) !== 'tells') {
        await this.#get(server, root); // Whether there is such an API: a missing pod would say 404, too.
        this.#contexts.set(context, 'tells');
      }
      for (const [namespace, some] of Map.groupBy(all, (each) => each.namespace)) {
        await this.#readNamespace(server, namespace, some);
      }
    } catch (error) {
      if (isAbort(error)) return;
      if (!(error instanceof Failure)) throw error;
      // Metrics are a help, no more: rows without them say nothing of it. The loss of a server is told elsewhere.
      if (error instanceof ApiFailure) this.#contexts.set(context, this.#deps.clock.now() + quiet);
      for (const each of all) this.#known.delete(keyOf(each));
    }
  }

  async #readNamespace(server: Requester, namespace: string, some: readonly Metered[]): Promise<void> {
    const path = namespace === '' ? `${root}/nodes` : `${root}/namespaces/${encodeURIComponent(namespace)}/pods`;
    if (some.length > mostSingle) {
      const { items = [] } = await this.#get<{ items?: readonly ApiMetrics[] }>(server, path);
      const found = new Map(items.map((item) => [item.metadata.name, item]));
      for (const each of some) this.#note(each, found.get(each.name));
      return;
    }
    await Promise.all(
      some.map(async (each) => {
        const read = this.#get<ApiMetrics>(server, `${path}/${encodeURIComponent(each.name)}`);
        this.#note(each, await read.catch(unlessMissing));
      }),
    );
  }

  #note(metered: Metered, metrics: ApiMetrics | undefined): void {
    if (metrics === undefined) this.#known.delete(keyOf(metered));
    else this.#known.set(keyOf(metered), usageOf(metrics));
  }

  #get<T>(server: Requester, path: string): Promise<T> {
    return readJson<T>(server, path, { signal: this.#closing.signal, what: t('read metrics') });
  }
}

/** A pod that has just started has no metrics yet. */
function unlessMissing(error: unknown): undefined {
  if (error instanceof ApiFailure && error.status === 404) return undefined;
  throw error;
}
