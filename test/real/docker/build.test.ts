/** Images built of Go modules, by the engine's own BuildKit: they run without rights, they drain, and what failed is found. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLog } from '../../../src/core/log.ts';
import { BuildFailure, type BuildOutcome } from '../../../src/docker/build/build.ts';
import { BuildLines } from '../../../src/docker/build/lines.ts';
import { type Docker, createDocker } from '../../../src/docker/domain.ts';
import { lintDockerfile } from '../../../src/docker/dockerfile/rules.ts';
import { dockerfileFor, writeDockerfile } from '../../../src/docker/generate/write.ts';
import { thisMachine } from '../../../src/docker/endpoints.ts';
import { type OwnEngine, ownEngine } from '../../support/engine.ts';
import { eventually } from '../../support/eventually.ts';
import { needGo } from '../../support/go.ts';
import { goBase, goEnvironment, systemFiles } from '../../support/goBase.ts';
import { type GoModuleName, goModules, moduleProxy, writeFiles } from '../../support/goModules.ts';
import { seenBefore } from '../../support/seenBefore.ts';
import { tar } from '../../support/tar.ts';

const never = new AbortController().signal;

/** Go is compiled from nothing in each container, which takes minutes: what was seen of the same sources is not done again. */
const seen = seenBefore('dockerfiles', [
  'src/docker/generate',
  'src/docker/build',
  'test/support/goModules.ts',
  'test/support/goBase.ts',
]);

