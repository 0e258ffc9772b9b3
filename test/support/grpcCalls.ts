/** Calls as the tests make them: JSON in, every event out. */
import type { DescMethod } from '@bufbuild/protobuf';
import { Channels } from '../../src/grpc/channels.ts';
import type { ConnectionOptions } from '../../src/grpc/connection.ts';
import { type Engine, type EngineOptions, createEngine } from '../../src/grpc/engine.ts';
import type { CallEvent } from '../../src/grpc/events.ts';
import { reflectServer } from '../../src/grpc/reflection.ts';
import { type Schema, findMethod, linkSchema } from '../../src/grpc/schema.ts';
import { parseTarget } from '../../src/grpc/target.ts';

export const never = new AbortController().signal;

export interface CallOptions {
  readonly metadata?: readonly [string, string][];
  readonly deadline?: number;
  readonly signal?: AbortSignal;
  readonly connection?: ConnectionOptions;
  /** Call this server instead, which has the same schema. */
  readonly at?: string;
}

/** What a call gave, sorted by kind. */
export interface Outcome {
  readonly headers: Record<string, string>;
  readonly messages: unknown[];
  readonly sizes: number[];
  readonly code: string;
  readonly details: string;
  readonly trailers: Record<string, string>;
  readonly decodedDetails: unknown[];
}

/** An engine with its connections and one server's schema. */
export class Caller {
  readonly channels = new Channels();
  readonly #engine: Engine;
  readonly #target;
  readonly schema: Schema;

  private constructor(address: string, schema: Schema, options: EngineOptions) {
    this.#engine = createEngine(this.channels, options);
    this.#target = parseTarget(address);
    this.schema = schema;
  }

  static async open(address: string, options: EngineOptions = {}): Promise<Caller> {
    const channels = new Channels();
    try {
      const { services, files, unavailable } = await reflectServer(channels, parseTarget(address), never);
      return new Caller(address, linkSchema(services, files, unavailable), options);
    } finally {
      await channels.close();
    }
  }

  events(method: string, messages: AsyncIterable<string>, options: CallOptions = {}): AsyncGenerator<CallEvent> {
    const known = findMethod(this.schema, method);
    if (known === undefined) throw new Error(`no method ${method}`);
    return this.eventsOf(known, messages, options);
  }

  eventsOf(method: DescMethod, messages: AsyncIterable<string>, options: CallOptions = {}): AsyncGenerator<CallEvent> {
    const { metadata = [], deadline = 20_000, signal = never, connection = {}, at } = options;
    return this.#engine.call(
      { method, types: this.schema.types },
      messages,
      { target: at === undefined ? this.#target : parseTarget(at), metadata, deadline, connection },
      signal,
    );
  }

  /** Sends all messages, gathers all events; fails on `failed`. */
  async call(method: string, messages: readonly unknown[], options: CallOptions = {}): Promise<Outcome> {
    return gather(this.events(method, each(messages), options));
  }
}

export async function gather(events: AsyncIterable<CallEvent>): Promise<Outcome> {
  let headers: Record<string, string> = {};
  const messages: unknown[] = [];
  const sizes: number[] = [];
  for await (const event of events) {
    if (event.kind === 'headers') headers = Object.fromEntries(event.metadata);
    if (event.kind === 'message') {
      messages.push(JSON.parse(event.json));
      sizes.push(event.bytes);
    }
    if (event.kind === 'failed') throw new Error(event.failure.message);
    if (event.kind === 'trailers') {
      const decodedDetails = event.decodedDetails.map((json): unknown => JSON.parse(json));
      const { codeName: code, details } = event;
      const trailers = Object.fromEntries(event.metadata);
      return { headers, messages, sizes, code, details, trailers, decodedDetails };
    }
  }
  throw new Error('the call had no end');
}

/** Texts go as they are, everything else as JSON. */
export async function* each(messages: readonly unknown[]): AsyncGenerator<string> {
  for (const message of messages) yield typeof message === 'string' ? message : JSON.stringify(message);
}
