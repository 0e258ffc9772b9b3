import assert from 'node:assert/strict';
import { Failure } from '../../../src/core/failure.ts';
import { lastValue } from '../../../src/core/loadable.ts';
import { silentLog } from '../../../src/core/log.ts';
import { Listing } from '../../../src/docker/listing.ts';
import { FakeClock, settle } from '../../support/fakeClock.ts';

describe('a folder’s list', () => {
  let clock: FakeClock;
  let listing: Listing<{ readonly key: string }>;
  let keys: string[];
  let lists: number;
  let fault: Error | undefined;

  beforeEach(() => {
    clock = new FakeClock();
    keys = ['a'];
    lists = 0;
    fault = undefined;
    const list = async (): Promise<{ key: string }[]> => {
      lists++;
      const rows = keys.map((key) => ({ key }));
      await settle();
      if (fault !== undefined) throw fault;
      return rows;
    };
    listing = new Listing({ list, pause: 2000, clock, log: silentLog });
  });
  afterEach(async () => {
    listing.dispose();
    await settle();
    assert.equal(clock.sleeping, 0, 'a timer outlived the list');
  });

  const shown = (): [string, string[]] => [listing.state.state, [...(lastValue(listing.state)?.keys() ?? [])]];
  const open = async (): Promise<void> => {
    listing.watch(true);
    await listing.known();
    await settle();
  };

  it('is not asked for before somebody looks', async () => {
    listing.touch();
    await clock.advance(3_600_000);
    assert.equal(lists, 0);
  });

  it('is asked for once, however long somebody looks', async () => {
    await open();
    await clock.advance(3_600_000);
    assert.deepEqual([lists, shown()], [1, ['ready', ['a']]]);
  });

  it('is asked for once after a burst of changes, two seconds after the first', async () => {
    await open();
    keys.push('b');
    for (let i = 0; i < 10; i++) {
      listing.touch();
      await clock.advance(199);
    }
    assert.equal(lists, 1);
    await clock.advance(10);
    await settle();
    assert.deepEqual([lists, shown()], [2, ['ready', ['a', 'b']]]);
  });

  it('misses no change that comes while the list is under way', async () => {
    listing.watch(true);
    keys.push('late');
    listing.touch();
    await listing.known();
    assert.deepEqual(shown(), ['ready', ['a']]);
    await clock.advance(2000);
    await settle();
    assert.deepEqual(shown(), ['ready', ['a', 'late']]);
  });

  it('is not asked for once nobody looks, not even for a change before that', async () => {
    await open();
    listing.touch();
    listing.watch(false);
    listing.touch();
    await clock.advance(3_600_000);
    assert.equal(lists, 1);
    keys.push('b');
    listing.watch(true);
    await settle();
    await settle();
    assert.deepEqual([lists, shown()], [2, ['ready', ['a', 'b']]]);
  });

  it('keeps its rows when the engine fails, and recovers', async () => {
    await open();
    fault = new Failure('timeout', 'silent');
    listing.touch();
    await clock.advance(2000);
    await settle();
    assert.deepEqual(shown(), ['failed', ['a']]);
    fault = undefined;
    listing.touch();
    await clock.advance(2000);
    await settle();
    assert.deepEqual(shown(), ['ready', ['a']]);
  });
});
