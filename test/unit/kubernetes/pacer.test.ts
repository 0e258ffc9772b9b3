import assert from 'node:assert/strict';
import { Pacer } from '../../../src/kubernetes/pacer.ts';

/** Uses up the slice of a turn. */
const work = (): void => {
  for (const until = performance.now() + 9; performance.now() < until;);
};
const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('the pacer', () => {
  it('keeps nobody waiting who does little, and has a slice for each turn', async () => {
    const pacer = new Pacer();
    assert.deepEqual([pacer.pause(), pacer.pause()], [undefined, undefined]);
    work();
    await nextTurn();
    assert.equal(pacer.pause(), undefined);
  });

  it('has one slice for all streams, which go on in turns, the event loop running between them', async () => {
    const pacer = new Pacer();
    const seen: string[] = [];
    const stream = async (name: string): Promise<void> => {
      for (let part = 0; part < 3; part++) {
        seen.push(name);
        work();
        await pacer.pause();
      }
    };
    const watching = (): void => {
      seen.push('-');
      if (seen.length < 20) setImmediate(watching);
    };
    setImmediate(watching);
    await Promise.all(['a', 'b', 'c'].map(stream));
    const turns = seen.join('').split('-').filter(Boolean);
    assert.deepEqual(turns, ['abca', 'b', 'c', 'a', 'b', 'c']);
  });
});
