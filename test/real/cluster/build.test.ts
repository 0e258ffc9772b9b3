import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { type Socket, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BuildPlace, buildLabkit, goFailure } from '../../../src/cluster/build.ts';
import { isAbort } from '../../../src/core/failure.ts';
import { freePorts } from '../../../src/core/ports.ts';
import { labkitFolder } from '../../support/controlPlane.ts';

const never = new AbortController().signal;
const quiet = (): void => {};

/** A labkit of one tiny program that needs no module but the shared one, unless one that nobody has is asked for. */
function writeLabkit(folder: string, { go = '1.24', main = 'shared.Hello()', missing = false } = {}): void {
  const write = (path: string, text: string): void => writeFileSync(join(folder, path), text);
  const require = missing ? '\texample.invalid/missing v1.0.0\n' : '';
  const use = missing ? 'import _ "example.invalid/missing"\n' : '';
  for (const name of ['tiny', 'shared']) mkdirSync(join(folder, name), { recursive: true });
  write('shared/go.mod', `module gantry.local/labkit/shared\n\ngo 1.24\n`);
  write('shared/shared.go', 'package shared\n\nfunc Hello() { println("hello") }\n');
  write(
    'tiny/go.mod',
    `module gantry.local/labkit/tiny\n\ngo ${go}\n\nrequire (\n\tgantry.local/labkit/shared v0.0.0\n${require})\n\nreplace gantry.local/labkit/shared => ../shared\n`,
  );
  write('tiny/main.go', `package main\n\nimport "gantry.local/labkit/shared"\n${use}\nfunc main() { ${main} }\n`);
}

