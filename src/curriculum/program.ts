/** The learner's program while a check runs it: started in a group of its own, watched, and always ended. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type Clock, systemClock } from '../core/backoff.ts';
import { killGroup } from '../core/processes.ts';

/** How a program ended: its exit code, or the signal that killed it. */
export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** Characters of output kept for the evidence; the rest of a flood is dropped. */
const keptOutput = 8_000;

export class Program {
  readonly #child: ChildProcess;
  readonly #exited: Promise<Ending>;
  #output = '';
  #ending: Ending | undefined;

  private constructor(child: ChildProcess, clock: Clock) {
    this.#child = child;
    for (const stream of [child.stdout!, child.stderr!]) {
      stream.setEncoding('utf8');
      stream.on('data', (text: string) => (this.#output = (this.#output + text).slice(-keptOutput)));
    }
    child.on('error', () => {}); // A signal that cannot be delivered: the program is gone, which `ended` tells.
    this.#exited = new Promise((resolve) =>
      child.once('exit', (code, signal) => resolve((this.#ending = { code, signal, at: clock.now() }))),
    );
  }

  /** Starts a program; throws what the system says when it cannot be started. */
  static async start(
    path: string,
    options: { readonly cwd: string; readonly env: NodeJS.ProcessEnv },
    clock: Clock = systemClock,
  ): Promise<Program> {
    const child = spawn(path, [], {
      ...options,
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: process.platform !== 'win32',
      windowsHide: true,
    });
    const program = new Program(child, clock);
    await once(child, 'spawn');
    return program;
  }

  get pid(): number {
    return this.#child.pid!;
  }

  /** The end of what it printed. */
  get output(): string {
    return this.#output.trim();
  }

  /** Undefined while it runs. */
  get ending(): Ending | undefined {
    return this.#ending;
  }

  /** Sends a signal to the program alone, as an orchestrator does. */
  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Waits for its end, at most `ms`; undefined when it still runs then. */
  async ended(ms: number): Promise<Ending | undefined> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<undefined>((resolve) => (timer = setTimeout(() => resolve(undefined), Math.max(0, ms))));
    try {
      return await Promise.race([this.#exited, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Ends it and everything it started. Waits until it is gone, but never for ever: an uninterruptible process may stay. */
  async end(): Promise<void> {
    if (this.#ending === undefined) killGroup(this.pid, 'SIGKILL');
    else endOrphans(this.pid);
    await this.ended(5_000);
    // A daemonised child keeps the pipes open; without this it would keep our process alive as well.
    this.#child.stdout?.destroy();
    this.#child.stderr?.destroy();
  }
}

/** Ends what a program that is gone left running in its group; its own number may belong to somebody else by now. */
function endOrphans(group: number): void {
  try {
    process.kill(-group, 'SIGKILL');
  } catch {
    // Nothing is left.
  }
}
