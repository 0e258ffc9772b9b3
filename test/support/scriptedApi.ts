/** An API server in memory that answers each request as a test scripted it: streams stay in the test's hand. */
import { Failure } from '../../src/core/failure.ts';
import { refusal } from '../../src/kubernetes/apiFailure.ts';
import type { Answer, RequestOptions, Requester, ServerNow } from '../../src/kubernetes/connection.ts';

type Step = (options: RequestOptions) => Answer | Promise<Answer>;

export interface SeenRequest {
  readonly path: string;
  readonly query: Readonly<Record<string, string | undefined>>;
  /** Milliseconds of the test's clock. */
  readonly at: number;
}

export class ScriptedApi implements Requester {
  readonly requests: SeenRequest[] = [];
  /** Milliseconds of the test's clock at which somebody asked whether the server is there. */
  readonly probes: number[] = [];
  readonly #steps: Step[] = [];
  readonly #now: () => number;
  /** Whether a probe is answered. */
  alive = true;

  constructor(now: () => number = () => 0) {
    this.#now = now;
  }

  /** The next request gets this answer. A request that nothing was scripted for waits until it is given up. */
  next(...steps: Step[]): this {
    this.#steps.push(...steps);
    return this;
  }

  request = async (path: string, options: RequestOptions): Promise<Answer> => {
    this.requests.push({ path, query: options.query ?? {}, at: this.#now() });
    const step = this.#steps.shift();
    if (step !== undefined) return step(options);
    return new Promise((_, reject) => {
      options.signal.addEventListener('abort', () => reject(options.signal.reason as Error), { once: true });
    });
  };

  /** What the server says of itself, the newest version of all unless a test says so. */
  now: ServerNow = { uid: 'cluster', version: '999999999' };

  identity = async (): Promise<ServerNow> => this.now;

  probe = async (): Promise<void> => {
    this.probes.push(this.#now());
    if (!this.alive) throw new Failure('unreachable', 'no answer to the probe');
  };
}

/** A body that the test feeds. Ending the request ends it with the reason. */
export class Feed {
  readonly #pieces: (Uint8Array | Error | undefined)[] = [];
  #wake = (): void => {};
  /** True once the reader gave up. */
  aborted = false;

  /** One line of a watch. */
  event(type: string, object: unknown): this {
    return this.text(`${JSON.stringify({ type, object })}\n`);
  }

  bookmark(resourceVersion: string, initialEventsEnd = false): this {
    const annotations = initialEventsEnd ? { 'k8s.io/initial-events-end': 'true' } : {};
    return this.event('BOOKMARK', { kind: 'Pod', metadata: { resourceVersion, annotations } });
  }

  text(text: string): this {
    return this.#push(Buffer.from(text));
  }

  end(): this {
    return this.#push(undefined);
  }

  /** Breaks the connection. */
  reset(): this {
    return this.#push(new Failure('unreachable', 'the connection was reset'));
  }

  /** The step that answers with this body. */
  readonly answer: Step = (options) => {
    const onAbort = (): void => {
      this.aborted = true;
      this.#pieces.length = 0;
      this.#push(options.signal.reason as Error);
    };
    options.signal.addEventListener('abort', onAbort, { once: true });
    return { status: 200, body: this.#read() };
  };

  #push(piece: Uint8Array | Error | undefined): this {
    this.#pieces.push(piece);
    this.#wake();
    return this;
  }

  async *#read(): AsyncGenerator<Uint8Array> {
    for (;;) {
      while (this.#pieces.length === 0) await new Promise<void>((resolve) => (this.#wake = resolve));
      const piece = this.#pieces.shift();
      if (piece === undefined) return;
      if (piece instanceof Error) throw piece;
      yield piece;
    }
  }
}

/** Answers with a list. */
export const list =
  (resourceVersion: string, items: readonly unknown[], next?: string): Step =>
  () => ({
    status: 200,
    body: once(JSON.stringify({ kind: 'PodList', metadata: { resourceVersion, continue: next }, items })),
  });

/** Refuses with a Status. */
export const refuse =
  (status: number, reason: string, retryAfter?: string): Step =>
  ({ what }) => {
    throw refusal(what, 'test', status, { reason, message: reason, code: status }, retryAfter);
  };

/** Cannot be reached. */
export const unreachable: Step = () => {
  throw new Failure('unreachable', 'nothing listens');
};

async function* once(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}

/** The least of a pod that has a row. */
export const apiPod = (name: string, resourceVersion = '1', phase = 'Running'): object => ({
  kind: 'Pod',
  metadata: { name, namespace: 'shop', uid: `uid-${name}`, resourceVersion, creationTimestamp: '2026-01-01T00:00:00Z' },
  spec: { containers: [{ name: 'main' }] },
  status: { phase },
});
