/** Starting and ending the processes of a cluster. They outlive us once they are let go. */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, constants, fstatSync, openSync } from 'node:fs';
import { open } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { systemClock } from '../core/backoff.ts';
import { Failure, messageOf } from '../core/failure.ts';
import { t } from '../core/l10n.ts';
import { type ProcessIdentity, identify, isAlive, signalProcess } from '../core/identity.ts';
import type { Layout } from './layout.ts';
import type { Part, PartName } from './parts.ts';

/** Milliseconds that a process gets to end by itself. Nothing is lost when it does not: all state is in etcd's log. */
const politeness = 4000;

/**
 * One process of ours. Until `letGo` it dies with us, however we end: its standard input is a pipe that it watches
 * (labkit/shared), so a start that is killed leaves nothing behind.
 */
export class Started {
  readonly part: Part;
  readonly #child: ChildProcess;
  readonly #log: string;
  readonly #logStart: number;
  #failure: Error | undefined;

  constructor(part: Part, layout: Layout) {
    this.part = part;
    this.#log = layout.log(part.name);
    // Appended to by the process, read back by it when it cuts the file down.
    const log = openSync(this.#log, constants.O_RDWR | constants.O_APPEND | constants.O_CREAT, 0o600);
    this.#logStart = fstatSync(log).size;
    try {
      this.#child = spawn(part.command, part.args, {
        cwd: layout.folder,
        env: environment(layout),
        stdio: ['pipe', log, log],
        // A session of its own: Ctrl-C in our terminal is not for it.
        detached: true,
      });
    } finally {
      closeSync(log);
    }
    this.#child.on('error', (error) => (this.#failure = error));
    this.#child.stdin?.on('error', () => {}); // It died; `hasEnded` tells.
    this.#child.unref();
    (this.#child.stdin as Socket | null)?.unref();
  }

  get name(): PartName {
    return this.part.name;
  }

  get hasEnded(): boolean {
    return this.#failure !== undefined || this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  /** Undefined when it ended already. */
  get identity(): ProcessIdentity | undefined {
    return this.#child.pid === undefined ? undefined : identify(this.#child.pid);
  }

  /** From now on it lives without us. */
  letGo(): Promise<void> {
    return new Promise((resolve) => {
      const { stdin } = this.#child;
      if (stdin === null || stdin.destroyed) resolve();
      else stdin.end('\n', () => resolve());
    });
  }

  /** Ends it at once. */
  kill(): void {
    this.#child.kill('SIGKILL');
  }

  /** What it wrote since it was started, its end at most. */
  async output(): Promise<string> {
    if (this.#failure !== undefined) return messageOf(this.#failure);
    return readEnd(this.#log, this.#logStart);
  }
}

/** Nothing of the person's environment: etcd takes any ETCD_* as a flag, kwok reads ~/.kwok. */
function environment(layout: Layout): NodeJS.ProcessEnv {
  return {
    PATH: process.env['PATH'],
    TMPDIR: process.env['TMPDIR'],
    HOME: layout.folder,
    KWOK_WORKDIR: layout.folder,
    GANTRY_LIFELINE: '1',
    // A cluster of one person rests most of the time: half as much garbage is a tenth less memory (measured: 449 to 402 MB).
    GOGC: '50',
  };
}

const mostRead = 64 * 1024;

async function readEnd(file: string, from: number): Promise<string> {
  const handle = await open(file, 'r');
  try {
    const { size } = await handle.stat();
    const start = Math.max(from > size ? 0 : from, size - mostRead);
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(size - start), 0, size - start, start);
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    await handle.close();
  }
}

/** Why a process that should run ended, from what it wrote. */
export async function endedFailure(started: Started, layout: Layout): Promise<Failure> {
  const output = await started.output();
  if (isPortTaken(output)) return new PortTaken(output);
  if (/no space left on device|disk quota exceeded/i.test(output)) {
    return new Failure(
      'internal',
      t('The disk is full: {0} could not start. Make room and try again.', started.name),
      output,
    );
  }
  return new Failure(
    'internal',
    t(
      '{0} ended while the cluster was starting ({1}). Its log is {2}.',
      started.name,
      reason(output),
      layout.log(started.name),
    ),
    output,
  );
}

/** Another program took the port between our choosing it and the process listening: choose again. */
export class PortTaken extends Failure {
  constructor(output: string) {
    super('conflict', t('A port was taken by another program.'), output);
  }
}

const isPortTaken = (output: string): boolean => /address already in use/i.test(output);

/** The line that says most: the last error of klog (E…, F…), of zap (JSON) or of a panic, else the last line. */
export function reason(output: string): string {
  const lines = output
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean);
  const telling = lines.findLast((line) => /^(F\d{4}|panic:|Error:|E\d{4}|\{"level":"(fatal|panic|error)")/.test(line));
  return (telling ?? lines.at(-1) ?? t('it wrote nothing')).slice(0, 400);
}

/** Ends processes: asks, waits, then forces. Returns when none is left. */
export async function endProcesses(processes: readonly ProcessIdentity[]): Promise<void> {
  for (const identity of processes) {
    signalProcess(identity, 'SIGTERM');
    signalProcess(identity, 'SIGCONT'); // A stopped process would not notice.
  }
  if (await allGone(processes, politeness)) return;
  for (const identity of processes) signalProcess(identity, 'SIGKILL');
  await allGone(processes, politeness);
}

async function allGone(processes: readonly ProcessIdentity[], milliseconds: number): Promise<boolean> {
  const never = new AbortController().signal;
  for (const until = Date.now() + milliseconds; Date.now() < until; await systemClock.sleep(25, never)) {
    if (!processes.some(isAlive)) return true;
  }
  return false;
}
