import assert from 'node:assert/strict';
import { cleanLine, withoutColours } from '../../../src/core/log/clean.ts';
import type { LogEntry } from '../../../src/core/log/entry.ts';
import { LineFramer, longestLine } from '../../../src/core/log/framer.ts';
import { renderJson } from '../../../src/core/log/json.ts';
import { LogMerger } from '../../../src/core/log/merge.ts';
import { LogRing } from '../../../src/core/log/ring.ts';
import { FakeClock, settle } from '../../support/fakeClock.ts';

const line = (text: string, source = '', time?: number): LogEntry => ({ source, text, time });

describe('a line of a log', () => {
  it('keeps colours, which end with it, and shows NUL and carriage returns', () => {
    assert.deepEqual(
      [
        'plain',
        '\u001b[31mred',
        '\u001b[31mred\u001b[0m',
        '10%\r20%\r',
        'a\0b',
        '\u001b]52;c;cm0gLXJm\u0007x\u001b[2J',
      ].map(cleanLine),
      ['plain', '\u001b[31mred\u001b[0m', '\u001b[31mred\u001b[0m', '10%␍20%', 'a␀b', 'x'],
    );
  });

  it('loses its colours for a document', () => assert.equal(withoutColours('\u001b[1;31mred\u001b[0m'), 'red'));
});

describe('line framer', () => {
  const frame = (...chunks: Buffer[]): string[] => {
    const framer = new LineFramer();
    return [...chunks.flatMap((chunk) => framer.push(chunk)), ...framer.end()];
  };

  it('gives the same lines wherever the bytes are split', () => {
    const bytes = Buffer.from('first\r\n中文 🙂\n\nlast');
    const expected = ['first', '中文 🙂', '', 'last'];
    for (let at = 0; at <= bytes.length; at++) {
      assert.deepEqual(frame(bytes.subarray(0, at), bytes.subarray(at)), expected);
    }
  });

  it('marks bytes that are no text', () => {
    assert.deepEqual(frame(Buffer.from([0x61, 0xff, 0xfe, 0x0a])), ['a\ufffd\ufffd']);
  });

  it('cuts a line without end, holds no more of it, and goes on behind it', () => {
    const framer = new LineFramer();
    const chunk = Buffer.alloc(longestLine, 'x');
    for (let i = 0; i < 100; i++) assert.deepEqual(framer.push(chunk), []);
    const [cut, next] = framer.push(Buffer.from('\nnext\n'));
    assert.deepEqual(
      [cut!.length < longestLine + 100, cut!.includes(String(99 * longestLine)), next],
      [true, true, 'next'],
    );
  });
});

describe('log ring', () => {
  it('keeps the newest lines and counts what it dropped', () => {
    const ring = new LogRing({ lines: 3, characters: 100 });
    for (let i = 0; i < 20; i++) ring.push(line(`${i}`));
    assert.deepEqual([[...ring].map(({ text }) => text), ring.dropped, ring.length], [['17', '18', '19'], 17, 3]);
  });

  it('keeps to its size, but always the newest line', () => {
    const ring = new LogRing({ lines: 10, characters: 5 });
    for (const text of ['aaa', 'bb', 'c', 'dddddddd']) ring.push(line(text));
    assert.deepEqual([[...ring].map(({ text }) => text), ring.dropped], [['dddddddd'], 3]);
  });
});

describe('JSON lines', () => {
  const read = (text: string): string | undefined => {
    const rendered = renderJson(text);
    return rendered === undefined ? undefined : withoutColours(rendered);
  };

  it('of slog, zap and others are read alike', () => {
    assert.deepEqual(
      [
        '{"time":"2026-01-02T03:04:05.678901Z","level":"INFO","msg":"started","port":80}',
        '{"level":"warn","ts":1767323045.678,"msg":"slow query","sql":"select 1"}',
        '{"severity":"ERROR","message":"lost","order":12345678901234567890,"in":{"a":[1]}}',
      ].map(read),
      [
        '03:04:05.678 INFO  started port=80',
        '03:04:05.678 WARN  slow query sql="select 1"',
        'ERROR lost order=12345678901234567890 in="{\\"a\\":[1]}"',
      ],
    );
  });

  it('are left alone when they are none', () => {
    assert.deepEqual(['{"half', '[1]', 'text {}', '{not json}'].map(read), Array(4).fill(undefined));
  });

  it('cannot smuggle control sequences in their values', () => {
    assert.equal(read('{"msg":"a\\u001b]0;title\\u0007\\nb"}'), 'a↵b');
  });
});

describe('log merger', () => {
  const collect = async (merger: LogMerger): Promise<string[][]> => {
    const batches: string[][] = [];
    for await (const batch of merger) batches.push(batch.map(({ text }) => text));
    return batches;
  };

  it('orders what came together by time, and never the lines of one source', async () => {
    const clock = new FakeClock();
    const merger = new LogMerger(clock);
    const read = collect(merger);
    void merger.push('a', [line('a1', 'a', 10), line('a3', 'a', 30), line('a2', 'a', 20)]);
    void merger.push('b', [line('b1', 'b', 15), line('b2', 'b', 40)]);
    await clock.advance(100);
    void merger.push('b', [line('b0', 'b', 1)]);
    merger.close();
    assert.deepEqual(await read, [['a1', 'b1', 'a3', 'a2', 'b2'], ['b0']]);
  });

  it('holds no lines back for others when there are many', async () => {
    const merger = new LogMerger(new FakeClock()); // Whose time never passes.
    const read = collect(merger);
    const many = Array.from({ length: 10_001 }, (_, i) => line(String(i)));
    await merger.push('a', many);
    await settle();
    await merger.push('a', many);
    await settle();
    merger.close();
    assert.deepEqual(
      (await read).map(({ length }) => length),
      [10_001, 10_001],
    );
  });

  it('makes sources wait while nobody reads', async () => {
    const clock = new FakeClock();
    const merger = new LogMerger(clock);
    let pushed = 0;
    const push = async (): Promise<void> => {
      for (let i = 0; i < 10; i++) {
        await merger.push(
          'a',
          Array.from({ length: 6_000 }, () => line('x')),
        );
        pushed++;
      }
    };
    const pushing = push();
    await settle();
    const whileNobodyReads = pushed;
    const read = collect(merger);
    for (let i = 0; i < 20; i++) await clock.advance(100);
    await pushing;
    merger.close();
    await clock.advance(100);
    const lines = (await read).reduce((sum, { length }) => sum + length, 0);
    assert.deepEqual([whileNobodyReads, pushed, lines], [3, 10, 60_000]);
  });

  it('hands over the failure after the lines', async () => {
    const merger = new LogMerger(new FakeClock());
    void merger.push('a', [line('last')]);
    merger.close(new Error('broken'));
    const seen: string[] = [];
    await assert.rejects(async () => {
      for await (const batch of merger) seen.push(...batch.map(({ text }) => text));
    }, /broken/);
    assert.deepEqual(seen, ['last']);
  });
});
