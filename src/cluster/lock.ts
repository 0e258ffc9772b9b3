/**
 * One at a time, across programs and windows, also when a holder is killed.
 *
 * A lock is a folder of numbered files. The highest number holds it for as long as the process named in the file lives
 * and the file is not empty. Whoever wants it creates the next number: a hard link, so that it is there whole, and only
 * one can make it. The highest number never goes down, so nobody can mistake an old holder for the present one.
 */
import { randomBytes } from 'node:crypto';
import { link, mkdir, readFile, readdir, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { systemClock } from '../core/backoff.ts';
import { errnoOf } from '../core/failure.ts';
import { identify, isAlive, parseIdentity } from '../core/identity.ts';

/** Milliseconds between two looks at a lock that another holds. */
const pollEvery = 100;

/**
 * Runs `work` while holding the lock. `onWait` is called once if another holds it first. Throws the signal's reason when
 * aborted while waiting.
 */
export async function withLock<T>(
  folder: string,
  work: () => Promise<T>,
  signal: AbortSignal,
  onWait: () => void = () => {},
): Promise<T> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  let file = await take(folder);
  if (file === undefined) onWait();
  while (file === undefined) {
    await systemClock.sleep(pollEvery, signal);
    file = await take(folder);
  }
  try {
    return await work();
  } finally {
    await truncate(file).catch(() => {}); // The folder may have been removed with everything else.
  }
}

/** Whether anybody holds the lock at this moment. */
export async function isLocked(folder: string): Promise<boolean> {
  const last = await highest(folder).catch(() => 0);
  return last > 0 && isHeld(join(folder, String(last)));
}

/** The file that now holds the lock for us, or undefined while another holds it. */
async function take(folder: string): Promise<string | undefined> {
  const before = await highest(folder);
  if (before > 0 && (await isHeld(join(folder, String(before))))) return undefined;
  const file = join(folder, String(before + 1));
  if (!(await createWhole(folder, file))) return undefined;
  if ((await highest(folder)) !== before + 1) {
    // We looked long ago: others have come and gone since.
    await rm(file, { force: true });
    return undefined;
  }
  await removeOlder(folder, before + 1);
  return file;
}

async function highest(folder: string): Promise<number> {
  return Math.max(0, ...(await readdir(folder)).filter((name) => /^\d+$/.test(name)).map(Number));
}

async function isHeld(file: string): Promise<boolean> {
  try {
    const holder = parseIdentity(JSON.parse(await readFile(file, 'utf8')));
    return holder !== undefined && isAlive(holder);
  } catch {
    return false; // Released, or removed by the next holder.
  }
}

async function createWhole(folder: string, file: string): Promise<boolean> {
  const draft = join(folder, `.${randomBytes(8).toString('hex')}`);
  await writeFile(draft, JSON.stringify(identify(process.pid)), { mode: 0o600 });
  try {
    await link(draft, file);
    return true;
  } catch (error) {
    // ENOENT: the present holder tidied our draft away.
    if (errnoOf(error) === 'EEXIST' || errnoOf(error) === 'ENOENT') return false;
    throw error;
  } finally {
    await rm(draft, { force: true });
  }
}

async function removeOlder(folder: string, own: number): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!/^\d+$/.test(name) || Number(name) < own) await rm(join(folder, name), { force: true });
  }
}
