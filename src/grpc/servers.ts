/** What is known of each server: its schema, read when asked for, and read again so that it is never stale. */
import { Emitter } from '../core/emitter.ts';
import { Failure, isAbort, toFailure } from '../core/failure.ts';
import { t } from '../core/l10n.ts';
import { type Loadable, failed, lastValue, loading, ready } from '../core/loadable.ts';
import type { Log } from '../core/log.ts';
import { type Changes, changesBetween } from './changes.ts';
import type { Channels } from './channels.ts';
import type { ConnectionOptions } from './connection.ts';
import type { MetadataEntries } from './events.ts';
import type { LoadedProtos, ProtoLibrary, Selection } from './protos/library.ts';
import { type Reflected, reflectServer } from './reflection.ts';
import { type Schema, bundledFiles, linkSchema } from './schema.ts';
import type { Target } from './target.ts';

/** Where a schema comes from. */
export type Origin =
  /** `filled`: the files the server does not publish, taken from the workspace. */
  | { readonly kind: 'reflection'; readonly reflected: Reflected; readonly filled: LoadedProtos | undefined }
  /** `selection`: which files; those of the workspace, because the server has no reflection, when it is empty. */
  | { readonly kind: 'files'; readonly loaded: LoadedProtos; readonly selection: Selection };

export interface ServerSchema {
  readonly schema: Schema;
  readonly origin: Origin;
  /** What became different since the server was first read, or refreshed. */
  readonly changes: Changes;
}

/** Where a server is and how it is reached. */
export interface Reach {
  readonly target: Target;
  /** Sent with reflection and with calls. */
  readonly metadata: MetadataEntries;
  /** Sent with reflection alone. */
  readonly reflection?: MetadataEntries;
  readonly connection: ConnectionOptions;
  /** Its schema lies in these files. */
  readonly files?: Selection | undefined;
}

/** Finds out where a server is. Throws Failure. */
export type Locate = (server: string, signal: AbortSignal) => Promise<Reach>;

const unchanged: Changes = new Map();

export class Servers {
  readonly #channels: Channels;
  readonly #log: Log;
  readonly #locate: Locate;
  readonly #library: ProtoLibrary | undefined;
  readonly #states = new Map<string, Loadable<ServerSchema>>();
  readonly #loads = new Map<string, Promise<void>>();
  readonly #closed = new AbortController();
  #waitsFor: string | undefined;
  readonly #changed: Emitter<string>;
  /** Fires with the name of a server whose state changed. */
  readonly onDidChange: Emitter<string>['event'];

  constructor(channels: Channels, log: Log, locate: Locate, library?: ProtoLibrary) {
    this.#channels = channels;
    this.#locate = locate;
    this.#library = library;
    this.#log = log;
    this.#changed = new Emitter((error) => log.error('a listener of the gRPC servers failed', error));
    this.onDidChange = this.#changed.event;
  }

  state(server: string): Loadable<ServerSchema> {
    return this.#states.get(server) ?? loading;
  }

  /** What servers that are being read wait for, where that is more than their answer. */
  get waitsFor(): string | undefined {
    return this.#waitsFor;
  }

