/**
 * The docker command's own plugins, built from their modules: images by buildx, projects by Compose. Building the two takes
 * minutes, so they are run by GANTRY_LONG=1 only: `GANTRY_LONG=1 npm run real -- docker --grep plugins`.
 */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLog } from '../../../src/core/log.ts';
import { BuildFailure, type BuildOutcome, type BuildReport } from '../../../src/docker/build/build.ts';
import { BuildLines } from '../../../src/docker/build/lines.ts';
import { type Docker, createDocker } from '../../../src/docker/domain.ts';
import { thisMachine } from '../../../src/docker/endpoints.ts';
import { type OwnEngine, ownEngine } from '../../support/engine.ts';
import { needGo } from '../../support/go.ts';
import { writeFiles } from '../../support/goModules.ts';
import { long } from '../../support/long.ts';
import { buildxProgram, composeProgram } from '../../support/peers.ts';

const never = new AbortController().signal;

if (long) {
  describe('plugins of the docker command', function () {
    this.timeout(60 * 60_000);
    let engine: OwnEngine;
    let docker: Docker;
    let folder: string;
    let shell: string;

    before(async function () {
      await needGo(this);
      engine = await ownEngine(this);
      folder = mkdtempSync(join(tmpdir(), 'gantry-plugins-'));
      const plugins = join(folder, 'config', 'cli-plugins');
      mkdirSync(plugins, { recursive: true });
      symlinkSync(await buildxProgram(), join(plugins, 'docker-buildx'));
      symlinkSync(await composeProgram(), join(plugins, 'docker-compose'));
      const world = { ...thisMachine(), env: { ...process.env, DOCKER_CONFIG: join(folder, 'config') } };
      docker = createDocker({ log: silentLog, endpoint: () => engine.address, world });
      await docker.preferred();
      shell = await engine.shellImage();
    });
    after(async () => {
      docker?.dispose();
      await engine?.close();
      if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
    });

    describe('buildx', () => {
      const build = (at: string, tag: string): Promise<BuildOutcome> =>
        docker.build(engine.address, { folder: at, dockerfile: 'Dockerfile', tag, network: 'none' }, () => {}, never);
      const dockerfile = (): string =>
        `FROM ${shell} AS build\nCOPY main.go /own/\n# The program.\nRUN echo built > /own/big\n`;

      it('tells each step at its line, what came from the cache, and why the rest ran', async () => {
        const at = writeFiles(folder, { Dockerfile: dockerfile(), 'main.go': 'package main\n' });
        const first = await build(at, 'built/cached');
        assert.deepEqual([...first.misses.keys()], [1, 3]);
        const again = await build(at, 'built/cached');
        assert.deepEqual([...again.misses], []);
        assert.ok(again.steps.some(({ line, cached }) => line === 3 && cached));
        writeFileSync(join(at, 'main.go'), 'package main // changed\n');
        const changed = await build(at, 'built/cached');
        assert.deepEqual([...changed.misses.entries()].slice(0, 1), [[1, 'main.go changed']]);
        assert.equal((await engine.json<{ Id: string }>('GET', '/images/built/cached/json')).Id.length, 71);
      });

      it('names the line of the step that failed, with what it printed', async () => {
        const broken = dockerfile().replace('RUN echo built', 'RUN (echo first; echo wrong) >&2; exit 7; echo built');
        const at = writeFiles(folder, { Dockerfile: broken, 'main.go': '' });
        const failure = await build(at, 'built/failed').then(
          () => assert.fail('it was built'),
          (error: unknown) => error,
        );
        assert.ok(failure instanceof BuildFailure);
        assert.equal(failure.step?.line, 3);
        assert.match(failure.message, /^The build failed at line 4: /);
        assert.equal(failure.output, 'first\nwrong\n');
      });

      it('ends at once when cancelled', async () => {
        const endless = `${dockerfile()}RUN while true; do echo on; done\n`;
        const at = writeFiles(folder, { Dockerfile: endless, 'main.go': '' });
        const stop = new AbortController();
        const request = { folder: at, dockerfile: 'Dockerfile', tag: 'built/never', network: 'none' };
        const lines = new BuildLines();
        const report: BuildReport = (news) => {
          if (lines.of(news).some(({ output }) => output)) stop.abort();
        };
        await assert.rejects(docker.build(engine.address, request, report, stop.signal), { kind: 'cancelled' });
      });
    });

    describe('Compose', () => {
      it('brings a project up, restarts it and takes it down', async () => {
        const at = writeFiles(folder, {
          'compose.yaml': `name: shop\nservices:\n  web: { image: '${shell}', command: [cat], stdin_open: true, stop_grace_period: 0s }\n`,
        });
        const project = { files: [join(at, 'compose.yaml')] };
        const said: string[] = [];
        const act = (action: 'up' | 'down' | 'restart'): Promise<void> =>
          docker.compose(engine.address, project, action, { signal: never, say: (line) => said.push(line) });
        const running = async (): Promise<string[]> =>
          (await docker.list(never)).map(({ container }) => `${container.name} ${container.state}`);

        await act('up');
        assert.deepEqual(await running(), ['shop-web-1 running']);
        assert.ok(
          said.some((line) => line.includes('shop-web-1')),
          said.join('\n'),
        );
        const known = await docker.composeProject(engine.address, 'shop');
        assert.deepEqual(known.files, project.files);
        const before = (await docker.list(never))[0]!.container;
        await act('restart');
        assert.deepEqual(await running(), ['shop-web-1 running']);
        assert.equal((await docker.list(never))[0]!.container.id, before.id);
        await docker.compose(engine.address, known, 'down', { signal: never, say: () => {} });
        assert.deepEqual(await running(), []);
      });

      it('says what Compose says of a file that is wrong', async () => {
        const at = writeFiles(folder, { 'compose.yaml': "services: { web: { image: 'x', prots: [] } }\n" });
        const project = { files: [join(at, 'compose.yaml')] };
        await assert.rejects(docker.compose(engine.address, project, 'up', { signal: never, say: () => {} }), {
          kind: 'invalid',
          message: /docker compose up did not succeed: .*prots/,
        });
      });
    });
  });
}
