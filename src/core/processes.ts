/** Running other programs: output bounded, ended with their children, never left behind. */
import { spawn } from 'node:child_process';
import { Failure, errnoOf } from './failure.ts';
import { t } from './l10n.ts';

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly signal?: AbortSignal;
  readonly stdin?: string;
  /** Said when there is no such program: how to get it. */
  readonly missing?: string;
  /** Milliseconds until it is ended and reported as a timeout. */
  readonly timeout?: number;
  /** It is asked to end, and gets these milliseconds to leave things in order; killed at once where left out. */
  readonly grace?: number;
  /** Called with each piece of stdout and stderr as it comes. */
  readonly onOutput?: (text: string) => void;
}

export interface RunResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Bytes kept per stream: enough for any compiler's report; a runaway program cannot fill memory. */
const mostOutput = 16 * 1024 * 1024;

/**
 * Runs a program to its end and returns its exit code and output, whatever the code.
 * Throws Failure: `toolMissing` when there is no such program, `cancelled`, `timeout`.
 */
export function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  return new Promise((resolve, reject) => {
    if (options.signal?.aborted) {
      reject(new Failure('cancelled', t('Cancelled.')));
      return;
    }
    const posix = process.platform !== 'win32';
    const child = spawn(command, args, {
      cwd: options.cwd,
      env: options.env ?? process.env,
      stdio: ['pipe', 'pipe', 'pipe'],
      // A group of its own, so that ending it also ends what it started (go run, compilers).
      detached: posix,
      windowsHide: true,
    });
    const output = { stdout: '', stderr: '' };
    let ended: Failure | undefined;
    const end = (why: Failure): void => {
      ended ??= why;
      if (options.grace === undefined) return killGroup(child.pid, 'SIGKILL');
      killGroup(child.pid, 'SIGTERM');
      setTimeout(() => child.exitCode === null && killGroup(child.pid, 'SIGKILL'), options.grace).unref();
    };
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].setEncoding('utf8');
      child[name].on('data', (text: string) => {
        if (output[name].length < mostOutput) output[name] += text;
        options.onOutput?.(text);
      });
    }
    child.stdin.on('error', () => {}); // A program may end without reading its input.
    child.stdin.end(options.stdin ?? '');
    const timer =
      options.timeout === undefined
        ? undefined
        : setTimeout(
            () => end(new Failure('timeout', t('{0} did not finish within {1} s.', command, options.timeout! / 1000))),
            options.timeout,
          );
    const onAbort = (): void => end(new Failure('cancelled', t('Cancelled.')));
    options.signal?.addEventListener('abort', onAbort, { once: true });
    const settle = (): void => {
      clearTimeout(timer);
      options.signal?.removeEventListener('abort', onAbort);
    };
    child.on('error', (error) => {
      settle();
      reject(
        errnoOf(error) === 'ENOENT'
          ? new Failure('toolMissing', options.missing ?? t('{0} was not found on PATH.', command), error)
          : new Failure('internal', t('{0} could not be started: {1}', command, error.message), error),
      );
    });
    child.on('close', (code) => {
      settle();
      if (ended) reject(ended);
      else resolve({ code, ...output });
    });
  });
}

/** Ends a process and, where the system has groups, everything it started. A process already gone is fine. */
export function killGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  for (const target of process.platform === 'win32' ? [pid] : [-pid, pid]) {
    try {
      process.kill(target, signal);
      return;
    } catch {
      // No such group or process: try the process alone, then there is nothing left to end.
    }
  }
}
