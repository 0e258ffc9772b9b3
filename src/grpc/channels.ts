/**
 * Connections and calls of bytes. A channel per target is kept and used again; every call is known here until its
 * status arrived, so that closing leaves no socket behind (`Client.close()` of grpc-js alone does not end its calls).
 */
import { Client, type ClientDuplexStream, Metadata, type StatusObject, connectivityState, status } from '@grpc/grpc-js';
import { type ConnectionOptions, channelCredentials, channelOptions, connectionKey } from './connection.ts';
import { type ConnectionTimes, ConnectionWatch } from './connectionTimes.ts';
import type { MetadataEntries } from './events.ts';
import type { Target } from './target.ts';

export interface RawOptions {
  readonly metadata?: MetadataEntries;
  /** Milliseconds the call may take; none means no limit. */
  readonly deadline?: number;
  readonly connection?: ConnectionOptions;
}

export type RawEvent =
  | { readonly kind: 'headers'; readonly metadata: MetadataEntries }
  | { readonly kind: 'message'; readonly bytes: Uint8Array }
  /** `local`: made up by this side, because the server gave none. */
  | {
      readonly kind: 'status';
      readonly code: status;
      readonly details: string;
      readonly metadata: MetadataEntries;
      readonly statusDetails: Uint8Array | undefined;
      readonly local: boolean;
    };

/** Milliseconds by which the server's clock may run ahead when it ends a call at the deadline first. */
const clockSlack = 20;
/** Messages kept for a slow reader before the server is made to wait. */
const mostQueued = 32;

export class Channels {
  readonly #clients = new Map<string, { readonly client: Client; readonly watch: ConnectionWatch }>();
  readonly #foundTls = new Set<string>();
  readonly #calls = new Set<{ cancel(): void; readonly ended: Promise<void> }>();

  /**
   * Makes a call of any kind: sends `messages` as they come, half-closes at their end, yields what is received, last the
   * status. An abort ends it with status CANCELLED. What `messages` throws is thrown, after the call was cancelled.
   */
  async *call(
    target: Target,
    path: string,
    messages: AsyncIterable<Uint8Array>,
    options: RawOptions,
    signal: AbortSignal,
  ): AsyncGenerator<RawEvent> {
    const { client, watch } = await this.#client(target, options.connection ?? {});
    watch.begin();
    const endsAt = options.deadline === undefined ? Infinity : Date.now() + options.deadline;
    const stream = client.makeBidiStreamRequest<Uint8Array, Buffer>(
      path,
      (bytes) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength),
      (bytes) => bytes,
      toMetadata(options.metadata ?? []),
      { deadline: endsAt },
    );
    let cancelled = false;
    const received = new Received(stream, () => !cancelled && Date.now() >= endsAt - clockSlack);
    const cancel = (): void => {
      cancelled = true;
      stream.cancel();
    };
    const call = { cancel, ended: received.ended };
    this.#calls.add(call);
    void received.ended.then(() => this.#calls.delete(call));
    signal.addEventListener('abort', cancel, { once: true });
    if (signal.aborted) cancel();
    const sent = send(stream, messages, received.ended);
    try {
      yield* received.events(sent);
    } finally {
      signal.removeEventListener('abort', cancel);
      stream.cancel();
      stream.resume();
      await received.ended;
    }
  }

  /** Cancels what runs, waits for its end, and closes every connection. The object can be used again. */
  async close(): Promise<void> {
    const ended = [...this.#calls].map((call) => call.ended);
    for (const call of this.#calls) call.cancel();
    await Promise.all(ended);
    for (const { client } of this.#clients.values()) client.close();
    this.#clients.clear();
  }

  /** From now on this address is spoken to with TLS, although it was not written so. */
  useTls(target: Target): void {
    this.#foundTls.add(target.address);
  }

  /** How long the connection took, to be told with the first call over it; nothing later. */
  takeConnectionTimes(target: Target, options: ConnectionOptions): ConnectionTimes {
    return this.#clients.get(connectionKey(target, this.isSecure(target), options))?.watch.take() ?? {};
  }

  isSecure(target: Target): boolean {
    return target.tls || this.#foundTls.has(target.address);
  }

  async #client(target: Target, options: ConnectionOptions): Promise<{ client: Client; watch: ConnectionWatch }> {
    const secure = this.isSecure(target);
    const key = connectionKey(target, secure, options);
    if (this.#known(key) === undefined) {
      const trust = await channelCredentials(secure, options);
      // Another call may have connected in the meantime.
      if (this.#known(key) === undefined) {
        const watch = new ConnectionWatch(target, secure);
        const client = new Client(target.address, watch.watch(trust), channelOptions(target, options));
        this.#clients.set(key, { client, watch });
      }
    }
    return this.#clients.get(key)!;
  }

  #known(key: string): Client | undefined {
    const known = this.#clients.get(key)?.client;
    // After a failure grpc-js answers from memory until its back-off ends; who asks again wants the truth of now.
    if (known?.getChannel().getConnectivityState(false) !== connectivityState.TRANSIENT_FAILURE) return known;
    known.close();
    this.#clients.delete(key);
    return undefined;
  }
}

/** What a stream receives, as one ordered queue that holds the server back when nobody reads. */
class Received {
  readonly ended: Promise<void>;
  readonly #stream: ClientDuplexStream<Uint8Array, Buffer>;
  readonly #queue: RawEvent[] = [];
  #wake: () => void = () => {};
  #done = false;

