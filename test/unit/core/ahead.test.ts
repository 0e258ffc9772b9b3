import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { ahead } from '../../../src/core/ahead.ts';

describe('ahead', () => {
  const { signal } = new AbortController();
  const collect = async <T>(results: AsyncIterable<T>): Promise<T[]> => {
    const all: T[] = [];
    for await (const result of results) all.push(result);
    return all;
  };

  it('gives results in the order of the things, whichever ends first, and works on so many at a time', async () => {
    let [now, most] = [0, 0];
    const results = ahead([30, 1, 20, 2, 1], 3, signal, async (milliseconds) => {
      most = Math.max(most, ++now);
      await sleep(milliseconds);
      now--;
      return milliseconds;
    });
    assert.deepEqual(await collect(results), [30, 1, 20, 2, 1]);
    assert.equal(most, 3);
  });

  it('begins none before the result of the last one was taken, when it is one at a time', async () => {
    const begun: number[] = [];
    for await (const result of ahead([1, 2, 3], 1, signal, (thing) => Promise.resolve(begun.push(thing)))) {
      await sleep(1);
      assert.equal(begun.length, result);
    }
  });

  it('aborts and awaits the rest once no more is taken, and begins no other', async () => {
    const [begun, ended]: string[][] = [[], []];
    const work = async (name: string, over: AbortSignal): Promise<string> => {
      begun!.push(name);
      if (name !== 'first') await sleep(60_000, undefined, { signal: over }).catch(() => {});
      ended!.push(name);
      return name;
    };
    for await (const result of ahead(['first', 'second', 'third', 'fourth'], 2, signal, work)) {
      assert.equal(result, 'first');
      break;
    }
    assert.deepEqual(ended, begun);
    assert.ok(!begun!.includes('fourth'));
  });

  it('throws what the work threw when its turn comes, and not before', async () => {
    const results = ahead(['slow', 'wrong', 'late'], 3, signal, async (name) => {
      if (name === 'wrong') throw new Error(name);
      await sleep(5);
      return name;
    });
    const seen: string[] = [];
    await assert.rejects(
      async () => {
        for await (const result of results) seen.push(result);
      },
      { message: 'wrong' },
    );
    assert.deepEqual(seen, ['slow']);
  });
});
