/** A program in a container under Delve, held at a line by a debugger that goes there with the entry of launch.json. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { silentLog } from '../../../src/core/log.ts';
import type { DebugConfiguration } from '../../../src/core/goDebug.ts';
import { type Docker, createDocker } from '../../../src/docker/domain.ts';
import { thisMachine } from '../../../src/docker/endpoints.ts';
import { DapClient } from '../../support/dap.ts';
import { type Engine, sharedEngine } from '../../support/engine.ts';
import { eventually } from '../../support/eventually.ts';
import { needGo } from '../../support/go.ts';
import { dlvProgram } from '../../support/peers.ts';
import { tar } from '../../support/tar.ts';

const never = new AbortController().signal;
const image = 'gantry-test/debugged:1';

const source = `package main

import (
	"fmt"
	"os"
)

func main() {
	secret := 40 + len(os.Args)
	fmt.Println("the answer is", secret)
}
`;

describe('debugging in a container', function () {
  this.timeout(10 * 60_000);
  let engine: Engine;
  let docker: Docker;
  let folder: string;
  let workspace: string;
  const containers: string[] = [];
  before(async function () {
    await needGo(this);
    engine = await sharedEngine(this);
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'gantry-debug-test-')));
    // The editor knows the folder by a link: what was compiled knows where the link leads, so paths must be mapped.
    mkdirSync(join(folder, 'real', 'cmd', 'answer'), { recursive: true });
    workspace = join(folder, 'link');
    symlinkSync(join(folder, 'real'), workspace);
    writeFileSync(join(workspace, 'go.mod'), 'module example.com/answer\n\ngo 1.26.0\n');
    writeFileSync(join(workspace, 'cmd/answer/main.go'), source);
    // The image from scratch holds another program at that place: it is not the one that runs.
    const archive = tar([{ name: 'srv/answer', data: Buffer.from('not a program'), mode: 0o755 }]);
    await engine.importImage(image, archive, 'ENTRYPOINT ["/srv/answer", "one"]\nCMD ["two"]\nUSER 65532');
    const path = [dirname(await dlvProgram()), process.env['PATH']].join(delimiter);
    const world = { ...thisMachine(), env: { ...process.env, PATH: path } };
    docker = createDocker({ log: silentLog, endpoint: () => engine.address, world });
    await docker.engines.found();
  });
  after(async () => {
    docker?.dispose();
    for (const id of containers) await engine.api('DELETE', `/containers/${id}?force=1`);
    await engine?.api('DELETE', `/images/${image}?force=1`);
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  });

  /** As VS Code does before the Go extension gets an entry. */
  const resolved = (configuration: DebugConfiguration): DebugConfiguration =>
    JSON.parse(JSON.stringify(configuration).replaceAll('${workspaceFolder}', workspace)) as DebugConfiguration;

  it('stops at a line of the editor’s file, shows a variable there, and lets the program end', async () => {
    const request = { image, workspace, folder: workspace, package: './cmd/answer' };
    const { container, configuration } = await docker.debug(engine.address, request, () => {}, never);
    containers.push(container);
    const { host, port, ...rest } = resolved(configuration);
    const file = join(workspace, 'cmd/answer/main.go');
    const debug = await DapClient.connect(host, port);
    try {
      await debug.ask('initialize', { adapterID: 'go', pathFormat: 'path', linesStartAt1: true });
      const attached = debug.ask('attach', { ...rest });
      await debug.event('initialized');
      const { breakpoints } = await debug.ask<{ breakpoints: { verified: boolean }[] }>('setBreakpoints', {
        source: { path: file },
        breakpoints: [{ line: 10 }],
      });
      assert.deepEqual(
        breakpoints.map(({ verified }) => verified),
        [true],
      );
      await debug.ask('configurationDone');
      await attached;
      const { threadId } = await debug.event<{ threadId: number }>('stopped');
      const { stackFrames } = await debug.ask<{
        stackFrames: { id: number; line: number; source: { path: string } }[];
      }>('stackTrace', { threadId });
      assert.deepEqual([stackFrames[0]!.source.path, stackFrames[0]!.line], [file, 10]);
      const { result } = await debug.ask<{ result: string }>('evaluate', {
        expression: 'secret',
        frameId: stackFrames[0]!.id,
      });
      assert.equal(result, '43');
      await debug.ask('continue', { threadId });
      await debug.event('terminated');
    } finally {
      debug.close();
    }
    // The engine copies what the program prints; the debugger hears of its end by another way.
    await eventually(async () => {
      const { body } = await engine.api('GET', `/containers/${container}/logs?stdout=1`);
      return body.includes('the answer is 43');
    });
  });

  it('runs as the image’s user, in the place of the one before, and Delve is reached from this machine only', async () => {
    const request = { image, workspace, folder: workspace, package: './cmd/answer' };
    const { container } = await docker.debug(engine.address, request, () => {}, never);
    containers.push(container);
    const { Config, NetworkSettings } = await engine.json<{
      Config: { User: string };
      NetworkSettings: { Ports: Record<string, { HostIp: string }[]> };
    }>('GET', `/containers/${container}/json`);
    assert.equal(Config.User, '65532');
    assert.equal((await engine.api('GET', `/containers/${containers[0]!}/json`)).status, 404);
    assert.deepEqual(
      Object.values(NetworkSettings.Ports)
        .flat()
        .map(({ HostIp }) => HostIp),
      ['127.0.0.1'],
    );
  });

  it('a program that does not compile: the compiler’s words', async () => {
    const broken = join(folder, 'broken');
    mkdirSync(broken);
    writeFileSync(join(broken, 'go.mod'), 'module example.com/broken\n\ngo 1.26.0\n');
    writeFileSync(join(broken, 'main.go'), 'package main\n\nfunc main() { nothing() }\n');
    const request = { image, workspace: broken, folder: broken, package: '.' };
    await assert.rejects(
      docker.debug(engine.address, request, () => {}, never),
      {
        kind: 'invalid',
        message: /undefined: nothing/,
      },
    );
  });

  it('without Delve: how it is got', async () => {
    const go = dirname(execFileSync('sh', ['-c', 'command -v go'], { encoding: 'utf8' }).trim());
    const world = { ...thisMachine(), env: { ...process.env, PATH: go } };
    const bare = createDocker({ log: silentLog, endpoint: () => engine.address, world });
    try {
      const request = { image, workspace, folder: workspace, package: './cmd/answer' };
      await assert.rejects(
        bare.debug(engine.address, request, () => {}, never),
        {
          kind: 'toolMissing',
          message: /go install github\.com\/go-delve/,
        },
      );
    } finally {
      bare.dispose();
    }
  });
});
