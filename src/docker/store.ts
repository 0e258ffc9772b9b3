/**
 * One engine's containers, kept true by its events. While visible: the events are opened first, then everything is
 * listed once, and from then on each event asks for the one container it names. Whatever ends the events is answered
 * by connecting and listing again. Events are hints, so a ping every half minute notices an engine that stopped
 * answering, and a list every five minutes repairs what a lost event left wrong. While hidden nothing is asked.
 */
import { Backoff, type Clock, systemClock } from '../core/backoff.ts';
import type { Disposable } from '../core/disposable.ts';
import { Emitter } from '../core/emitter.ts';
import { Failure, toFailure } from '../core/failure.ts';
import { t } from '../core/l10n.ts';
import { lines } from '../core/lines.ts';
import { type Loadable, failed, loading, ready } from '../core/loadable.ts';
import type { Log } from '../core/log.ts';
import { lookup } from '../core/lookup.ts';
import type { Container } from './containers.ts';
import { engineFailure } from './failures.ts';
import type { Ping } from './probe.ts';
import type { Folder } from './resources.ts';

/** What the store needs of an engine; `EngineClient` is one. Every promise rejects with a Failure. */
export interface ContainerSource {
  readonly address: string;
  ping(signal: AbortSignal): Promise<Ping>;
  events(since: number | undefined, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>>;
  listContainers(signal: AbortSignal): Promise<Container[]>;
  /** Undefined when there is no such container. */
  container(id: string, signal: AbortSignal): Promise<Container | undefined>;
}

/** `all`: anything may differ. Else one container does; `set` when it came, went, or changed its name. */
export type StoreChange = 'all' | { readonly id: string; readonly what: 'row' | 'set' };

export interface StoreOptions {
  readonly log: Log;
  readonly clock?: Clock;
  /** Milliseconds between two questions to a silent engine. */
  readonly heartbeat?: number;
  /** Milliseconds between two lists that need no cause. */
  readonly reconcile?: number;
}

export class ContainerStore implements Disposable {
  readonly #source: ContainerSource;
  readonly #log: Log;
  readonly #clock: Clock;
  readonly #heartbeat: number;
  readonly #reconcile: number;
  readonly #changed = new Emitter<StoreChange>((error) => this.#log.error('a listener of containers failed', error));
  readonly #heard = new Emitter<Folder | 'all'>((error) => this.#log.error('a listener of events failed', error));
  #containers = new Map<string, Container>();
  #state: Loadable<ReadonlyMap<string, Container>> = loading;
  #known = Promise.withResolvers<void>();
  #running: AbortController | undefined;

  constructor(source: ContainerSource, options: StoreOptions) {
    this.#source = source;
    this.#log = options.log;
    this.#clock = options.clock ?? systemClock;
    this.#heartbeat = options.heartbeat ?? 30_000;
    this.#reconcile = options.reconcile ?? 300_000;
  }

  readonly onDidChange = this.#changed.event;

  /** Fires with the folder that an event is about, and with `all` when events were opened: some may have been missed. */
  readonly onDidHear = this.#heard.event;

  /** Containers by id. After a failure the last known ones, for as long as the engine is away. */
  get state(): Loadable<ReadonlyMap<string, Container>> {
    return this.#state;
  }

  /** Resolves once the state is not `loading`: listed, or failed. */
  known(): Promise<void> {
    return this.#known.promise;
  }