  wait(sentence: string | undefined): void {
    if (sentence === this.#waitsFor || this.#closed.signal.aborted) return;
    this.#waitsFor = sentence;
    for (const server of this.#loads.keys()) this.#changed.fire(server);
  }

  /**
   * Reads the server's schema unless it is being read already. Never rejects: the state says what failed.
   * @param marks compares with what was known, so that the view can mark what changed.
   */
  load(server: string, marks = false): Promise<void> {
    let load = this.#loads.get(server);
    if (load === undefined) {
      load = this.#load(server, marks).finally(() => this.#loads.delete(server));
      this.#loads.set(server, load);
    }
    return load;
  }

  /** The schema as it is known, read first when it never was. Throws the Failure. */
  async schema(server: string): Promise<ServerSchema> {
    if (this.state(server).state !== 'ready') await this.load(server);
    const state = this.state(server);
    if (state.state === 'ready') return state.value;
    throw (state as { failure: Failure }).failure;
  }

  /**
   * The schema of now, for a call to `service`: asks for that service alone, and for everything when it changed.
   * A server that no longer answers keeps its last schema; the call itself will tell what is wrong.
   */
  async current(
    server: string,
    service: string,
    metadata: MetadataEntries,
    signal: AbortSignal,
  ): Promise<ServerSchema> {
    const known = lastValue(this.state(server));
    if (known === undefined) return this.schema(server);
    try {
      if ((await this.#isCurrent(known, server, service, metadata, signal)) && this.state(server).state === 'ready') {
        return known;
      }
    } catch (error) {
      if (isAbort(error)) throw error;
      return known;
    }
    await this.load(server, true);
    return lastValue(this.state(server)) ?? known;
  }

  forget(server: string): void {
    this.#states.delete(server);
  }

  dispose(): void {
    this.#closed.abort();
    this.#changed.dispose();
  }

  async #isCurrent(
    { origin }: ServerSchema,
    server: string,
    service: string,
    metadata: MetadataEntries,
    signal: AbortSignal,
  ): Promise<boolean> {
    if (origin.kind === 'files') return (await this.#library!.current(origin.selection, signal)) === origin.loaded;
    const reach = await this.#locate(server, signal);
    const { bytes } = await reflectServer(this.#channels, reach.target, signal, {
      services: [service],
      metadata: [...(reach.reflection ?? []), ...withDefaults(metadata, reach.metadata)],
      connection: reach.connection,
    });
    const known = origin.reflected.bytes;
    if (bytes.size === 0 || ![...bytes].every(([name, file]) => equal(file, known.get(name)))) return false;
    return origin.filled === undefined || (await this.#library!.current({}, signal)) === origin.filled;
  }

  async #load(server: string, marks: boolean): Promise<void> {
    const before = this.#states.get(server);
    const known = before === undefined ? undefined : lastValue(before);
    try {
      const { schema, origin } = await this.#read(server, this.#closed.signal);
      this.#log.trace(`grpc: ${server} has ${schema.services.length} services (${origin.kind})`);
      const changes = marks && known !== undefined ? changesBetween(known, schema) : unchanged;
      this.#states.set(server, ready({ schema, origin, changes }));
    } catch (error) {
      if (this.#closed.signal.aborted) return;
      const failure = toFailure(error);
      this.#log.info(`grpc: ${server}: ${failure.message}`);
      this.#states.set(server, failed(failure, before));
    }
    this.#changed.fire(server);
  }

  async #read(server: string, signal: AbortSignal): Promise<Omit<ServerSchema, 'changes'>> {
    const reach = await this.#locate(server, signal);
    signal.throwIfAborted(); // The connections may be closed, and nobody would close another one.
    const { files } = reach;
    if (files !== undefined) return this.#fromFiles(files, signal);
    let reflected: Reflected;
    try {
      const { metadata, reflection = [], connection } = reach;
      reflected = await reflectServer(this.#channels, reach.target, signal, {
        metadata: [...reflection, ...metadata],
        connection,
      });
    } catch (error) {
      // Without reflection the workspace may still have what the server is made of.
      if (!(error instanceof Failure) || error.kind !== 'notFound' || this.#library === undefined) throw error;
      const own = await this.#fromFiles({}, signal);
      if (own.schema.services.length === 0) throw error;
      return own;
    }
    return this.#fromReflection(reflected, signal);
  }

  async #fromReflection(reflected: Reflected, signal: AbortSignal): Promise<Omit<ServerSchema, 'changes'>> {
    const { services, unavailable } = reflected;
    const files = new Map(reflected.files);
    const missing = [...files.values()]
      .flatMap(({ dependency }) => dependency)
      .filter((name) => !files.has(name) && !bundledFiles.has(name));
    let filled: LoadedProtos | undefined;
    if (missing.length > 0 && this.#library !== undefined) {
      const { filesNamed } = await import('./protos/library.ts');
      filled = await this.#library.load({}, signal);
      for (const [name, file] of filesNamed(filled, missing)) if (!files.has(name)) files.set(name, file);
    }
    return { schema: linkSchema(services, files, unavailable), origin: { kind: 'reflection', reflected, filled } };
  }

  async #fromFiles(selection: Selection, signal: AbortSignal): Promise<Omit<ServerSchema, 'changes'>> {
    const { linkLoaded } = await import('./protos/link.ts');
    if (this.#library === undefined) throw new Failure('invalid', t('Schemas cannot be read from files here.'));
    const loaded = await this.#library.load(selection, signal);
    const schema = linkLoaded(loaded);
    const [broken] = loaded.broken;
    if (selection.paths !== undefined && schema.services.length === 0 && broken !== undefined) {
      throw new Failure('invalid', `${broken[0]}: ${broken[1]}`);
    }
    return { schema, origin: { kind: 'files', loaded, selection } };
  }
}

/** What the request says, and of the defaults what it does not speak of. */
export function withDefaults(metadata: MetadataEntries, defaults: MetadataEntries): MetadataEntries {
  const spoken = new Set(metadata.map(([name]) => name.toLowerCase()));
  return [...defaults.filter(([name]) => !spoken.has(name.toLowerCase())), ...metadata];
}

function equal(one: Uint8Array, other: Uint8Array | undefined): boolean {
  return other !== undefined && Buffer.compare(one, other) === 0;
}
