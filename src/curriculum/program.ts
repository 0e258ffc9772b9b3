/** The learner's program while a check runs it: started in a group of its own, watched, and always ended. */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFile, readdir } from 'node:fs/promises';
import { type Clock, systemClock } from '../core/backoff.ts';
import { killGroup } from '../core/processes.ts';
import { within } from '../core/within.ts';

/** What a program had too much of when it was ended for it. */
export type Excess = 'memory' | 'output' | 'processes' | 'time';

/** How a program ended: its exit code, or the signal that killed it. */
export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Why we ended it; undefined when it ended by itself, or with its check. */
  readonly excess?: Excess;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** What a learner's program, with all it starts, may use of the learner's machine. */
export interface Limits {
  /** Bytes of resident memory. */
  readonly memory: number;
  /** Bytes printed. */
  readonly output: number;
  readonly processes: number;
  /** Milliseconds. */
  readonly time: number;
}

/** Far above what a lesson needs. */
export const usualLimits: Limits = {
  memory: 1024 ** 3,
  output: 64 * 1024 ** 2,
  processes: 200,
  time: 15 * 60_000,
};

/** Looks, a millisecond apart, at whether a program that is to be frozen still runs. */
const longestFreeze = 5_000;

/** Milliseconds between two looks at what it uses. */
const lookEvery = 250;

/** Characters of output kept for the evidence; the rest of a flood is dropped. */
const keptOutput = 8_000;

const markVariable = 'GANTRY_CHECK';

export class Program {
  readonly #child: ChildProcess;
  readonly #exited: Promise<Ending>;
  readonly #mark: string;
  readonly #limits: Limits;
  #output = '';
  #ending: Ending | undefined;
  #excess: Excess | undefined;
  #lifeline: ChildProcess | undefined;

