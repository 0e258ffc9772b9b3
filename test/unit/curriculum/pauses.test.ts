import assert from 'node:assert/strict';
import { pausesDiffer } from '../../../src/curriculum/checks/pauses.ts';
import type { Arrival } from '../../../src/curriculum/doubles/double.ts';
import { seeded } from '../../../src/curriculum/random.ts';

/** Calls of many paths, `pause(n)` milliseconds before the n-th retry, as a double saw them: in the order they came. */
const arrivals = (paths: number, retries: number, pause: (retry: number) => number): Arrival[] =>
  Array.from({ length: paths }, (_, i) => {
    let at = i;
    return Array.from({ length: retries + 1 }, (_, n) => {
      if (n > 0) at += pause(n);
      return { method: 'GET', path: `/${i}`, headers: {}, body: '', at };
    });
  })
    .flat()
    .toSorted((a, b) => a.at - b.at);

describe('pauses between calls', () => {
  const random = seeded(1);
  const share = (low: number, high: number): number => random.between(low * 1_000, high * 1_000) / 1_000;
  const finding = (paths: number, pause: (retry: number) => number): string | undefined =>
    pausesDiffer(arrivals(paths, 3, pause), { base: 100 }, 50)?.finding;
  const doubled = (retry: number): number => 100 * 2 ** (retry - 1);

  it('are right when they double and are drawn from a half to one and a half, or above the whole', () => {
    for (let run = 0; run < 1_000; run++) {
      assert.equal(
        finding(40, (retry) => doubled(retry) * share(0.5, 1.5)),
        undefined,
      );
    }
    assert.equal(
      finding(40, (retry) => doubled(retry) * share(1, 1.5)),
      undefined,
    );
  });

  it('are too soon, do not grow, are alike, or too long', () => {
    const wrong: readonly [string, (retry: number) => number][] = [
      ['too-soon', () => 1],
      ['too-soon', (retry) => doubled(retry) * share(0, 1)],
      ['no-growth', () => 100 * share(0.5, 1.5)],
      ['no-growth', (retry) => 100 * retry * share(0.5, 1)],
      ['no-jitter', doubled],
      ['no-jitter', (retry) => doubled(retry) * share(0.97, 1.03)],
      ['uneven', (retry) => doubled(retry) * (0.5 + random.between(0, 1))],
      ['too-long', (retry) => 2 * doubled(retry) * share(0.5, 1.5)],
    ];
    assert.deepEqual(
      wrong.map(([, pause]) => finding(40, pause)),
      wrong.map(([name]) => name),
    );
  });

  it('of few paths may be alike; one that is late does not count', () => {
    assert.equal(finding(5, doubled), undefined);
    let calls = 0;
    assert.equal(
      finding(40, (retry) => doubled(retry) * share(0.5, 1.5) + (calls++ % 9 === 0 ? 5_000 : 0)),
      undefined,
    );
  });

  it('are no shorter than the least', () => {
    const of = (pause: number): string | undefined =>
      pausesDiffer(
        arrivals(1, 1, () => pause),
        { least: 1_000 },
        0,
      )?.finding;
    assert.deepEqual([of(1_000), of(990)], [undefined, 'too-soon']);
  });
});
