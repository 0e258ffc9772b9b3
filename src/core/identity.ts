/** Which process is meant: its id alone may by now belong to another. */
import { processStarted } from './platform.ts';

export interface ProcessIdentity {
  readonly pid: number;
  /** When it was started, as the system tells it; opaque. */
  readonly started: string;
}

/** The process with this id that runs now, if any. */
export function identify(pid: number): ProcessIdentity | undefined {
  const started = processStarted(pid);
  return started === undefined ? undefined : { pid, started };
}

export function isAlive({ pid, started }: ProcessIdentity): boolean {
  return processStarted(pid) === started;
}

/** Sends a signal unless the process is gone. */
export function signalProcess(identity: ProcessIdentity, signal: NodeJS.Signals): void {
  if (!isAlive(identity)) return;
  try {
    process.kill(identity.pid, signal);
  } catch {
    // It ended meanwhile.
  }
}

/** Reads what `JSON.stringify` made of an identity. */
export function parseIdentity(value: unknown): ProcessIdentity | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { pid, started } = value as Record<string, unknown>;
  return Number.isSafeInteger(pid) && typeof started === 'string' ? { pid: pid as number, started } : undefined;
}