  private constructor(child: ChildProcess, mark: string, clock: Clock, limits: Limits) {
    this.#child = child;
    this.#mark = mark;
    this.#limits = limits;
    let printed = 0;
    for (const stream of [child.stdout!, child.stderr!]) {
      stream.setEncoding('utf8');
      stream.on('data', (text: string) => {
        this.#output = (this.#output + text).slice(-keptOutput);
        if ((printed += text.length) > limits.output) this.#endFor('output');
      });
    }
    const watch = setInterval(() => void this.#look(), lookEvery);
    const deadline = setTimeout(() => this.#endFor('time'), limits.time);
    for (const timer of [watch, deadline]) timer.unref();
    child.on('error', () => {}); // A signal that cannot be delivered: the program is gone, which `ended` tells.
    this.#exited = new Promise((resolve) =>
      child.once('exit', (code, signal) => {
        clearInterval(watch);
        clearTimeout(deadline);
        const excess = this.#excess === undefined ? {} : { excess: this.#excess };
        resolve((this.#ending = { code, signal, at: clock.now(), ...excess }));
      }),
    );
  }

  /** Starts a program; throws what the system says when it cannot be started. */
  static async start(
    path: string,
    options: { readonly cwd: string; readonly env: NodeJS.ProcessEnv },
    clock: Clock = systemClock,
    limits: Limits = usualLimits,
  ): Promise<Program> {
    // What it starts inherits the mark, and is found by it even when it left the group.
    const mark = randomBytes(12).toString('hex');
    const child = spawn(path, [], {
      cwd: options.cwd,
      env: { ...options.env, [markVariable]: mark },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: process.platform !== 'win32',
      windowsHide: true,
    });
    const program = new Program(child, mark, clock, limits);
    await once(child, 'spawn');
    program.#lifeline = tieToUs(program.pid);
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

  /**
   * Stops it, as if it hung, and waits until none of its threads runs: on a machine with much to do, one may go on for
   * milliseconds after the signal. On Linux only; elsewhere nothing tells.
   */
  async freeze(signal: AbortSignal): Promise<void> {
    this.signal('SIGSTOP');
    for (let looks = 0; looks < longestFreeze && this.#ending === undefined; looks++) {
      if ((await threadStates(this.pid)).every((state) => state === 'T')) return;
      await systemClock.sleep(1, signal);
    }
  }

  /** Lets it go on after `freeze`. */
  thaw(): void {
    this.signal('SIGCONT');
  }

  /** Waits for its end, at most `ms`; undefined when it still runs then. */
  ended(ms: number): Promise<Ending | undefined> {
    return within(this.#exited, Math.max(0, ms));
  }

  async #look(): Promise<void> {
    const used = await processesOf(this.pid).catch(() => []);
    if (used.length > this.#limits.processes) this.#endFor('processes');
    else if (used.reduce((sum, { memory }) => sum + memory, 0) > this.#limits.memory) this.#endFor('memory');
  }

  #endFor(excess: Excess): void {
    if (this.#excess !== undefined || this.#ending !== undefined) return;
    this.#excess = excess;
    killGroup(this.pid, 'SIGKILL');
  }

  /** Ends it and everything it started. Waits until it is gone, but never for ever: an uninterruptible process may stay. */
  async end(): Promise<void> {
    if (this.#ending === undefined) await this.#look(); // A quick check is over before the first look.
    this.#lifeline?.kill('SIGKILL');
    if (this.#ending === undefined) killGroup(this.pid, 'SIGKILL');
    else endOrphans(this.pid);
    for (const { pid } of await processesOf(this.pid, this.#mark)) killProcess(pid);
    await this.ended(5_000);
    // A daemonised child keeps the pipes open; without this it would keep our process alive as well.
    this.#child.stdout?.destroy();
    this.#child.stderr?.destroy();
  }
}

/**
 * A process that ends the group when we end, however that happens: its standard input is ours. Without it, a learner's
 * server would outlive an editor that crashed in the middle of a check.
 */
function tieToUs(group: number): ChildProcess | undefined {
  if (process.platform === 'win32') return undefined;
  const child = spawn('/bin/sh', ['-c', 'read -r _; kill -s KILL -- "-$1"', 'sh', String(group)], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  child.on('error', () => {}); // Then a crash may leave it; its end with the check does not depend on this.
  child.stdin?.on('error', () => {});
  child.unref();
  return child;
}

/** Of each thread: `T` when it is stopped (proc(5)). None where there is no /proc. */
async function threadStates(pid: number): Promise<string[]> {
  const threads = await readdir(`/proc/${pid}/task`).catch(() => []);
  const states = await Promise.all(
    threads.map(async (thread) => {
      const stat = await readFile(`/proc/${pid}/task/${thread}/stat`, 'utf8').catch(() => '');
      return stat.slice(stat.lastIndexOf(')') + 2)[0];
    }),
  );
  return states.filter((state) => state !== undefined);
}

interface Used {
  readonly pid: number;
  /** Bytes of resident memory. */
  readonly memory: number;
}

const pageSize = 4096;

/**
 * The processes of a group, and those that carry a mark in their environment. On Linux only: /proc/PID/stat has the group
 * as its fifth field and the resident pages as its twenty-fourth (proc(5)); the name, the second, may hold anything.
 * @param mark left out, the group alone, which is cheaper.
 */
async function processesOf(group: number, mark?: string): Promise<Used[]> {
  if (process.platform !== 'linux') return [];
  const names = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const all = await Promise.all(
    names.map(async (name): Promise<Used[]> => {
      const stat = await readFile(`/proc/${name}/stat`, 'utf8').catch(() => '');
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      const ours =
        Number(fields[2]) === group ||
        (mark !== undefined && (await readFile(`/proc/${name}/environ`, 'latin1').catch(() => '')).includes(mark));
      return ours ? [{ pid: Number(name), memory: Number(fields[21]) * pageSize }] : [];
    }),
  );
  return all.flat();
}

function killProcess(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It is gone already.
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
