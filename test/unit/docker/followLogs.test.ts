/** What is followed of a container's log when its engine ends it early. */
import assert from 'node:assert/strict';
import type { LogQuery } from '../../../src/docker/client.ts';
import type { Output } from '../../../src/docker/demux.ts';
import { followContainer } from '../../../src/docker/followLogs.ts';

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
