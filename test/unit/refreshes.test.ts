/** Folders are announced apart from their rows, for VS Code loses what comes together. */
import assert from 'node:assert/strict';
import { Refreshes } from '../../src/core/refreshes.ts';
import { FakeClock } from '../support/fakeClock.ts';

interface Folder {
  readonly name: string;
}

describe('what a view is told to ask for again', () => {
  const [a, b]: readonly [Folder, Folder] = [{ name: 'a' }, { name: 'b' }];
  const begin = (): { clock: FakeClock; refreshes: Refreshes<Folder>; told: string[] } => {
    const [clock, told]: [FakeClock, string[]] = [new FakeClock(), []];
    const tell = (nodes: Folder[] | undefined): void =>
      void told.push(nodes?.map(({ name }) => name).join(' ') ?? 'the roots');
    return { clock, told, refreshes: new Refreshes<Folder>(tell, clock) };
  };

  it('is told at once, unless the rows of one were just given', async () => {
    const { clock, refreshes, told } = begin();
    refreshes.announce([a, b]);
    refreshes.gave(a);
    refreshes.announce([b]);
    refreshes.announce([b, a]);
    refreshes.announce(undefined);
    assert.deepEqual(told, ['a b', 'b', 'the roots']);
    await clock.advance(99);
    assert.equal(told.length, 3);
    await clock.advance(1);
    assert.deepEqual(told.slice(3), ['b a']);
  });

  it('waits again when the rows were given again, and for the roots as for any folder', async () => {
    const { clock, refreshes, told } = begin();
    refreshes.gave(undefined);
    refreshes.announce(undefined);
    await clock.advance(60);
    refreshes.gave(undefined);
    await clock.advance(60);
    assert.deepEqual(told, []);
    await clock.advance(40);
    assert.deepEqual(told, ['the roots']);
  });

  it('is told nothing more once the view is gone', async () => {
    const { clock, refreshes, told } = begin();
    refreshes.gave(a);
    refreshes.announce([a]);
    refreshes.dispose();
    await clock.advance(1000);
    assert.deepEqual([told, clock.sleeping], [[], 0]);
  });
});