describe('building labkit', function () {
  this.timeout(5 * 60_000);
  let folder: string;
  let place: BuildPlace;
  let built: string[];

  before(function () {
    try {
      execFileSync('go', ['version']);
    } catch {
      if (process.env['CI'] === 'true') throw new Error('Go is missing');
      console.error('skipped: Go is missing; install it from https://go.dev/dl');
      this.skip();
    }
  });
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'gantry-build-'));
    built = [];
    const info = (line: string): void => void built.push(line);
    place = {
      labkitFolder: join(folder, 'labkit'),
      cacheFolder: join(folder, 'cache'),
      log: { trace: quiet, info, warn: quiet, error: quiet },
      env: process.env,
    };
    writeLabkit(place.labkitFolder);
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const build = (env: NodeJS.ProcessEnv = process.env, signal = never): Promise<string> =>
    buildLabkit('tiny', { ...place, env }, quiet, signal);
  const leftovers = (): string[] =>
    readdirSync(join(place.cacheFolder, 'labkit')).filter((name) => name.startsWith('.'));

  it('builds once, whoever asks and however many, and later needs no Go', async () => {
    const [first, second] = await Promise.all([build(), build()]);
    assert.equal(first, second);
    assert.equal(execFileSync(first, { stdio: ['ignore', 'pipe', 'pipe'] }).length, 0);
    assert.equal(built.length, 1);
    assert.equal(await build({ ...process.env, PATH: '' }), first);
    assert.deepEqual(leftovers(), []);
  });

  it('builds anew when a source changes, its own or a shared one', async () => {
    const first = await build();
    writeFileSync(
      join(place.labkitFolder, 'shared/shared.go'),
      'package shared\n\nfunc Hello() { println("other") }\n',
    );
    const second = await build();
    assert.notEqual(first, second);
    assert.ok(existsSync(first) && existsSync(second));
  });

  it('takes no notice of what the person set for other builds, and writes nothing beside the sources', async () => {
    const list = (): string[] => readdirSync(place.labkitFolder, { recursive: true }).map(String).sort();
    const before = list();
    await build({ ...process.env, GOFLAGS: '-mod=vendor', GOOS: 'plan9', GOWORK: '/nowhere/go.work', GOPROXY: 'off' });
    assert.deepEqual(list(), before);
  });

  it('says where to get Go when there is none', async () => {
    await assert.rejects(build({ ...process.env, PATH: folder }), {
      kind: 'toolMissing',
      message:
        'Go was not found on PATH. Install Go 1.24 or newer from https://go.dev/dl, open the editor or terminal anew and try again.',
    });
  });

  it('says which Go is needed when there is an older one', async () => {
    writeLabkit(place.labkitFolder, { go: '1.99' });
    const found = execFileSync('go', ['env', 'GOVERSION'], { encoding: 'utf8' }).trim();
    await assert.rejects(build(), {
      kind: 'toolMissing',
      message: `Go 1.99 or newer is needed, but ${found} was found. Install it from https://go.dev/dl.`,
    });
  });

  it('hands on what the compiler says', async () => {
    writeLabkit(place.labkitFolder, { main: 'shared.Nothing()' });
    await assert.rejects(build(), {
      kind: 'internal',
      message: /tiny could not be built: .*undefined: shared\.Nothing/,
    });
    assert.deepEqual(leftovers(), []);
  });

  it('says what to set when the module proxy refuses', async () => {
    writeLabkit(place.labkitFolder, { missing: true });
    const [port] = await freePorts(1);
    const proxy = `http://127.0.0.1:${port}`;
    await assert.rejects(build({ ...process.env, GOPROXY: proxy }), {
      kind: 'unreachable',
      message: new RegExp(`GOPROXY=${proxy} .*connection refused.* Set GOPROXY to .*HTTPS_PROXY`),
    });
  });

  it('does not wait for a module proxy that swallows requests', async () => {
    writeLabkit(place.labkitFolder, { missing: true });
    const sockets = new Set<Socket>();
    const silent = createServer((socket) => void sockets.add(socket.on('error', quiet))).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const { port } = silent.address() as { port: number };
    try {
      const proxy = `http://127.0.0.1:${port}`;
      await assert.rejects(build({ ...process.env, GOPROXY: proxy }), {
        kind: 'unreachable',
        message: new RegExp(`GOPROXY=${proxy} \\(go did not finish within 10 s\\.\\)\\. Set GOPROXY`),
      });
      assert.ok(sockets.size > 0);
    } finally {
      for (const socket of sockets) socket.destroy();
      silent.close();
    }
  });

  it('goes through the proxy of the network', async () => {
    writeLabkit(place.labkitFolder, { missing: true });
    const asked: string[] = [];
    const gateway = createServer((socket) => {
      socket.on('error', quiet).once('data', (data: Buffer) => {
        asked.push(data.toString().split('\r\n')[0]!);
        socket.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n');
      });
    }).listen(0, '127.0.0.1');
    await once(gateway, 'listening');
    const { port } = gateway.address() as { port: number };
    try {
      const env = {
        ...process.env,
        GOPROXY: 'https://modules.invalid',
        HTTPS_PROXY: `http://127.0.0.1:${port}`,
        NO_PROXY: '',
      };
      await assert.rejects(build(env), { kind: 'unreachable', message: /modules\.invalid .*Forbidden/ });
      assert.equal(asked[0], 'CONNECT modules.invalid:443 HTTP/1.1');
    } finally {
      gateway.close();
    }
  });

  it('stops when cancelled, leaves nothing, and can be asked again', async () => {
    const controller = new AbortController();
    const report = (sentence: string): void => {
      if (sentence.startsWith('Building')) controller.abort();
    };
    await assert.rejects(buildLabkit('tiny', place, report, controller.signal), isAbort);
    assert.deepEqual(leftovers(), []);
    assert.ok(statSync(await build()).isFile());
  });

  it('clears away what a killed builder left', async () => {
    mkdirSync(join(place.cacheFolder, 'labkit', '.tiny-1', 'tmp'), { recursive: true });
    await build();
    assert.deepEqual(leftovers(), []);
  });
});

describe('labkit/shared', () => {
  it('passes its own tests', function () {
    this.timeout(120_000);
    execFileSync('go', ['test', './...'], { cwd: join(labkitFolder, 'shared'), stdio: 'pipe' });
  });
});

describe('what go says', () => {
  it('becomes a failure that says what to do', () => {
    const cases = [
      'write /x: no space left on device',
      'go: x@v1: Get "https://p/x": dial tcp: lookup p: no such host',
      './main.go:3:1: syntax error',
    ];
    assert.deepEqual(
      cases.map((stderr) => goFailure('tiny', stderr)).map(({ kind, message }) => [kind, message]),
      [
        ['internal', 'The disk is full: tiny could not be built. Make room and try again.'],
        [
          'unreachable',
          `The Go modules of tiny could not be downloaded (${cases[1]}). Check GOPROXY and HTTPS_PROXY and try again.`,
        ],
        ['internal', `tiny could not be built: ${cases[2]}`],
      ],
    );
  });
});
