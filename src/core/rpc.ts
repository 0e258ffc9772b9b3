/**
 * Requests and events over a message port: the extension and a panel. Both ends share one protocol type, so a request
 * without an answer, or an answer of another type, does not compile. Closing rejects what is still asked.
 */
import type { Disposable } from './disposable.ts';
import { Failure, type FailureKind, toFailure } from './failure.ts';

/** A protocol: what each end may ask, and what each end announces. Everything must survive structured clone. */
export interface Protocol {
  readonly requests: Record<string, { readonly params: unknown; readonly result: unknown }>;
  readonly events: Record<string, unknown>;
}

/** An end that asks and announces nothing. */
export interface Silent extends Protocol {
  readonly requests: Record<string, never>;
  readonly events: Record<string, never>;
}

export interface Port {
  post(message: unknown): void;
  /** Calls the listener with each message of the other end. */
  listen(listener: (message: unknown) => void): Disposable;
}

type Message =
  | { readonly type: 'request'; readonly id: number; readonly method: string; readonly params: unknown }
  | { readonly type: 'answer'; readonly id: number; readonly result: unknown }
  | { readonly type: 'refusal'; readonly id: number; readonly kind: FailureKind; readonly message: string }
  | { readonly type: 'event'; readonly name: string; readonly value: unknown };

export type Handlers<P extends Protocol> = {
  readonly [Method in keyof P['requests']]: (
    params: P['requests'][Method]['params'],
  ) => P['requests'][Method]['result'] | Promise<P['requests'][Method]['result']>;
};

/** One end. `Mine` is the protocol this end answers and announces, `Theirs` the other end's. */
export class Rpc<Mine extends Protocol, Theirs extends Protocol> implements Disposable {
  readonly #port: Port;
  readonly #handlers: Handlers<Mine>;
  readonly #listeners: { readonly [Name in keyof Theirs['events']]: (value: Theirs['events'][Name]) => void };
  readonly #pending = new Map<number, { resolve: (value: unknown) => void; reject: (error: Failure) => void }>();
  readonly #subscription: Disposable;
  #lastId = 0;

  constructor(
    port: Port,
    handlers: Handlers<Mine>,
    listeners: { readonly [Name in keyof Theirs['events']]: (value: Theirs['events'][Name]) => void },
  ) {
    this.#port = port;
    this.#handlers = handlers;
    this.#listeners = listeners;
    this.#subscription = port.listen((message) => {
      if (isMessage(message)) void this.#receive(message);
    });
  }

  request<Method extends keyof Theirs['requests'] & string>(
    method: Method,
    params: Theirs['requests'][Method]['params'],
  ): Promise<Theirs['requests'][Method]['result']> {
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
      this.#post({ type: 'request', id, method, params });
    });
  }

  announce<Name extends keyof Mine['events'] & string>(name: Name, value: Mine['events'][Name]): void {
    this.#post({ type: 'event', name, value });
  }

  dispose(): void {
    this.#subscription.dispose();
    for (const { reject } of this.#pending.values()) reject(new Failure('cancelled', 'closed'));
    this.#pending.clear();
  }

  #post(message: Message): void {
    this.#port.post(message);
  }

  async #receive(message: Message): Promise<void> {
    switch (message.type) {
      case 'request':
        this.#post(await this.#answer(message.id, message.method, message.params));
        return;
      case 'answer':
        this.#pending.get(message.id)?.resolve(message.result);
        this.#pending.delete(message.id);
        return;
      case 'refusal':
        this.#pending.get(message.id)?.reject(new Failure(message.kind, message.message));
        this.#pending.delete(message.id);
        return;
      case 'event':
        if (Object.hasOwn(this.#listeners, message.name))
          this.#listeners[message.name]?.(message.value as Theirs['events'][string]);
        return;
    }
  }

  async #answer(id: number, method: string, params: unknown): Promise<Message> {
    try {
      const handler = Object.hasOwn(this.#handlers, method) ? this.#handlers[method] : undefined;
      if (handler === undefined) throw new Failure('invalid', `no such request: ${method}`);
      return { type: 'answer', id, result: await handler(params) };
    } catch (error) {
      const { kind, message } = toFailure(error);
      return { type: 'refusal', id, kind, message };
    }
  }
}

/** What is none of ours, is malformed or was made up is ignored. */
function isMessage(message: unknown): message is Message {
  if (typeof message !== 'object' || message === null) return false;
  const { type, id, method, name } = message as Readonly<Record<string, unknown>>;
  if (type === 'event') return typeof name === 'string';
  if (typeof id !== 'number') return false;
  return type === 'answer' || type === 'refusal' || (type === 'request' && typeof method === 'string');
}
