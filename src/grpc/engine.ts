/** The one seam through which every call goes: JSON in, events out, for all four kinds of method. */
import { type DescMethod, type Registry, createRegistry, fromBinary } from '@bufbuild/protobuf';
import { status } from '@grpc/grpc-js';
import { type FailureKind, messageOf, toFailure } from '../core/failure.ts';
import { t } from '../core/l10n.ts';
import { type Channels, type RawEvent, toMetadata } from './channels.ts';
import type { ConnectionOptions } from './connection.ts';
import { encodeJson } from './encode.ts';
import type { CallEvent, Explanation, MetadataEntries, Timing } from './events.ts';
import { Unreachable, explainEnding, explainUnreachable } from './explain.ts';
import { JsonProblem } from './json.ts';
import { isAlive } from './probe.ts';
import { renderAny, renderMessage } from './render.ts';
import { shippedTypes } from './shippedDescriptors.ts';
import { noticeSilence } from './silence.ts';
import { type Target } from './target.ts';

export interface CallOptions {
  readonly target: Target;
  readonly metadata?: MetadataEntries;
  /** Milliseconds the call may take; none means no limit. */
  readonly deadline?: number;
  readonly connection?: ConnectionOptions;
  /** Told of each message as it is sent: the events themselves come only when the server says something. */
  readonly onSent?: (event: CallEvent & { kind: 'sent' }) => void;
}

/** A method with the types its messages may hold. */
export interface Callable {
  readonly method: DescMethod;
  readonly types: Registry;
}

/** A fault of the request, with the message it is in. */
class RequestFault extends Error {
  readonly index: number;
  readonly problem: JsonProblem;

  constructor(index: number, problem: JsonProblem) {
    super(problem.message);
    this.index = index;
    this.problem = problem;
  }
}

export interface Engine {
  /**
   * Calls a method. `messages` are JSON texts, sent as they come; a method that takes one message gets exactly one.
   * Never throws: the last event is `trailers` (also after an abort: CANCELLED) or `failed`.
   */
  call(
    callable: Callable,
    messages: AsyncIterable<string>,
    options: CallOptions,
    signal: AbortSignal,
  ): AsyncGenerator<CallEvent>;
}

export interface EngineOptions {
  /** Milliseconds that only grow, for the times of events. */
  readonly now?: () => number;
  /** Milliseconds without any sign after which the server is asked whether it is there. */
  readonly silence?: number;
}

export function createEngine(
  channels: Channels,
  { now = () => performance.now(), silence = 15_000 }: EngineOptions = {},
): Engine {
  return {
    async *call(callable, messages, options, signal) {
      const began = now();
      const clock = (): number => now() - began;
      try {
        yield* events(channels, callable, messages, options, signal, clock, silence);
      } catch (error) {
        yield failedEvent(error);
      }
    },
  };
}

async function* events(
  channels: Channels,
  callable: Callable,
  messages: AsyncIterable<string>,
  options: CallOptions,
  signal: AbortSignal,
  clock: () => number,
  silence: number,
): AsyncGenerator<CallEvent> {
  const { method, types } = callable;
  checkMetadata(options.metadata ?? []);
  const encoded = encodeAll(method, types, messages, (json, { length }) =>
    options.onSent?.({ kind: 'sent', json, bytes: length, at: clock() }),
  );
  // Known to be right before the server hears of it, where there is only one.
  const requests = takesOne(method) ? replay(await onlyOne(encoded)) : encoded;
  const path = `/${method.parent.typeName}/${method.name}`;
  const times = new Times(clock);
  const { target } = options;
  const alive = (): Promise<boolean> => isAlive(target, channels.isSecure(target));
  const stop = new AbortController();
  const received = channels.call(target, path, requests, options, AbortSignal.any([signal, stop.signal]));
  for await (const event of noticeSilence(received, silence, alive, () => stop.abort())) {
    switch (event.kind) {
      case 'silence':
        yield {
          kind: 'stalled',
          sentence: t('{0} does not answer any more. The call still waits; it can be cancelled.', target.text),
          at: clock(),
        };
        break;
      case 'headers':
        yield { kind: 'headers', metadata: event.metadata, at: times.headers() };
        break;
      case 'message':
        yield {
          kind: 'message',
          json: renderMessage(method.output, event.bytes, types),
          bytes: event.bytes.length,
          at: times.message(),
        };
        break;
      case 'status':
        yield await endOf(channels, callable, options, event, {
          ...channels.takeConnectionTimes(target, options.connection ?? {}),
          ...times.end(),
        });
    }
  }
}

