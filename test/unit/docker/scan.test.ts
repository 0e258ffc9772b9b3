import assert from 'node:assert/strict';
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeTar } from '../../../src/core/tar/write.ts';
import { describeImage } from '../../../src/docker/describeResources.ts';
import { advice } from '../../../src/docker/imageParts.ts';
import { goModFindings } from '../../../src/docker/scan/goMod.ts';
import { goPrograms } from '../../../src/docker/scan/programs.ts';
import { type Vulnerability, programFrom } from '../../../src/docker/scan/report.ts';

const found: Vulnerability = {
  id: 'GO-2099-0001',
  aliases: ['CVE-2099-1'],
  summary: 'It runs away',
  module: 'example.com/lib',
  version: 'v1.0.0',
  fixed: 'v1.2.0',
  symbols: ['example.com/lib.Run'],
};

describe('what govulncheck says', () => {
  const say = (...messages: object[]): string => messages.map((one) => JSON.stringify(one, null, 2)).join('\n');

  it('is kept once for each vulnerability, with the most that is known of it', () => {
    const at = { module: 'example.com/lib', version: 'v1.0.0' };
    const told = say(
      { config: { scanner_version: 'v1.9.0' } },
      { SBOM: { roots: ['example.com/app/cmd/api'], modules: [{ path: 'example.com/app' }, { path: at.module }] } },
      { osv: { id: found.id, aliases: found.aliases, summary: found.summary } },
      { finding: { osv: found.id, fixed_version: found.fixed, trace: [at] } },
      { finding: { osv: found.id, fixed_version: found.fixed, trace: [{ ...at, package: at.module }] } },
      {
        finding: { osv: found.id, fixed_version: found.fixed, trace: [{ ...at, package: at.module, function: 'Run' }] },
      },
    );
    assert.deepEqual(programFrom('/app', told, false), {
      path: '/app',
      module: 'example.com/app',
      vulnerabilities: [found],
    });
  });

  it('of a stripped program names no function: it names them all then', () => {
    const at = { module: 'example.com/lib', version: 'v1.0.0', package: 'example.com/lib', function: 'Run' };
    const told = say({ finding: { osv: found.id, trace: [at] } });
    const [one] = programFrom('/app', told, true).vulnerabilities;
    assert.deepEqual([one?.symbols, one?.stripped], [[], true]);
    assert.match(advice(one!)[0]!, /not known/);
  });

  it('paints nothing: what a database says is made printable', () => {
    const told = say({ finding: { osv: 'GO-1\u001b[2J', trace: [{ module: 'm\u202e', version: '' }] } });
    const [one] = programFrom('/app', told, false).vulnerabilities;
    assert.ok(!/\p{Cc}|\p{Bidi_Control}/u.test(`${one?.id}${one?.module}`));
  });
});

describe('Go programs of an archive', () => {
  let folder = '';
  beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'gantry-programs-'))));
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('are copied out of it, whatever the pieces; nothing else is', async () => {
    const go = Buffer.concat([
      Buffer.from('\u007fELF'),
      Buffer.alloc(5000, 1),
      Buffer.from('\xff Go buildinf:', 'latin1'),
    ]);
    const c = Buffer.concat([Buffer.from('\u007fELF'), Buffer.alloc(5000, 1)]);
    const text = Buffer.alloc(200, 'text ');
    const entry = { mode: 0o755, modified: 0 };
    const archive = writeTar([
      { ...entry, path: 'srv/', mode: 0o755 },
      { ...entry, path: 'bin/c', data: c },
      { ...entry, path: '../../srv/app', data: go },
      { ...entry, path: 'etc/motd', data: text },
    ]);
    for (const size of [archive.length, 61, 700]) {
      const pieces = async function* (): AsyncGenerator<Buffer> {
        for (let at = 0; at < archive.length; at += size) yield archive.subarray(at, at + size);
      };
      const programs = await goPrograms(pieces(), folder);
      assert.deepEqual(
        programs.map(({ path }) => path),
        ['/srv/app'],
      );
      assert.deepEqual(await readdir(folder), ['0']);
      assert.ok((await readFile(programs[0]!.file)).equals(go));
      await rm(programs[0]!.file);
    }
  });
});

describe('what a scan found', () => {
  const report = {
    image: 'sha256:1',
    programs: [{ path: '/app', module: 'example.com/app', vulnerabilities: [found] }],
  };

  it('is counted at the image', () => {
    const image = { key: 'sha256:1 a:1', id: 'sha256:1', name: 'a:1', bytes: 1000, created: 0 };
    const text = (programs: typeof report.programs) =>
      describeImage('e', image, 0, { ...report, programs }).description;
    assert.deepEqual(
      [text(report.programs), text([{ ...report.programs[0]!, vulnerabilities: [] }]), text([])],
      ['1.0 kB · known vulnerabilities: 1', '1.0 kB · no known vulnerability', '1.0 kB · no Go program in it'],
    );
  });

  it('stands at the line that requires it, else at the module’s own', () => {
    const goMod = 'module example.com/app // ours\n\ngo 1.26\n\nrequire (\n\texample.com/lib v1.0.0 // indirect\n)\n';
    const lines = (text: string): number[] => goModFindings(text, [{ name: 'a:1', report }]).map(({ line }) => line);
    assert.deepEqual(lines(goMod), [5]);
    assert.deepEqual(lines(goMod.replace('example.com/lib', 'example.com/library')), [0]);
    assert.deepEqual(lines(goMod.replace('module example.com/app', 'module example.com/apple')), []);
    const [{ message } = { message: '' }] = goModFindings(goMod, [{ name: 'a:1', report }]);
    assert.equal(
      message,
      'GO-2099-0001: It runs away. In /app of the image a:1. The program may call example.com/lib.Run. v1.2.0 is without it. Run: go get example.com/lib@v1.2.0 CVE-2099-1',
    );
  });
});
