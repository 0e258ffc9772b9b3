/** What is known of each server: its schema, read when asked for, and read again so that it is never stale. */
import { Emitter } from '../core/emitter.ts';
import { type Failure, isAbort, toFailure } from '../core/failure.ts';
import { type Loadable, failed, lastValue, loading, ready } from '../core/loadable.ts';
import type { Log } from '../core/log.ts';
import type { Channels } from './channels.ts';
import type { ConnectionOptions } from './connection.ts';
import type { MetadataEntries } from './events.ts';
import { type Reflected, reflectServer } from './reflection.ts';
import { type Schema, linkSchema } from './schema.ts';
import { parseTarget } from './target.ts';

export interface ServerSchema {
  readonly schema: Schema;
  readonly reflected: Reflected;
}

/** How a server is reached, beside its address. */
export interface Reach {
  /** Sent with reflection. */
  readonly metadata: MetadataEntries;
  readonly connection: ConnectionOptions;
}

export class Servers {
  readonly #channels: Channels;
  readonly #log: Log;
  readonly #reach: (target: string) => Reach;
  readonly #states = new Map<string, Loadable<ServerSchema>>();
  readonly #loads = new Map<string, Promise<void>>();
  readonly #closed = new AbortController();
  readonly #changed: Emitter<string>;
  /** Fires with the address of a server whose state changed. */
  readonly onDidChange: Emitter<string>['event'];

  constructor(channels: Channels, log: Log, reach: (target: string) => Reach) {
    this.#channels = channels;
    this.#reach = reach;
    this.#log = log;
    this.#changed = new Emitter((error) => log.error('a listener of the gRPC servers failed', error));
    this.onDidChange = this.#changed.event;
  }

  state(target: string): Loadable<ServerSchema> {
    return this.#states.get(target) ?? loading;
  }

  /** Reads the server's schema unless it is being read already. Never rejects: the state says what failed. */
  load(target: string): Promise<void> {
    let load = this.#loads.get(target);
    if (load === undefined) {
      load = this.#read(target).finally(() => this.#loads.delete(target));
      this.#loads.set(target, load);
    }
    return load;
  }

  /** The schema as it is known, read first when it never was. Throws the Failure. */
  async schema(target: string): Promise<ServerSchema> {
    if (this.state(target).state !== 'ready') await this.load(target);
    const state = this.state(target);
    if (state.state === 'ready') return state.value;
    throw (state as { failure: Failure }).failure;
  }

  /**
   * The schema of now, for a call to `service`: asks for that service alone, and for everything when it changed.
   * A server that no longer answers keeps its last schema; the call itself will tell what is wrong.
   */
  async current(
    target: string,
    service: string,
    metadata: MetadataEntries,
    signal: AbortSignal,
  ): Promise<ServerSchema> {
    const known = lastValue(this.state(target));
    if (known === undefined) return this.schema(target);
    try {
      const { bytes } = await reflectServer(this.#channels, parseTarget(target), signal, {
        services: [service],
        metadata: [...this.#reach(target).metadata, ...metadata],
        connection: this.#reach(target).connection,
      });
      const same = bytes.size > 0 && [...bytes].every(([name, file]) => equal(file, known.reflected.bytes.get(name)));
      if (same && this.state(target).state === 'ready') return known;
    } catch (error) {
      if (isAbort(error)) throw error;
      return known;
    }
    await this.load(target);
    return lastValue(this.state(target)) ?? known;
  }

  forget(target: string): void {
    this.#states.delete(target);
  }

  dispose(): void {
    this.#closed.abort();
    this.#changed.dispose();
  }

  async #read(target: string): Promise<void> {
    const before = this.#states.get(target);
    try {
      const reflected = await reflectServer(
        this.#channels,
        parseTarget(target),
        this.#closed.signal,
        this.#reach(target),
      );
      const { services, files, unavailable } = reflected;
      this.#log.trace(`grpc: ${target} has ${services.length} services (reflection ${reflected.version})`);
      this.#states.set(target, ready({ schema: linkSchema(services, files, unavailable), reflected }));
    } catch (error) {
      if (this.#closed.signal.aborted) return;
      const failure = toFailure(error);
      this.#log.info(`grpc: ${target}: ${failure.message}`);
      this.#states.set(target, failed(failure, before));
    }
    this.#changed.fire(target);
  }
}

function equal(one: Uint8Array, other: Uint8Array | undefined): boolean {
  return other !== undefined && Buffer.compare(one, other) === 0;
}
