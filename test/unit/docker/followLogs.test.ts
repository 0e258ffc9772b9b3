/** What is followed of a container's log when its engine ends it early. */
import assert from 'node:assert/strict';
import type { LogQuery } from '../../../src/docker/client.ts';
import type { Output } from '../../../src/docker/demux.ts';
import { followContainer } from '../../../src/docker/followLogs.ts';
import { LogPlace, logTime } from '../../../src/docker/logPlace.ts';

const stamped = (second: number): string => `2026-01-02T03:04:0${second}.000000000Z line ${second}\n`;

describe('a container whose engine ends its log too early', () => {
  it('is read once more to its end, each line once', async () => {
    const asked: LogQuery[] = [];
    const feed = followContainer(
      {
        name: 'web',
        async *read(query): AsyncGenerator<Output> {
          asked.push(query);
          const seconds = query.follow ? [1, 2] : [2, 3];
          for (const second of seconds) yield { stream: 'stdout', data: Buffer.from(stamped(second)) };
        },
        running: () => Promise.resolve(false),
      },
      { tail: 100 },
    );
    const said: string[] = [];
    for await (const batch of feed(new AbortController().signal)) said.push(...batch.map(({ text }) => text));
    assert.deepEqual(said.slice(0, 3), ['line 1', 'line 2', 'line 3']);
    assert.equal(said.length, 5, said.join('; ')); // It stopped, and it was removed.
    assert.deepEqual(asked[1], { follow: false, tail: 'all', timestamps: true, since: '1767323042.000000000' });
  });
});

describe('the times of an engine', () => {
  it('compare, whatever zone they are told in and whatever was left out of them', () => {
    assert.equal(logTime('2026-01-02T03:04:05.6Z'), '2026-01-02T03:04:05.600000000Z');
    assert.equal(logTime('2026-01-02T03:04:05+08:00'), '2026-01-01T19:04:05.000000000Z');
    assert.equal(logTime('2026-01-02T03:04:05.123456789-07:00'), '2026-01-02T10:04:05.123456789Z');
    for (const none of ['', 'hello', '2026-01-02', '2026-01-02T03:04:05', '12026-01-02T03:04:05Z'])
      assert.equal(logTime(none), undefined, none);
  });

  it('may go back, and nothing new is lost by it', () => {
    const place = new LogPlace();
    const at = (second: number): string => `2026-01-02T03:04:0${second}.000000000Z`;
    assert.deepEqual(
      [5, 6, 2, 2, 3].map((second) => place.take('stdout', at(second))),
      [true, true, true, true, true],
    );
    place.query();
    assert.deepEqual(
      [2, 2, 3, 3, 1].map((second) => place.take('stdout', at(second))),
      [false, false, false, true, true],
    );
  });
});
