import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { examine, type Finding, howToGet, isOlder } from '../../../src/toolchain/examine.ts';
import { pathFolders } from '../../../src/core/programs.ts';
import { currentSystem } from '../../../src/toolchain/system.ts';
import { progressOf } from '../../../src/toolchain/install.ts';
import { putGoOnPath, usualFolders } from '../../../src/toolchain/goOnPath.ts';
import { lacksNeeded, stateOf, toolsDocument } from '../../../src/toolchain/report.ts';
import { type Tool, tools } from '../../../src/toolchain/tools.ts';

const tool = (name: string, more: Partial<Tool> = {}): Tool => ({
  name,
  purpose: () => `For ${name}.`,
  asks: ['version'],
  answers: /version (\S+)/,
  page: `https://example.com/${name}`,
  ...more,
});

describe('Toolchain Doctor', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'gantry-tools-'))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  function program(name: string, script: string): void {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`);
    chmodSync(join(folder, name), 0o755);
  }

  const look = async (...some: Tool[]): Promise<readonly string[]> =>
    (await examine(some, { env: { PATH: process.env['PATH'] }, folders: [folder] })).map(
      (finding) => `${finding.tool.name}: ${finding.state === 'broken' ? finding.problem : stateOf(finding)}`,
    );

  it('tells found, too old, broken and missing apart', async () => {
    program('well', 'echo "well version 1.26.8+dfsg1"');
    program('aged', 'echo "aged version 1.9.1"');
    program('sick', 'echo "cannot open its library" >&2; exit 127');
    writeFileSync(join(folder, 'plain'), 'no program\n');
    assert.deepEqual(
      await look(
        tool('well', { minimum: '1.26' }),
        tool('aged', { minimum: '1.26' }),
        tool('sick'),
        tool('plain'),
        tool('absent'),
      ),
      [
        'well: 1.26.8+dfsg1',
        'aged: 1.9.1, too old: 1.26 or later is needed',
        'sick: It does not tell its version, but ended with 127: cannot open its library',
        'plain: missing',
        'absent: missing',
      ],
    );
  });

  it('asks Go what a program was made of that does not know its version', async () => {
    program('dev', 'echo "dev build"');
    program(
      'go',
      `printf '%s: go1.26.8\\n\\tpath\\texample.com/dev\\n\\tmod\\texample.com/dev\\tv1.9.4\\th1:x=\\n' "$3"`,
    );
    assert.deepEqual(await look(tool('dev')), ['dev: 1.9.4']);
  });

  it('compares versions by numbers', () => {
    const older = (version: string, minimum: string): boolean => isOlder(version, minimum);
    assert.deepEqual(
      [
        older('1.9', '1.26'),
        older('20.10.24+dfsg1', '20.10'),
        older('2', '2.0'),
        older('5.8.1', '5.9'),
        older('30.2', '3.15'),
      ],
      [true, false, false, true, false],
    );
  });

  it('knows the line of a system, the line of go install before it, and else the page', () => {
    const lines = { debian: 'sudo apt-get install x' };
    assert.deepEqual(
      [
        howToGet(tool('x', { lines }), 'debian').line,
        howToGet(tool('x', { lines }), 'darwin').line,
        howToGet(tool('x', { lines, goPackage: 'example.com/x@v1.0.0' }), 'debian').line,
        howToGet(tool('x'), undefined).page,
      ],
      ['sudo apt-get install x', undefined, 'go install example.com/x@v1.0.0', 'https://example.com/x'],
    );
  });

  it('knows systems by their release', async () => {
    const of = (text: string) => currentSystem('linux', async () => text);
    assert.deepEqual(
      [
        await of('ID=debian\n'),
        await of('NAME=x\nID=linuxmint\nID_LIKE="ubuntu debian"\n'),
        await of('ID="rhel"\nID_LIKE="fedora"\n'),
        await of('ID=arch\n'),
        await currentSystem('linux', () => Promise.reject(new Error('no file'))),
        await currentSystem('darwin'),
      ],
      ['debian', 'debian', 'fedora', undefined, undefined, 'darwin'],
    );
  });

  it('looks in no folder that is relative', () => {
    assert.deepEqual(pathFolders({ PATH: '/bin:.::bin:/usr/bin' }), ['/bin', '/usr/bin']);
  });

  it('finds Go where installers put it when PATH has none', async () => {
    const path = join(folder, 'path');
    const added = async (PATH: string, usual: readonly string[]): Promise<unknown> => {
      const env = { PATH };
      return [await putGoOnPath(env, usual), env.PATH];
    };
    const none = [await added(path, [folder])];
    program('go', 'exit 0');
    assert.deepEqual(
      [...none, await added(path, [path, folder]), await added('', [folder]), await added(folder, [path, folder])],
      [
        [false, path],
        [true, `${path}:${folder}`],
        [true, folder],
        [true, folder],
      ],
    );
    assert.deepEqual(usualFolders({ GOROOT: '/sdk' }, 'linux').slice(0, 2), [join('/sdk', 'bin'), '/usr/local/go/bin']);
  });

  it('says what go does', () => {
    assert.deepEqual(
      [progressOf('go: downloading a.org/x v1.0.0\n'), progressOf('internal/abi\nnet/http\n')],
      ['Getting a.org/x', 'Compiling net/http'],
    );
  });

  it('misses what nothing works without', () => {
    const of = (state: 'missing' | 'found', required: boolean): Finding =>
      state === 'missing'
        ? { state, tool: tool('x', required ? { required } : {}) }
        : { state, tool: tool('x', required ? { required } : {}), path: '/x', version: '1' };
    assert.deepEqual(
      [lacksNeeded([of('missing', false), of('found', true)]), lacksNeeded([of('missing', true)])],
      [false, true],
    );
  });

  it('writes a document: first what is to be done', () => {
    const findings: Finding[] = [
      { state: 'found', tool: tool('well'), path: '/bin/well', version: '1.0' },
      { state: 'missing', tool: tool('absent', { goPackage: 'example.com/absent@v1.0.0' }) },
      { state: 'broken', tool: tool('sick'), path: '/bin/sick', problem: 'It *fell* <ill>.' },
      { state: 'missing', tool: tool('needed', { required: true }) },
    ];
    assert.equal(
      toolsDocument({ findings, system: undefined, folder: '/ours' }),
      [
        '# Toolchain Doctor\n',
        '## Gantry needs this\n',
        '- **needed** missing  \n  For needed.  \n  <https://example.com/needed>\n',
        '## Missing, too old or broken\n',
        'Each is only needed for what stands beside it.\n',
        '- **absent** missing  \n  For absent.  \n  `go install example.com/absent@v1.0.0`  \n  <https://example.com/absent>\n',
        '- **sick** does not work  \n  For sick.  \n  `/bin/sick`  \n  It \\*fell\\* \\<ill\\>.  \n  <https://example.com/sick>\n',
        'What go install makes is installed by the command Gantry: Install Tools, into `/ours`.\n',
        '## Found\n',
        '- **well** 1.0  \n  For well.  \n  `/bin/well`\n',
      ].join('\n'),
    );
  });

  it('pins what it installs', () => {
    const wrong = tools.filter(({ goPackage }) => goPackage !== undefined && !/@v\d+\.\d+\.\d+$/.test(goPackage));
    assert.deepEqual(wrong, []);
  });
});
