import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { identify } from '../../../src/core/identity.ts';
import { withLock } from '../../../src/cluster/lock.ts';
import { isAbort } from '../../../src/core/failure.ts';

const never = new AbortController().signal;

describe('lock', () => {
  let folder: string;
  beforeEach(async () => {
    folder = join(await mkdtemp(join(tmpdir(), 'gantry-lock-')), 'lock');
  });
  afterEach(() => rm(join(folder, '..'), { recursive: true, force: true }));

  it('lets one in at a time, and every one in', async () => {
    let inside = 0;
    let most = 0;
    const enter = (): Promise<void> =>
      withLock(
        folder,
        async () => {
          most = Math.max(most, ++inside);
          await new Promise((resolve) => setTimeout(resolve, 5));
          inside--;
        },
        never,
      );
    await Promise.all(Array.from({ length: 8 }, enter));
    assert.deepEqual([most, await readdir(folder)], [1, ['8']]);
  });

  it('lets the next in after the work failed', async () => {
    const work = (): Promise<never> => Promise.reject(new Error('broken'));
    await assert.rejects(withLock(folder, work, never), /broken/);
    assert.equal(await withLock(folder, () => Promise.resolve('in'), never), 'in');
  });

  it('passes over a holder that is dead, and over one whose id another process has now', async () => {
    const child = spawn('sleep', ['600']);
    const holder = identify(child.pid!)!;
    const died = once(child, 'exit');
    child.kill('SIGKILL');
    await died;
    for (const dead of [holder, { pid: process.pid, started: 'long ago' }]) {
      await mkdir(folder, { recursive: true });
      await writeFile(join(folder, '7'), JSON.stringify(dead));
      assert.equal(await withLock(folder, () => Promise.resolve('in'), never), 'in');
      await rm(folder, { recursive: true });
    }
  });

  it('waits for a holder that lives, tells so, and stops waiting when cancelled', async () => {
    const controller = new AbortController();
    let inner: Promise<unknown> = Promise.resolve();
    await withLock(
      folder,
      async () => {
        const entered = withLock(
          folder,
          () => Promise.resolve('in'),
          controller.signal,
          () => controller.abort(),
        );
        inner = assert.rejects(entered, isAbort);
        await inner;
      },
      never,
    );
    await inner;
  });

  it('is never held by two that saw the same dead holder', async () => {
    // A slow one looked while 3 was the highest; 4 was taken and given back since, so 5 is next, not 4 again.
    await mkdir(folder);
    await writeFile(join(folder, '3'), '');
    const order: string[] = [];
    await withLock(folder, async () => void order.push(...(await readdir(folder))), never);
    await withLock(folder, async () => void order.push(...(await readdir(folder))), never);
    assert.deepEqual(order, ['4', '5']);
    assert.equal(await readFile(join(folder, '5'), 'utf8'), '');
  });
});