  /** @param late true once the deadline passed, unless the call was cancelled here. */
  constructor(stream: ClientDuplexStream<Uint8Array, Buffer>, late: () => boolean) {
    this.#stream = stream;
    let headers = false;
    stream.on('metadata', (metadata: Metadata) => {
      headers = true;
      this.#push({ kind: 'headers', metadata: entriesOf(metadata) });
    });
    stream.on('data', (bytes: Buffer) => {
      this.#push({ kind: 'message', bytes });
      if (this.#queue.length >= mostQueued) stream.pause();
    });
    stream.on('error', () => {}); // The status says the same.
    this.ended = new Promise((resolve) => {
      stream.on('status', (received: StatusObject) => {
        // A server whose clock is ahead resets the stream, which reads as if somebody had cancelled it.
        const overdue = received.code === status.CANCELLED && late();
        // Messages may still wait in the stream; the status goes last.
        const finish = (): void => {
          if (this.#done) return;
          this.#push(statusEvent(overdue ? deadlineStatus(received) : received, headers));
          this.#done = true;
        };
        if (stream.readableEnded) finish();
        else stream.once('end', finish);
        resolve();
      });
    });
  }

  /** `sent` rejects when a message to send could not be made. */
  async *events(sent: Promise<void>): AsyncGenerator<RawEvent> {
    let fault: { readonly error: unknown } | undefined;
    sent.catch((error: unknown) => {
      fault = { error };
      this.#wake();
    });
    for (;;) {
      if (fault !== undefined) throw fault.error;
      const event = this.#queue.shift();
      if (event !== undefined) {
        if (this.#queue.length === 0) this.#stream.resume();
        yield event;
        if (event.kind === 'status') return;
      } else {
        await new Promise<void>((resolve) => (this.#wake = resolve));
      }
    }
  }

  #push(event: RawEvent): void {
    this.#queue.push(event);
    this.#wake();
  }
}

/** Writes each message as it comes, waiting while the connection is full; stops when the call has ended. */
async function send(
  stream: ClientDuplexStream<Uint8Array, Buffer>,
  messages: AsyncIterable<Uint8Array>,
  ended: Promise<void>,
): Promise<void> {
  let over = false;
  let onOver = (): void => {};
  void ended.then(() => {
    over = true;
    onOver();
  });
  // One listener for all messages: racing each against `ended` would keep something of every one until the end.
  const orOver = <T>(work: Promise<T>): Promise<T | undefined> =>
    new Promise((resolve, reject) => {
      onOver = () => resolve(undefined);
      if (over) onOver();
      work.then(resolve, reject);
    });
  const source = messages[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await orOver(source.next());
      if (next === undefined) return;
      if (next.done === true) break;
      if (!stream.write(next.value)) await orOver(new Promise((resolve) => stream.once('drain', resolve)));
    }
    stream.end();
  } finally {
    void source.return?.();
  }
}

const deadlineStatus = ({ metadata }: StatusObject): StatusObject => ({
  code: status.DEADLINE_EXCEEDED,
  details: 'Deadline exceeded',
  metadata,
});

function statusEvent(received: StatusObject, headers: boolean): RawEvent {
  const metadata = entriesOf(received.metadata);
  const [statusDetails] = received.metadata.get('grpc-status-details-bin');
  return {
    kind: 'status',
    code: received.code,
    details: received.details,
    metadata: metadata.filter(([name]) => name !== 'grpc-status-details-bin'),
    statusDetails: statusDetails instanceof Buffer ? statusDetails : undefined,
    local: !headers && metadata.length === 0 && received.code !== status.OK,
  };
}

/** Throws what grpc-js throws for an illegal name or value. */
export function toMetadata(entries: MetadataEntries): Metadata {
  const metadata = new Metadata();
  for (const [name, value] of entries) {
    metadata.add(name, name.toLowerCase().endsWith('-bin') ? Buffer.from(value, 'base64') : value);
  }
  return metadata;
}

function entriesOf(metadata: Metadata): MetadataEntries {
  return Object.keys(metadata.toHttp2Headers()).flatMap((name) =>
    metadata
      .get(name)
      .map((value): [string, string] => [name, typeof value === 'string' ? value : value.toString('base64')]),
  );
}