/** The last event: what the service said, or why it could not. */
async function endOf(
  channels: Channels,
  { method, types }: Callable,
  options: CallOptions,
  event: RawEvent & { kind: 'status' },
  timing: Timing,
): Promise<CallEvent> {
  const { target } = options;
  const secure = channels.isSecure(target);
  if (event.local && event.code === status.UNAVAILABLE) {
    return failedEvent(await explainUnreachable(target, secure, event.details));
  }
  const explanation = await explainEnding(target, secure, event, options);
  const trailers = trailersEvent(event, types, timing);
  if (explanation !== undefined) return { ...trailers, explanation };
  const silent = timing.firstMessage === undefined && event.code === status.OK && answersOne(method);
  return silent ? { ...trailers, explanation: noMessage(target) } : trailers;
}

const answersOne = (method: DescMethod): boolean =>
  method.methodKind === 'unary' || method.methodKind === 'client_streaming';

const noMessage = ({ text }: Target): Explanation => ({
  cause: 'noMessage',
  sentence: t('{0} ended the call with OK, but sent no whole message.', text),
});

const takesOne = (method: DescMethod): boolean =>
  method.methodKind === 'unary' || method.methodKind === 'server_streaming';

async function* encodeAll(
  method: DescMethod,
  types: Registry,
  messages: AsyncIterable<string>,
  sending: (json: string, bytes: Uint8Array) => void,
): AsyncGenerator<Uint8Array> {
  let index = 0;
  for await (const text of messages) {
    let bytes: Uint8Array;
    try {
      bytes = encodeJson(method.input, text, types);
    } catch (error) {
      throw error instanceof JsonProblem ? new RequestFault(index, error) : error;
    }
    sending(text, bytes);
    yield bytes;
    index++;
  }
}

async function onlyOne(messages: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const all: Uint8Array[] = [];
  for await (const message of messages) all.push(message);
  if (all.length === 1) return all[0]!;
  const problem = new JsonProblem(t('This method takes exactly one message, not {0}.', all.length), {
    start: 0,
    end: 0,
  });
  throw new RequestFault(Math.min(1, all.length), problem);
}

async function* replay(message: Uint8Array): AsyncGenerator<Uint8Array> {
  yield message;
}

/** grpc-js says what is wrong with a name or value in words of its own. */
function checkMetadata(metadata: MetadataEntries): void {
  for (const entry of metadata) {
    try {
      toMetadata([entry]);
    } catch (error) {
      throw toFailure(new Error(t('The metadata “{0}” cannot be sent: {1}', entry[0], messageOf(error))), 'invalid');
    }
  }
}

/** How anything thrown on the way to a call ends it. */
export function failedEvent(error: unknown): CallEvent {
  if (error instanceof RequestFault) {
    const { start, end } = error.problem;
    const place = { message: error.index, start, end };
    return { kind: 'failed', failure: { kind: 'invalid', message: error.message }, place };
  }
  const { kind, message }: { kind: FailureKind; message: string } = toFailure(error);
  const failed = { kind: 'failed', failure: { kind, message } } as const;
  return error instanceof Unreachable ? { ...failed, explanation: error.explanation } : failed;
}

function trailersEvent(
  event: RawEvent & { kind: 'status' },
  types: Registry,
  timing: Timing,
): CallEvent & { kind: 'trailers' } {
  const { code, details, metadata, statusDetails } = event;
  return {
    kind: 'trailers',
    code,
    codeName: status[code] ?? String(code),
    details,
    metadata,
    decodedDetails: statusDetails === undefined ? [] : decodeDetails(statusDetails, types),
    timing,
  };
}

const statusType = shippedTypes.getMessage('google.rpc.Status')!;

/** JSON of each detail of a google.rpc.Status; bytes that are none are one detail, as base64. */
function decodeDetails(bytes: Uint8Array, types: Registry): string[] {
  const registry = createRegistry(shippedTypes, types);
  try {
    const { details } = fromBinary(statusType, bytes) as unknown as {
      details: readonly { typeUrl: string; value: Uint8Array }[];
    };
    return details.map((any) => JSON.stringify(renderAny(any, registry), undefined, 2));
  } catch {
    return [JSON.stringify({ '@value': Buffer.from(bytes).toString('base64') }, undefined, 2)];
  }
}

/** When things happened, since the call began. */
class Times {
  readonly #clock: () => number;
  #headers: number | undefined;
  #first: number | undefined;
  #last: number | undefined;

  constructor(clock: () => number) {
    this.#clock = clock;
  }

  headers(): number {
    return (this.#headers = this.#clock());
  }

  message(): number {
    this.#last = this.#clock();
    this.#first ??= this.#last;
    return this.#last;
  }

  end(): Timing {
    return {
      ...(this.#headers === undefined ? {} : { headers: this.#headers }),
      ...(this.#first === undefined ? {} : { firstMessage: this.#first }),
      ...(this.#last === undefined ? {} : { lastMessage: this.#last }),
      total: this.#clock(),
    };
  }
}
