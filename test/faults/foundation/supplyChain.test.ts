/** What ships can be made again by anybody, byte for byte, and nothing of it runs a program by being installed: S10. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildAll } from '../../../scripts/build.ts';
import { root } from '../../../scripts/lib/project.ts';
import { openZip } from '../../../scripts/lib/zip.ts';
import { packageVsix } from '../../../scripts/package.ts';

interface LockFile {
  readonly packages: Readonly<Record<string, { readonly resolved?: string }>>;
}

describe('S10 what ships', function () {
  this.timeout(180_000);
  const zone = process.env['TZ'];
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'gantry-twice-'));
  });
  after(async () => {
    if (zone === undefined) delete process.env['TZ'];
    else process.env['TZ'] = zone;
    await rm(folder, { recursive: true, force: true });
    await buildAll({ tests: true }); // The tests after this one run what was built for tests.
  });

  it('the VSIX built twice, at another time and in another zone: the same bytes', async () => {
    const [first, second] = [await packagedIn('Asia/Tokyo'), await packagedIn('America/Lima')];
    assert.notDeepEqual(first.zone, second.zone, 'the zone took effect');
    const different = [...first.files].filter(([name, hash]) => second.files.get(name) !== hash).map(([name]) => name);
    assert.deepEqual([different, first.hash], [[], second.hash]);
  });

  it('the lock file names no registry', () => {
    const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as LockFile;
    const tied = Object.entries(packages).filter(([, { resolved }]) => resolved !== undefined);
    assert.deepEqual([Object.keys(packages).length > 100, tied], [true, []]);
  });

  /** Packages where clocks show the time of a zone, into a folder of its own. */
  async function packagedIn(
    name: string,
  ): Promise<{ readonly zone: number; readonly hash: string; readonly files: ReadonlyMap<string, string> }> {
    process.env['TZ'] = name;
    const path = await packageVsix(join(folder, name));
    const entries = await openZip(path);
    return {
      zone: new Date().getTimezoneOffset(),
      hash: sha256(await readFile(path)),
      files: new Map(entries.map(({ name: file, read }) => [file, sha256(read())])),
    };
  }
});

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
