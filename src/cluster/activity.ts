/**
 * What is being done to a cluster right now, told to every window. The one that works writes a small file; the others
 * watch its folder. A file whose writer is gone says nothing.
 */
import { type FSWatcher, mkdirSync, watch } from 'node:fs';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type Disposable, toDisposable } from '../core/disposable.ts';
import { writeWhole } from '../core/storage.ts';
import { identify, isAlive, parseIdentity } from '../core/identity.ts';
import { type Kind, kinds } from './layout.ts';

const phases = ['building', 'starting', 'stopping', 'deleting', 'failed'] as const;

export interface Activity {
  readonly kind: Kind;
  readonly phase: (typeof phases)[number];
  /** In the language of the one who works. */
  readonly message: string;
}

/** Milliseconds between two writes: a build tells of every package. */
const writeEvery = 500;

/** Writes what one program does; `end` takes it back. */
export class ActivityWriter {
  readonly #file: string;
  #written = 0;
  #pending: Promise<void> = Promise.resolve();

  constructor(file: string) {
    this.#file = file;
  }

  tell(activity: Activity): void {
    if (Date.now() - this.#written < writeEvery) return;
    this.#written = Date.now();
    this.#write(activity);
  }

  /** Leaves the reason for the others to see, for as long as this program lives or until the next start. */
  fail(kind: Kind, message: string): Promise<void> {
    this.#write({ kind, phase: 'failed', message });
    return this.#pending;
  }

  #write(activity: Activity): void {
    const text = JSON.stringify({ ...activity, writer: identify(process.pid) });
    this.#pending = this.#pending
      .then(() => mkdir(dirname(this.#file), { recursive: true, mode: 0o700 }))
      .then(() => writeWhole(this.#file, text))
      .catch(() => {}); // Nobody sees the progress then; the work itself reports what is wrong with the disk.
  }

  async end(): Promise<void> {
    await this.#pending;
    await rm(this.#file, { force: true }).catch(() => {});
  }
}

/** What a program that still lives is doing, if anything. */
export async function readActivity(file: string): Promise<Activity | undefined> {
  try {
    const told = JSON.parse(await readFile(file, 'utf8')) as Record<string, unknown>;
    const { message } = told;
    const identity = parseIdentity(told['writer']);
    const kind = kinds.find((name) => name === told['kind']);
    const phase = phases.find((name) => name === told['phase']);
    if (kind === undefined || phase === undefined || typeof message !== 'string') return undefined;
    return identity !== undefined && isAlive(identity) ? { kind, phase, message } : undefined;
  } catch {
    return undefined;
  }
}

/** Calls back when something changed in a folder or in `below` of it, at most once in `milliseconds`. */
export function watchFolder(folder: string, onChange: () => void, milliseconds = 200): Disposable {
  let timer: NodeJS.Timeout | undefined;
  let watcher: FSWatcher | undefined;
  const changed = (): void => {
    timer ??= setTimeout(() => {
      timer = undefined;
      onChange();
    }, milliseconds);
  };
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    watcher = watch(folder, { persistent: false }, changed);
    watcher.on('error', () => {}); // Removed with everything else; there is nothing to tell any more.
  } catch {
    // No watches left on this system: the state is then as fresh as the last look.
  }
  return toDisposable(() => {
    clearTimeout(timer);
    watcher?.close();
  });
}
