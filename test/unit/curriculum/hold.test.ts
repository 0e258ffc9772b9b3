import assert from 'node:assert/strict';
import { EvidenceRecord } from '../../../src/curriculum/evidence.ts';
import { Hold, heldAtMost } from '../../../src/curriculum/hold.ts';
import { FakeClock } from '../../support/fakeClock.ts';

describe('what a failing check started', () => {
  const claim = { what: '', want: '', got: '' };
  const recordOf = (ok: boolean): EvidenceRecord => {
    const record = new EvidenceRecord('a');
    record.assert('b', ok, claim);
    return record;
  };
  const make = (): {
    clock: FakeClock;
    cancel: AbortController;
    shown: () => number;
    see: () => void;
    hold: Hold;
  } => {
    const clock = new FakeClock();
    const cancel = new AbortController();
    const seen = Promise.withResolvers<void>();
    let shown = 0;
    const hold = new Hold({
      clock,
      signal: cancel.signal,
      show: (_, over) => {
        shown++;
        over.addEventListener('abort', () => seen.resolve());
        return seen.promise;
      },
    });
    return { clock, cancel, shown: () => shown, see: seen.resolve, hold };
  };

  it('is not kept while nothing failed', async () => {
    const { hold, shown } = make();
    assert.deepEqual([await hold.wait(recordOf(true)), shown()], [false, 0]);
  });

  it('is kept until the person has seen enough, once, and that is no time of the check', async () => {
    const { clock, hold, shown, see } = make();
    const waiting = hold.wait(recordOf(false));
    await clock.advance(5_000);
    see();
    assert.deepEqual([await waiting, await hold.wait(recordOf(false)), shown()], [true, true, 1]);
    assert.deepEqual([hold.time, clock.sleeping], [5_000, 0]);
  });

  it('is kept no longer than it is there', async () => {
    const { hold } = make();
    assert.equal(await hold.wait(recordOf(false), Promise.resolve()), true);
  });

  it('is kept no longer than a program may run', async () => {
    const { clock, hold } = make();
    const waiting = hold.wait(recordOf(false));
    await clock.advance(heldAtMost);
    assert.equal(await waiting, true);
  });

  it('goes with a check that is cancelled', async () => {
    const { cancel, hold } = make();
    const waiting = hold.wait(recordOf(false));
    cancel.abort();
    await assert.rejects(waiting, { name: 'AbortError' });
  });
});