describe('building images', function () {
  this.timeout(30 * 60_000); // Go is compiled from nothing, in a container.
  let engine: OwnEngine;
  let docker: Docker;
  let folder: string;
  before(async function () {
    await needGo(this);
    engine = await ownEngine(this);
    folder = mkdtempSync(join(tmpdir(), 'gantry-build-'));
    // No docker command: the engine itself is asked. With buildx, see plugins.test.ts.
    const world = { ...thisMachine(), env: { PATH: '/nonexistent' } };
    docker = createDocker({ log: silentLog, endpoint: () => engine.address, world });
    await docker.preferred();
    const base = await goBase(folder, { compiler: true, modules: moduleProxy(folder) });
    await engine.importImage('golang:1.26-trixie', base, `${goEnvironment} GOPROXY=file:///modules GOSUMDB=off`);
    const empty = tar([{ name: 'etc/os-release', data: Buffer.from('') }]);
    await engine.importImage('gcr.io/distroless/static-debian13:nonroot', empty, 'USER 65532');
    // The C library whole, as that image has it: Go's net links its resolver.
    const listed = execFileSync('dpkg', ['-L', 'libc6'], { encoding: 'utf8' }).split('\n');
    const libraries = listed.filter((path) => /\.so\.\d+$/.test(path));
    const libc = readFileSync(systemFiles(folder, 'libc', [], libraries));
    await engine.importImage('gcr.io/distroless/base-debian13:nonroot', libc, 'USER 65532');
  });
  after(async () => {
    docker?.dispose();
    await engine?.close();
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  });
  afterEach(() => engine?.removeContainers());

  const build = (at: string, tag: string, args: Record<string, string> = {}): Promise<BuildOutcome> =>
    docker.build(engine.address, { folder: at, dockerfile: 'Dockerfile', tag, args, network: 'none' }, () => {}, never);

  /** What a container says from its start to its end by SIGTERM, and how it ended. */
  const lived = async (image: string): Promise<{ readonly said: string; readonly code: number }> => {
    const id = await engine.run({
      command: [],
      more: { Image: image, HostConfig: { NetworkMode: 'none' }, Tty: true },
    });
    const said = async (): Promise<string> => {
      const { body } = await engine.api('GET', `/containers/${id}/logs?stdout=1&stderr=1`);
      return body.toString().replaceAll('\r\n', '\n');
    };
    await eventually(async () => (await said()).includes('ready'));
    await engine.json('POST', `/containers/${id}/stop?t=20`);
    const { State } = await engine.json<{ State: { ExitCode: number } }>('GET', `/containers/${id}/json`);
    return { said: await said(), code: State.ExitCode };
  };

  const wanted: Readonly<Record<GoModuleName, string>> = {
    embed: 'ready as 65532 true\ndrained: late\n',
    commands: 'ready as 65532 api\ndrained: late\n',
    workspace: 'ready as 65532 shared\ndrained: late\n',
    cgo: 'ready as 65532 42\ndrained: late\n',
    vendored: 'ready as 65532 1s\ndrained: late\n',
    grpc: 'ready as 65532 grpc\ndrained: SERVING <nil>\n',
  };
  for (const name of Object.keys(wanted) as GoModuleName[]) {
    it(`New Dockerfile, ${name}: builds, runs without rights, drains`, async () => {
      if (await seen.has(name)) return;
      const at = writeFiles(folder, goModules[name]);
      if (name === 'vendored') execFileSync('go', ['mod', 'vendor'], { cwd: at, stdio: 'ignore' });
      const files = await dockerfileFor(at);
      assert.deepEqual(await writeDockerfile(at, files), ['Dockerfile', '.dockerignore']);
      const isVendored = name === 'vendored';
      assert.deepEqual(lintDockerfile(files.dockerfile, { hasIgnoreFile: true, isVendored }), []);
      await build(at, `built/${name}`);
      assert.deepEqual(await lived(`built/${name}`), { said: wanted[name], code: 0 });
      if (name === 'commands') {
        await build(at, 'built/worker', { PACKAGE: './cmd/worker' });
        assert.match((await lived('built/worker')).said, /as 65532 worker/);
      }
      await seen.add(name);
    });
  }

  it('what .dockerignore keeps back does not reach the image, what it takes back does', async () => {
    const at = writeFiles(folder, {
      Dockerfile:
        'FROM golang:1.26-trixie\nWORKDIR /got\nCOPY . .\nCMD ["sh", "-c", "for f in * .[a-z]* */*; do [ -f $f ] && echo $f; done; true"]\n',
      '.dockerignore': '# kept back\n*.pem\n.env\ndocs\n!docs/kept.md\n**/*_test.go\n',
      'a.go': '',
      'a_test.go': '',
      'key.pem': '',
      '.env': '',
      'docs/left.md': '',
      'docs/kept.md': '',
    });
    await build(at, 'built/ignored');
    assert.equal(await engine.output('built/ignored'), 'Dockerfile\na.go\n.dockerignore\ndocs/kept.md\n');
  });

  const dockerfile =
    'FROM golang:1.26-trixie AS build\nWORKDIR /own\n\n# The program.\nCOPY main.go .\nRUN echo built > big\n\nFROM scratch\nCOPY --from=build /own /own\nUSER 65532\n';

  it('steps by line, what comes from the cache, why the rest ran, and how large lines are', async () => {
    const at = writeFiles(folder, { Dockerfile: dockerfile, 'main.go': 'package main\n', 'other.txt': 'x' });
    const first = await build(at, 'built/cached');
    assert.deepEqual(
      [...first.misses],
      [
        [1, 'no build of it before is known here'],
        [4, 'line 2 was not cached'],
        [5, 'line 2 was not cached'],
        [8, 'stage build was built anew from line 2 on'],
      ],
    );
    const again = await build(at, 'built/cached');
    assert.deepEqual([...again.misses], []);
    assert.deepEqual(
      again.steps
        .filter(({ line, cached }) => cached && line !== undefined)
        .map(({ line }) => line)
        .sort((a = 0, b = 0) => a - b),
      [1, 4, 5, 8],
    );
    writeFileSync(join(at, 'main.go'), 'package main // changed\n');
    const changed = await build(at, 'built/cached');
    assert.deepEqual(
      [...changed.misses],
      [
        [4, 'main.go changed'],
        [5, 'line 5 was not cached'],
        [8, 'stage build was built anew from line 5 on'],
      ],
    );
    const { Size } = await engine.json<{ Size: number }>('GET', '/images/built/cached/json');
    assert.deepEqual(
      [...changed.sizes],
      [
        [9, 0],
        [8, Size],
        [7, 0],
      ],
    );
  });

  it('the line of the step that failed, with what it printed', async () => {
    const at = writeFiles(folder, {
      Dockerfile: dockerfile.replace('RUN echo built', 'RUN (echo first; echo wrong) >&2; exit 7; echo built'),
      'main.go': '',
    });
    const failure = await build(at, 'built/failed').then(
      () => assert.fail('it was built'),
      (error: unknown) => error,
    );
    assert.ok(failure instanceof BuildFailure);
    assert.equal(failure.step?.line, 5);
    assert.equal(failure.message, 'The build failed at line 6: it ended with 7');
    assert.equal(failure.output, 'first\nwrong\n');
  });

  it('a base image that no registry gives: at its FROM, in the engine’s words', async () => {
    const at = writeFiles(folder, { Dockerfile: 'FROM 127.0.0.1:1/none:1\n' });
    await assert.rejects(
      build(at, 'built/none'),
      (error: unknown) => error instanceof BuildFailure && /127\.0\.0\.1:1/.test(error.message),
    );
  });

  it('cancelled: ends at once and nothing goes on', async () => {
    const at = writeFiles(folder, { Dockerfile: 'FROM golang:1.26-trixie\nRUN while true; do echo on; done\n' });
    const stop = new AbortController();
    const lines = new BuildLines();
    const request = { folder: at, dockerfile: 'Dockerfile', tag: 'built/never', network: 'none' };
    await assert.rejects(
      docker.build(
        engine.address,
        request,
        (news) => {
          if (lines.of(news).some(({ output }) => output)) stop.abort();
        },
        stop.signal,
      ),
      { kind: 'cancelled' },
    );
  });
});
