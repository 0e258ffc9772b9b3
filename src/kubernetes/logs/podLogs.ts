/** The logs of a pod, or of all pods of a workload, as one; pods that come are followed too. */
import type { Clock } from '../../core/backoff.ts';
import { Failure, isAbort, messageOf } from '../../core/failure.ts';
import { t } from '../../core/l10n.ts';
import { type LogFeed, remark } from '../../core/log/entry.ts';
import { LogMerger } from '../../core/log/merge.ts';
import type { Requester } from '../connection.ts';
import type { PodRow } from '../rows.ts';
import type { Look, Store } from '../store.ts';
import { ContainerLog } from './containerLog.ts';
import type { LogQuery } from './logCall.ts';

export interface LogTarget {
  /** Id of the context. */
  readonly context: string;
  readonly namespace: string;
  /** For people: `pod checkout-7d4`. */
  readonly name: string;
  /** The pods that are meant. */
  readonly selects: (pod: PodRow) => boolean;
  /** All containers when undefined. */
  readonly container?: string | undefined;
  /** One pod, with which the log ends; otherwise pods come and go. */
  readonly single: boolean;
}

export interface PodLogDeps {
  readonly store: Store;
  readonly connect: (context: string) => Requester;
  readonly clock: Clock;
  /** Puts a refusal into better words. */
  readonly refused?: (error: unknown) => unknown;
}

/** A feed for the log surface. What concerns one container is a remark among its lines; what concerns all is thrown. */
export function podLogs(deps: PodLogDeps, target: LogTarget, query: LogQuery): LogFeed {
  return async function* (signal) {
    const ending = new AbortController();
    const work = new Follower(deps, target, query, AbortSignal.any([signal, ending.signal]));
    try {
      yield* work.entries();
    } finally {
      ending.abort();
      work.dispose();
    }
  };
}

class Follower {
  readonly #deps: PodLogDeps;
  readonly #target: LogTarget;
  readonly #query: LogQuery;
  readonly #signal: AbortSignal;
  readonly #look: Look<PodRow>;
  readonly #merger: LogMerger;
  /** Pod's uid and container → its reading, going on or done. */
  readonly #begun = new Set<string>();
  #running = 0;
  #first = true;
  #change = Promise.withResolvers<void>();

  constructor(deps: PodLogDeps, target: LogTarget, query: LogQuery, signal: AbortSignal) {
    this.#deps = deps;
    this.#target = target;
    this.#query = query;
    this.#signal = signal;
    this.#merger = new LogMerger(deps.clock);
    this.#look = deps.store.look({ context: target.context, kind: 'pods', namespace: target.namespace });
    this.#look.onDidChange(() => this.#onChange());
    signal.addEventListener('abort', () => this.#merger.close(), { once: true });
  }

  async *entries(): ReturnType<LogFeed> {
    await this.#complete();
    const state = this.#look.state();
    if (this.#pods().length === 0) {
      if ('failure' in state) throw state.failure;
      if (this.#target.single || !this.#query.follow) {
        throw new Failure('notFound', t('{0} has no pod in namespace {1}.', this.#target.name, this.#target.namespace));
      }
      yield [remark('', t('{0} has no pod yet. Its lines will show when it has.', this.#target.name))];
    }
    this.#start();
    yield* this.#merger;
  }

  dispose(): void {
    this.#look.dispose();
    this.#merger.close();
    this.#change.resolve();
  }

  /** Resolves when all rows are there, or none can be had. */
  async #complete(): Promise<void> {
    await this.#look.settled;
    while (this.#look.state().state === 'loading' && !this.#signal.aborted) await this.#change.promise;
  }

  #onChange(): void {
    const change = this.#change;
    this.#change = Promise.withResolvers();
    change.resolve();
    if (!this.#first) this.#start();
  }

  #pods(): PodRow[] {
    const { namespace, selects } = this.#target;
    return [...this.#look.rows.values()].filter((pod) => pod.namespace === namespace && selects(pod));
  }

  /** Begins with the containers that are new. Without follow, the first look is the only one. */
  #start(): void {
    const isFirst = this.#first;
    this.#first = false;
    if (!isFirst && !this.#query.follow) return;
    for (const pod of this.#pods()) {
      for (const { name, ephemeral } of pod.containers) {
        const key = `${pod.uid}/${name}`;
        // What was typed into a debug container is no log, unless somebody asks for it.
        const isMeant = this.#target.container === undefined ? ephemeral !== true : this.#target.container === name;
        if (this.#begun.has(key) || !isMeant) continue;
        this.#begun.add(key);
        void this.#follow(pod, name, isFirst);
      }
    }
    if (this.#running === 0 && isFirst && !this.#waitsForMore()) this.#merger.close();
  }

  #waitsForMore(): boolean {
    return this.#query.follow && !this.#target.single;
  }

  async #follow(pod: PodRow, container: string, isFirst: boolean): Promise<void> {
    this.#running++;
    const source = this.#sourceOf(pod, container);
    const key = `${pod.uid}/${container}`;
    const push = (entries: Parameters<LogMerger['push']>[1]): Promise<void> => this.#merger.push(key, entries);
    if (!isFirst && !this.#target.single) await push([remark(source, t('New pod.'))]);
    // A pod that came while we followed is shown from its first line.
    const query = isFirst ? this.#query : { follow: true };
    const log = new ContainerLog(
      {
        server: () => this.#deps.connect(this.#target.context),
        clock: this.#deps.clock,
        namespace: pod.namespace,
        pod: pod.name,
        container,
        source,
        push,
        now: () => this.#row(pod.uid)?.containers.find(({ name }) => name === container),
        changed: (signal) => this.#changed(signal),
      },
      query,
    );
    try {
      await log.run(this.#signal);
      if (this.#query.follow) await push([remark(source, t('The pod is gone.'))]);
    } catch (error) {
      if (!isAbort(error)) await push([remark(source, messageOf(this.#deps.refused?.(error) ?? error))]);
    }
    if (--this.#running === 0 && !this.#waitsForMore()) this.#merger.close();
  }

  #row(uid: string): PodRow | undefined {
    return this.#pods().find((pod) => pod.uid === uid);
  }

  async #changed(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    const aborted = Promise.withResolvers<void>();
    const onAbort = (): void => aborted.resolve();
    signal.addEventListener('abort', onAbort, { once: true });
    await Promise.race([this.#change.promise, aborted.promise]);
    signal.removeEventListener('abort', onAbort);
  }

  /** As short as it can be without being ambiguous. */
  #sourceOf(pod: PodRow, container: string): string {
    const several = this.#target.container === undefined && pod.containers.length > 1;
    if (this.#target.single) return several ? container : '';
    return several ? `${pod.name}/${container}` : pod.name;
  }
}
