import assert from 'node:assert/strict';
import { type Output, demux } from '../../../src/docker/demux.ts';
import { frame } from '../../support/engineFrames.ts';

async function* from(chunks: readonly Buffer[]): AsyncGenerator<Buffer> {
  yield* chunks;
}

/** What each stream wrote, and the order in which the streams took turns. */
async function read(
  chunks: AsyncIterable<Uint8Array>,
  tty = false,
): Promise<{ stdout: string; stderr: string; turns: string }> {
  const parts = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
  let turns = '';
  for await (const { stream, data } of demux(chunks, { tty })) {
    parts[stream].push(data);
    const letter = stream === 'stdout' ? 'o' : 'e';
    if (!turns.endsWith(letter)) turns += letter;
  }
  return { stdout: Buffer.concat(parts.stdout).toString(), stderr: Buffer.concat(parts.stderr).toString(), turns };
}

/** The same sequence in every run, so that a failure can be repeated (mulberry32). */
function random(seed: number): () => number {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let x = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    x = (x + Math.imul(x ^ (x >>> 7), 61 | x)) ^ x;
    return ((x ^ (x >>> 14)) >>> 0) / 4294967296;
  };
}

describe('demux', () => {
  it('tells the streams apart, stdin being stdout', async () => {
    const bytes = Buffer.concat([frame(1, 'out'), frame(2, 'err'), frame(0, 'in'), frame(1, '')]);
    assert.deepEqual(await read(from([bytes])), { stdout: 'outin', stderr: 'err', turns: 'oeo' });
  });

  for (const seed of [1, 2, 3, 4, 5]) {
    it(`finds the same in chunks cut at random (seed ${seed})`, async () => {
      const next = random(seed);
      const expected = { stdout: '', stderr: '', turns: '' };
      const frames = Array.from({ length: 500 }, (_, i) => {
        const stream = next() < 0.5 ? 1 : 2;
        const text = `${i}:${'é'.repeat(Math.floor(next() * 60))}\n`;
        expected[stream === 1 ? 'stdout' : 'stderr'] += text;
        const letter = stream === 1 ? 'o' : 'e';
        if (!expected.turns.endsWith(letter)) expected.turns += letter;
        return frame(stream, text);
      });
      const bytes = Buffer.concat(frames);
      const chunks: Buffer[] = [];
      for (let at = 0; at < bytes.length;) {
        const size = Math.floor(next() ** 3 * 200);
        chunks.push(bytes.subarray(at, at + size));
        at += size;
      }
      assert.deepEqual(await read(from(chunks)), expected);
    });
  }

  it('takes one byte at a time', async () => {
    const bytes = Buffer.concat([frame(1, 'ab'), frame(2, 'c')]);
    const chunks = [...bytes].map((byte) => Buffer.from([byte]));
    assert.deepEqual(await read(from(chunks)), { stdout: 'ab', stderr: 'c', turns: 'oe' });
  });

  it('takes a 54 kB chunk of one-byte frames', async () => {
    const bytes = Buffer.concat(Array.from({ length: 6000 }, () => frame(1, 'x')));
    assert.equal((await read(from([bytes]))).stdout, 'x'.repeat(6000));
  });

  it('passes a terminal’s bytes on as they are', async () => {
    const bytes = frame(2, 'looks like a frame');
    assert.deepEqual(await read(from([bytes]), true), { stdout: bytes.toString(), stderr: '', turns: 'o' });
  });

  it('does not gather a large frame', async () => {
    const [head, piece] = [frame(1, Buffer.alloc(0)), Buffer.alloc(1024)];
    head.writeUInt32BE(2048, 4);
    const sizes: number[] = [];
    for await (const { data } of demux(from([head, piece, piece]), { tty: false })) sizes.push(data.length);
    assert.deepEqual(sizes, [1024, 1024]);
  });

  it('takes the next chunk only when the last piece was taken', async () => {
    let taken = 0;
    const chunks = (async function* () {
      for (; taken < 10; taken++) yield frame(1, `chunk ${taken}`);
    })();
    const pieces = demux(chunks, { tty: false });
    await pieces.next();
    await pieces.next();
    assert.equal(taken, 1);
    await pieces.return(undefined);
  });

  it('closes its source when the reader leaves', async () => {
    let closed = false;
    const chunks = (async function* () {
      try {
        for (;;) yield frame(1, 'x');
      } finally {
        closed = true;
      }
    })();
    for await (const _ of demux(chunks, { tty: false })) break;
    assert.equal(closed, true);
  });

  const broken: Record<string, Buffer> = {
    'an unknown stream': frame(3, 'x'),
    'text where a header should be': Buffer.from('{"message":"no"}'),
    'a header whose zeros are none': Buffer.from([1, 0, 1, 0, 0, 0, 0, 0]),
    'a frame too large to be one': Buffer.from([1, 0, 0, 0, 0xff, 0xff, 0xff, 0xff]),
  };
  for (const [what, bytes] of Object.entries(broken)) {
    it(`refuses ${what}`, async () => {
      await assert.rejects(read(from([bytes])), { name: 'Failure', kind: 'invalid' } satisfies Partial<
        Record<string, string>
      >);
    });
  }

  for (const [what, bytes] of Object.entries({
    header: frame(1, 'abc').subarray(0, 5),
    payload: frame(1, 'abc').subarray(0, 9),
  })) {
    it(`says so when the stream ends within a ${what}`, async () => {
      await assert.rejects(read(from([bytes])), { name: 'Failure', kind: 'unreachable' });
    });
  }

  it('passes on what its source throws', async () => {
    const chunks = (async function* (): AsyncGenerator<Output['data']> {
      yield frame(1, 'x');
      throw new Error('reset');
    })();
    await assert.rejects(read(chunks), { message: 'reset' });
  });
});
