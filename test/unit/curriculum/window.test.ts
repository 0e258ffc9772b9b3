import assert from 'node:assert/strict';
import { type Decided, mostWithin, overfull, yieldOf } from '../../../src/curriculum/checks/window.ts';
import { seeded } from '../../../src/curriculum/random.ts';

const limit = { perMinute: 600, burst: 5 };

/** Requests that a limiter decided at these times, each sent up to `late` before and answered up to `late` after. */
const decided = (times: readonly number[], late: number): Decided[] => {
  const random = seeded(1);
  return times.map((at) => ({ sent: at - random.between(0, late), received: at + random.between(0, late) }));
};

/** What a token bucket lets through of requests that come at these times. */
function bucket(times: readonly number[]): number[] {
  let [tokens, before] = [limit.burst, 0];
  return times.filter((at) => {
    tokens = Math.min(limit.burst, tokens + ((at - before) * limit.perMinute) / 60_000);
    before = at;
    if (tokens < 1) return false;
    tokens--;
    return true;
  });
}

describe('a window of what a rate limiter lets through', () => {
  it('holds the burst and what came meanwhile', () => {
    assert.deepEqual(
      [0, 99, 100, 1_000, 60_000].map((time) => mostWithin(limit, time)),
      [5, 5, 6, 15, 605],
    );
  });

  it('is never overfull with a bucket that is right, however late we hear of it', () => {
    const random = seeded(2);
    for (let run = 0; run < 100; run++) {
      let now = 0;
      const times = Array.from({ length: 100 }, () => (now += random.between(0, 100)));
      for (const late of [0, 10, 500]) assert.equal(overfull(decided(bucket(times), late), limit), undefined);
    }
  });

  it('is overfull with one more, and with fixed windows around their edges', () => {
    const burst = [0, 0, 0, 0, 0];
    assert.deepEqual(overfull(decided([...burst, 50], 0), limit), { count: 6, most: 5, time: 50 });
    // Windows of 500 ms that begin with 5 anew.
    const edges = [490, 491, 492, 493, 494, 500, 501, 502, 503, 504];
    assert.ok(overfull(decided(edges, 5), limit) !== undefined);
    // Sent together and answered late: each of them may have been decided at any moment.
    assert.equal(overfull(decided([...burst, 50], 0).map(({ sent }) => ({ sent, received: sent + 200 })), limit), undefined); // prettier-ignore
  });

  it('from refusal to refusal yields all that came, unless too few asked', () => {
    const random = seeded(3);
    for (let run = 0; run < 100; run++) {
      let now = 0;
      const times = Array.from({ length: 100 }, () => (now += random.between(5, 60)));
      const passed = bucket(times);
      const refused = times.filter((at) => !passed.includes(at));
      const seen = yieldOf(decided(passed, 20), decided(refused, 20), limit);
      assert.ok(seen === undefined || seen.count >= seen.least, JSON.stringify(seen));
      // One of three that should pass does not.
      const lost = passed.filter((_, i) => i % 3 === 0);
      const wrong = yieldOf(decided(passed.filter((at) => !lost.includes(at)), 5), decided([...refused, ...lost], 5), limit); // prettier-ignore
      assert.ok(wrong !== undefined && wrong.count < wrong.least, JSON.stringify(wrong));
    }
    assert.equal(yieldOf(decided([100], 0), decided([0, 400], 0), limit), undefined);
    assert.equal(yieldOf(decided([100], 0), [], limit), undefined);
  });
});
