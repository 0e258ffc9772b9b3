/**
 * Writes kubeconfig files, which only explicit commands do: under the lock that kubectl takes, too, and whole or not at
 * all.
 */
import { randomBytes } from 'node:crypto';
import { chmod, mkdir, open, readFile, realpath, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Clock } from '../core/backoff.ts';
import { Failure, errnoOf, messageOf } from '../core/failure.ts';
import { t } from '../core/l10n.ts';

/** Milliseconds between two tries to lock, and until it is given up. Programs that write hold the lock for an instant. */
const retryEvery = 100;
const mostWait = 5_000;

/** Changes a file's text; a file that is not there counts as empty. Throws Failure; then the file is as it was. */
export async function changeKubeconfig(file: string, change: (text: string) => string, clock: Clock): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  // What a link leads to is changed, so that the link stays.
  const target = await realpath(file).catch(() => file);
  try {
    await locked(target, clock, async () => {
      const before = await read(target);
      const after = change(before?.text ?? '');
      if (after !== before?.text) await replace(target, after, before?.mode ?? 0o600);
    });
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw new Failure('invalid', t('{0} could not be changed: {1}', file, messageOf(error)), error);
  }
}

/** Holds `<file>.lock`, made as client-go's `lockFile` makes it, while `work` runs. */
async function locked(file: string, clock: Clock, work: () => Promise<void>): Promise<void> {
  const lock = `${file}.lock`;
  const until = clock.now() + mostWait;
  for (;;) {
    try {
      await (await open(lock, 'wx')).close();
      break;
    } catch (error) {
      if (errnoOf(error) !== 'EEXIST') throw error;
      if (clock.now() >= until) {
        const sentence = t(
          '{0} is there: another program changes the kubeconfig, or was ended while it did. Remove it then.',
          lock,
        );
        throw new Failure('conflict', sentence, error);
      }
      await clock.sleep(retryEvery, new AbortController().signal);
    }
  }
  try {
    await work();
  } finally {
    await rm(lock, { force: true });
  }
}

async function read(file: string): Promise<{ text: string; mode: number } | undefined> {
  try {
    const [text, { mode }] = await Promise.all([readFile(file, 'utf8'), stat(file)]);
    return { text, mode: mode & 0o777 };
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** Whole or not at all: a file beside it takes its name. */
async function replace(file: string, text: string, mode: number): Promise<void> {
  const beside = join(dirname(file), `.${basename(file)}.${randomBytes(6).toString('hex')}`);
  try {
    const handle = await open(beside, 'wx', 0o600);
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await chmod(beside, mode);
    await rename(beside, file);
  } catch (error) {
    await rm(beside, { force: true });
    throw error;
  }
}