  setVisible(visible: boolean): void {
    if (visible === (this.#running !== undefined)) return;
    if (visible) {
      this.#running = new AbortController();
      void this.#run(this.#running.signal);
    } else {
      this.#running?.abort();
      this.#running = undefined;
    }
  }

  dispose(): void {
    this.setVisible(false);
    this.#changed.dispose();
    this.#heard.dispose();
    this.#known.resolve();
  }

  /** Session after session until the signal; the wait between two grows while they fail. */
  async #run(signal: AbortSignal): Promise<void> {
    const backoff = new Backoff({ first: 250, most: longestWait(this.#source.address) }, this.#clock);
    while (!signal.aborted) {
      const start = this.#clock.now();
      const failure = await this.#session(signal);
      if (signal.aborted) return;
      this.#log.info(`${this.#source.address}: ${failure.message}`);
      this.#set(failed(failure, this.#state));
      // A session that held for a second was a good one; one that ends at once must not be tried in a tight loop.
      if (this.#clock.now() - start >= 1000) backoff.reset();
      await this.#clock.sleep(backoff.next(), signal).catch(() => undefined);
    }
  }

  /** Follows the engine until something fails, and returns what did. */
  async #session(outer: AbortSignal): Promise<Failure> {
    const session = new AbortController();
    const signal = AbortSignal.any([outer, session.signal]);
    const questions = new Questions();
    try {
      const { seconds } = await this.#source.ping(signal);
      // The engine answers before it listens to itself: a second of the past closes that gap.
      const events = await this.#source.events(seconds === undefined ? undefined : seconds - 1, signal);
      questions.askAll();
      this.#heard.fire('all');
      return await Promise.race([
        this.#watch(events, questions),
        this.#answer(questions, signal),
        this.#beat(questions, signal),
      ]);
    } catch (error) {
      return toFailure(error);
    } finally {
      session.abort();
    }
  }

  /** Reads events until they end. That is a failure too: an engine that is well never ends them. */
  async #watch(events: AsyncIterable<Uint8Array>, questions: Questions): Promise<Failure> {
    try {
      for await (const line of lines(events)) {
        const subject = subjectOf(line);
        if (typeof subject === 'string') this.#heard.fire(subject);
        else if (subject !== undefined) questions.ask(subject.container);
      }
    } catch (error) {
      if (!(error instanceof SyntaxError)) return engineFailure(error, this.#source.address);
      return new Failure(
        'invalid',
        t('The engine at {0} sent an event that is not valid JSON.', this.#source.address),
        error,
      );
    }
    return new Failure(
      'unreachable',
      t('The engine at {0} went away. Gantry reconnects by itself.', this.#source.address),
    );
  }

  /** One question after the other, so that no older answer can overtake a newer one. */
  async #answer(questions: Questions, signal: AbortSignal): Promise<Failure> {
    try {
      for (;;) {
        const ids = await questions.next();
        if (ids === 'all') {
          const rows = await this.#source.listContainers(signal);
          if (!signal.aborted) this.#replace(rows);
        } else {
          const rows = await Promise.all(ids.map((id) => this.#source.container(id, signal)));
          if (!signal.aborted) ids.forEach((id, i) => this.#patch(id, rows[i]));
        }
      }
    } catch (error) {
      return toFailure(error);
    }
  }

  async #beat(questions: Questions, signal: AbortSignal): Promise<Failure> {
    let listed = this.#clock.now();
    try {
      for (;;) {
        await this.#clock.sleep(this.#heartbeat, signal);
        if (this.#clock.now() - listed < this.#reconcile) {
          await this.#source.ping(signal);
        } else {
          listed = this.#clock.now();
          questions.askAll();
        }
      }
    } catch (error) {
      return toFailure(error);
    }
  }

  #replace(rows: readonly Container[]): void {
    this.#containers = new Map(rows.map((row) => [row.id, row]));
    this.#set(ready(this.#containers));
  }

  #patch(id: string, after: Container | undefined): void {
    const before = this.#containers.get(id);
    if (after === undefined) this.#containers.delete(id);
    else this.#containers.set(id, after);
    if (before?.name !== after?.name) this.#changed.fire({ id, what: 'set' });
    else if (after !== undefined) this.#changed.fire({ id, what: 'row' });
  }

  #set(state: Loadable<ReadonlyMap<string, Container>>): void {
    const before = this.#state;
    this.#state = state;
    this.#known.resolve();
    const same =
      state.state === 'failed' && before.state === 'failed' && state.failure.message === before.failure.message;
    if (!same) this.#changed.fire('all');
  }
}

/** Milliseconds between two attempts: one at a socket of this machine costs nothing, and its engine may be back at any time. */
const longestWait = (address: string): number => (/^(?:unix|npipe):/.test(address) ? 1000 : 10_000);

/** What must be asked next. An id that is asked for twice before its turn is asked once. */
class Questions {
  readonly #ids = new Set<string>();
  #all = false;
  #pending = Promise.withResolvers<void>();

  ask(id: string): void {
    this.#ids.add(id);
    this.#pending.resolve();
  }

  askAll(): void {
    this.#all = true;
    this.#pending.resolve();
  }

  /** Waits for a question: everything first, then ids, a few at a time so that their answers come together. */
  async next(): Promise<'all' | readonly string[]> {
    await this.#pending.promise;
    const ids = this.#all ? ('all' as const) : [...this.#ids].slice(0, atOnce);
    if (ids !== 'all') for (const id of ids) this.#ids.delete(id);
    this.#all = false;
    if (this.#ids.size === 0) this.#pending = Promise.withResolvers<void>();
    return ids;
  }
}

/** As many as the client has connections for. */
const atOnce = 4;

/**
 * What an event line is about: a container, or one of a folder's rows; undefined when no row can have changed.
 * API 1.52 dropped `id` and `status`; `Type`, `Action` and `Actor` exist since 1.22. Throws for what is not JSON.
 */
export function subjectOf(line: Buffer): { readonly container: string } | Folder | undefined {
  if (line.length === 0) return undefined;
  const event = JSON.parse(line.toString()) as { Type?: unknown; Action?: unknown; Actor?: { ID?: unknown } } | null;
  const { Type, Action } = event ?? {};
  if (typeof Type !== 'string' || typeof Action !== 'string' || silent.test(Action)) return undefined;
  if (Type !== 'container') return folderOf[Type];
  const id = event?.Actor?.ID;
  return typeof id === 'string' ? { container: id } : undefined;
}

const folderOf: Readonly<Record<string, Folder>> = lookup({
  image: 'images',
  volume: 'volumes',
  network: 'networks',
  builder: 'cache',
});

/**
 * Three `exec_…` for every health check, what only moves data, `kill`, which a `die` follows, and what joins a container
 * to a volume or a network, which its own events tell.
 */
const silent =
  /^(?:exec_\w+|attach|detach|export|archive-path|extract-to-dir|copy|commit|resize|top|kill|push|save|(?:un)?mount|(?:dis)?connect)\b/;
