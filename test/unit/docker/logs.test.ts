/** A container's output as the terminal program follows it: to its end, and without the times that lead there. */
import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import type { EngineClient, LogQuery } from '../../../src/docker/client.ts';
import { containerLogs } from '../../../src/docker/logs.ts';
import { frame } from '../../support/engineFrames.ts';

const at = (second: number): string => `2026-01-02T03:04:0${second}.000000000Z`;

/** An engine that answers the questions one after the other, a byte at a time. */
function engine(answers: readonly (readonly Buffer[])[], asked: LogQuery[] = []): EngineClient {
  return {
    address: 'unix:///scripted.sock',
    hasTty: () => Promise.resolve(false),
    containerLogs: (_: string, query: LogQuery) => {
      const bytes = Buffer.concat(answers[asked.push(query) - 1] ?? []);
      return Promise.resolve(Readable.from([...bytes].map((byte) => Buffer.of(byte))));
    },
  } as unknown as EngineClient;
}

async function followed(client: EngineClient, tail: LogQuery['tail'] = 'all'): Promise<Record<string, string>> {
  const said = { stdout: '', stderr: '' };
  for await (const { stream, data } of containerLogs(client, 'c', { follow: true, tail }, new AbortController().signal))
    said[stream] += data.toString();
  return said;
}

describe('output that is followed', () => {
  it('is read on where the engine ended it, each frame once and by its stream', async () => {
    const asked: LogQuery[] = [];
    const first = [frame(1, `${at(1)} one\n`), frame(2, `${at(2)} two, in `), frame(2, `${at(2)} pieces\n`)];
    const more = [...first.slice(1), frame(1, `${at(1)} one as well\n`), frame(1, `${at(3)} three\n`)];
    assert.deepEqual(await followed(engine([first, [first[0]!, ...more]], asked), 3), {
      stdout: 'one\none as well\nthree\n',
      stderr: 'two, in pieces\n',
    });
    assert.deepEqual(asked, [
      { follow: true, tail: 3, timestamps: true },
      { follow: false, tail: 'all', timestamps: true, since: '1767323041.000000000' },
    ]);
  });

  it('of an engine that tells no times passes as it is', async () => {
    const first = [
      frame(1, ''),
      frame(1, 'a\n'),
      frame(2, 'a line that is longer than any time can be\n'),
      frame(1, 'b\n'),
    ];
    const asked: LogQuery[] = [];
    assert.deepEqual(await followed(engine([first], asked)), {
      stdout: 'a\nb\n',
      stderr: 'a line that is longer than any time can be\n',
    });
    assert.equal(asked.length, 1, 'there is no place to go on from');
  });
});
