/** The program `labkit/checks`, which does for a check what exists in Go only. One process for each check run. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Disposable } from '../core/disposable.ts';
import { Failure } from '../core/failure.ts';
import { t } from '../core/l10n.ts';

interface Answer {
  readonly id: number;
  readonly result?: unknown;
  readonly error?: string;
}

/** What it said no to; not its end. */
export class LabkitRefusal extends Error {}

export class Labkit implements Disposable {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, PromiseWithResolvers<unknown>>();
  #last = 0;
  #ended = false;

  private constructor(child: ChildProcess) {
    this.#child = child;
    child.stdin!.on('error', () => {}); // Its end is told by `exit`.
    createInterface({ input: child.stdout! }).on('line', (line) => this.#take(line));
    child.on('exit', () => this.#lose());
    child.on('error', () => this.#lose());
  }

  /** @param program the built program. */
  static async start(program: string): Promise<Labkit> {
    // It ends when its standard input does, which is when we end, however that happens.
    const child = spawn(program, [], { stdio: ['pipe', 'pipe', 'ignore'], windowsHide: true });
    const labkit = new Labkit(child);
    try {
      await once(child, 'spawn');
    } catch (error) {
      throw new Failure('internal', t('{0} could not be started: {1}', program, String(error)), error);
    }
    return labkit;
  }

  /** Throws `LabkitRefusal` with its words, or a Failure when it ended or the signal is aborted. */
  async ask<T>(work: string, parameters: object, signal: AbortSignal): Promise<T> {
    signal.throwIfAborted();
    const id = ++this.#last;
    const waiting = Promise.withResolvers<unknown>();
    this.#waiting.set(id, waiting);
    const onAbort = (): void => waiting.reject(signal.reason as Error);
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      this.#child.stdin!.write(`${JSON.stringify({ id, do: work, with: parameters })}\n`);
      if (this.#ended) this.#lose();
      return (await waiting.promise) as T;
    } finally {
      signal.removeEventListener('abort', onAbort);
      this.#waiting.delete(id);
    }
  }

  dispose(): void {
    this.#child.stdin!.end();
    this.#child.kill('SIGKILL');
  }

  #take(line: string): void {
    const { id, result, error } = JSON.parse(line) as Answer;
    const waiting = this.#waiting.get(id);
    if (error === undefined) waiting?.resolve(result);
    else waiting?.reject(new LabkitRefusal(error));
  }

  #lose(): void {
    this.#ended = true;
    const failure = new Failure('unreachable', t('The helper of the checks ended. Check again.'));
    for (const { reject } of this.#waiting.values()) reject(failure);
  }
}
