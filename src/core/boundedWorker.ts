/** Work on input that nobody vouches for, in a thread of its own: bounded in time and memory, replaced when it runs away. */
import { Worker } from 'node:worker_threads';
import type { Disposable } from './disposable.ts';
import { Failure, messageOf } from './failure.ts';
import { t } from './l10n.ts';
import { type Port, type Protocol, Rpc, type Silent } from './rpc.ts';

export interface BoundedWorkerOptions {
  /** Path of the worker's module. */
  readonly module: string;
  /** Given to each thread as its `workerData`: asked again when one takes the place of another. */
  readonly data: () => unknown;
  /** CPU seconds of its thread that one request may use. CPU, not wall time: a busy machine is no reason to give up. */
  readonly cpuSeconds: number;
  readonly heapMegabytes: number;
}

/** Milliseconds between looks at the clock of a busy worker. */
const lookEvery = 100;

interface Started<P extends Protocol> {
  readonly worker: Worker;
  readonly rpc: Rpc<Silent, P>;
}

/**
 * One request is worked on at a time, so that one that runs away takes no other with it. It fails with kind `timeout`
 * when it used up its time, `internal` when it used up its memory; the next request starts a new thread.
 */
export class BoundedWorker<P extends Protocol> implements Disposable {
  readonly #options: BoundedWorkerOptions;
  #started: Started<P> | undefined;
  #last: Promise<unknown> = Promise.resolve();
  #disposed = false;

  constructor(options: BoundedWorkerOptions) {
    this.#options = options;
  }

  request<Method extends keyof P['requests'] & string>(
    method: Method,
    params: P['requests'][Method]['params'],
  ): Promise<P['requests'][Method]['result']> {
    const answer = this.#last.then(() => this.#ask(method, params));
    this.#last = answer.catch(() => undefined);
    return answer;
  }

  dispose(): void {
    this.#disposed = true;
    this.#stop(this.#started);
  }

  async #ask<Method extends keyof P['requests'] & string>(
    method: Method,
    params: P['requests'][Method]['params'],
  ): Promise<P['requests'][Method]['result']> {
    if (this.#disposed) throw new Failure('cancelled', t('Cancelled.'));
    const started = (this.#started ??= this.#start());
    const { worker, rpc } = started;
    let end: (failure: Failure) => void = () => {};
    const ended = new Promise<never>((_, reject) => (end = reject));
    ended.catch(() => undefined); // It may come after the answer, when nobody waits any more.
    const crashed = (error: unknown): void => {
      end(new Failure('internal', messageOf(error), error));
      this.#stop(started);
    };
    worker.once('error', crashed);
    const watch = this.#watch(worker, () => {
      end(new Failure('timeout', t('Gave up after {0} s.', this.#options.cpuSeconds)));
      this.#stop(started);
    });
    try {
      return await Promise.race([rpc.request(method, params), ended]);
    } finally {
      watch.dispose();
      worker.off('error', crashed);
    }
  }

  #start(): Started<P> {
    const { module, data, heapMegabytes } = this.#options;
    const worker = new Worker(module, {
      workerData: data(),
      resourceLimits: { maxOldGenerationSizeMb: heapMegabytes },
    });
    // While nothing is asked it keeps no program alive, and when it dies idle the next request finds a new one.
    worker.unref();
    const rpc = new Rpc<Silent, P>(
      portOf(worker),
      {},
      {} as { readonly [Name in keyof P['events']]: (value: P['events'][Name]) => void },
    );
    const started = { worker, rpc };
    worker.on('error', () => this.#stop(started));
    return started;
  }

  #stop(started: Started<P> | undefined): void {
    if (started === undefined) return;
    if (this.#started === started) this.#started = undefined;
    void started.worker.terminate();
    started.rpc.dispose();
  }

  /** Calls `over` once when the thread has used more CPU time than a request may. */
  #watch(worker: Worker, over: () => void): Disposable {
    let before: number | undefined;
    let disposed = false;
    const look = async (): Promise<void> => {
      const { user, system } = await worker.cpuUsage();
      if (disposed) return;
      const seconds = (user + system) / 1e6;
      before ??= seconds;
      if (seconds - before > this.#options.cpuSeconds) over();
      else again();
    };
    // A thread that is still starting does not say; that one has ended is told by an event, which ends this.
    const again = (): void => {
      if (!disposed) timer = setTimeout(ask, lookEvery);
    };
    const ask = (): void => void look().catch(again);
    let timer = setTimeout(ask, lookEvery);
    return {
      dispose: () => {
        disposed = true;
        clearTimeout(timer);
      },
    };
  }
}

function portOf(worker: Worker): Port {
  return {
    post: (message) => worker.postMessage(message),
    listen: (listener) => {
      worker.on('message', listener);
      return { dispose: () => worker.off('message', listener) };
    },
  };
}
