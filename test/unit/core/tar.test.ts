import assert from 'node:assert/strict';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { extractTar } from '../../../src/core/tar/extract.ts';
import { type TarEntry, readTar } from '../../../src/core/tar/read.ts';
import { writeTar } from '../../../src/core/tar/write.ts';

/** A header as hostile programs write it. */
function entry(path: string, type = '0', data = '', target = ''): Buffer {
  const archive = writeTar([{ path: 'x', data: Buffer.from(data), mode: 0o4777, modified: 0 }]);
  archive.fill(0, 0, 100);
  archive.write(path, 0);
  archive.write(type, 156);
  archive.write(target, 157);
  archive.fill(' ', 148, 156);
  const sum = archive.subarray(0, 512).reduce((total, byte) => total + byte, 0);
  archive.write(sum.toString(8).padStart(7, '0'), 148);
  return archive.subarray(0, archive.length - 1024);
}

async function* pieces(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

describe('tar archives', () => {
  let folder: string;
  let target: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'gantry-tar-'));
    target = join(folder, 'target');
    mkdirSync(target);
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  const extract = (bytes: Buffer, limits?: { entries: number; bytes: number }) =>
    extractTar(pieces(bytes, 100), { target, ...(limits === undefined ? {} : { limits }) });
  /** What stands beside the target must stay all there is. */
  const outside = (): string[] => readdirSync(folder).filter((name) => name !== 'target');

  it('are written and read again, in pieces of any size, with long and foreign names', async () => {
    const long = `${'folder/'.repeat(30)}文件.txt`;
    const bytes = writeTar([
      { path: 'a', mode: 0o755, modified: 5000 },
      { path: long, data: Buffer.from('hello'), mode: 0o640, owner: 7, group: 8, modified: 9000 },
    ]);
    for (const size of [1, 7, 512, 100_000]) {
      const seen: TarEntry[] = [];
      let text = '';
      await readTar(pieces(bytes, size), (one) => {
        seen.push(one);
        return { write: (piece) => void (text += piece.toString()), end: () => {} };
      });
      assert.deepEqual(
        seen.map(({ path, type, mode, owner, modified }) => [path, type, mode, owner, modified]),
        [
          ['a', 'folder', 0o755, 0, 5000],
          [long, 'file', 0o640, 7, 9000],
        ],
      );
      assert.equal(text, 'hello');
    }
  });

  for (const path of ['../out', '/etc/out', 'a/../../out', 'a/b/../../../out']) {
    it(`do not lead outside: ${path}`, async () => {
      await assert.rejects(extract(entry(path, '0', 'x')), { kind: 'forbidden' });
      assert.deepEqual(outside(), []);
    });
  }

  it('links and devices are left out, and told; setuid is dropped', async () => {
    const bytes = Buffer.concat([
      entry('link', '2', '', '/etc/passwd'),
      entry('hard', '1', '', '../out'),
      entry('device', '3'),
      entry('pipe', '6'),
      entry('tool', '0', 'x'),
    ]);
    assert.deepEqual(await extract(bytes), { files: 1, bytes: 1, skipped: ['link', 'hard', 'device', 'pipe'] });
    assert.deepEqual(readdirSync(target), ['tool']);
    assert.equal(statSync(join(target, 'tool')).mode & 0o7000, 0);
  });

  it('nothing is written through a link that stands in the way, nor over a file', async () => {
    mkdirSync(join(folder, 'elsewhere'));
    symlinkSync(join(folder, 'elsewhere'), join(target, 'a'));
    await assert.rejects(extract(entry('a/file', '0', 'x')), { kind: 'forbidden' });
    assert.deepEqual(readdirSync(join(folder, 'elsewhere')), []);
    writeFileSync(join(target, 'mine'), 'mine');
    symlinkSync(join(folder, 'new'), join(target, 'dangling'));
    await assert.rejects(extract(entry('mine', '0', 'x')), { kind: 'conflict' });
    await assert.rejects(extract(entry('dangling', '0', 'x')), { kind: 'conflict' });
    await assert.rejects(extract(entry('./', '0', 'x')), { kind: 'conflict' });
    assert.equal(readFileSync(join(target, 'mine'), 'utf8'), 'mine');
    assert.ok(!existsSync(join(folder, 'new')));
  });

  it('end at their bounds', async () => {
    const many = Buffer.concat(Array.from({ length: 20 }, (_, i) => entry(`f${i}`, '0', 'x')));
    await assert.rejects(extract(many, { entries: 10, bytes: 1000 }), { kind: 'invalid' });
    await assert.rejects(extract(entry('big', '0', 'x'.repeat(2000)), { entries: 10, bytes: 1000 }), {
      kind: 'invalid',
    });
  });

  it('that break off leave no half file; what is none is refused', async () => {
    await assert.rejects(extract(entry('half', '0', 'x'.repeat(2000)).subarray(0, 1000)), { kind: 'invalid' });
    assert.deepEqual(readdirSync(target), []);
    for (const bytes of [Buffer.alloc(512, 1), Buffer.from('no archive'), entry('a').subarray(0, 300)]) {
      await assert.rejects(extract(bytes), { kind: 'invalid' });
    }
  });

  it('random bytes never do more than fail', async () => {
    let seed = 1;
    const random = (): number => (seed = (seed * 48_271) % 0x7fffffff) & 255;
    for (let round = 0; round < 300; round++) {
      const bytes = Buffer.concat([entry('a', '0', 'x'.repeat(600)), entry('b', '5')]);
      for (let i = 0; i < 8; i++) bytes[(random() * 256 + random()) % bytes.length] = random();
      await extract(bytes).catch((error: Error) =>
        assert.ok(error.name === 'Failure' || 'code' in error, String(error)),
      );
      assert.deepEqual(outside(), []);
      rmSync(target, { recursive: true, force: true });
      mkdirSync(target);
    }
  });
});
