/** Vulnerabilities of a program in an image, found by govulncheck with a database of the test's own. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { silentLog } from '../../../src/core/log.ts';
import { dockerCommands } from '../../../src/docker/cli.ts';
import { type Docker, createDocker } from '../../../src/docker/domain.ts';
import { thisMachine } from '../../../src/docker/endpoints.ts';
import type { ContainerNode } from '../../../src/docker/nodes.ts';
import { goModFindings } from '../../../src/docker/scan/goMod.ts';
import { type Engine, sharedEngine } from '../../support/engine.ts';
import { eventually } from '../../support/eventually.ts';
import { needGo } from '../../support/go.ts';
import { goModules, writeFiles } from '../../support/goModules.ts';
import { govulncheckProgram } from '../../support/peers.ts';
import { tar } from '../../support/tar.ts';

const never = new AbortController().signal;
const image = 'gantry-test/vulnerable:1';
const database = pathToFileURL(join(import.meta.dirname, '../../fixtures/docker/vulndb')).href;

describe('scanning an image', function () {
  this.timeout(10 * 60_000);
  let engine: Engine;
  let folder: string;
  let source: string;
  let docker: Docker;
  const withPath = (path: string): Docker =>
    createDocker({
      log: silentLog,
      endpoint: () => engine.address,
      world: { ...thisMachine(), env: { ...process.env, PATH: path } },
      vulnerabilityDatabase: () => database,
    });
  before(async function () {
    await needGo(this);
    engine = await sharedEngine(this);
    folder = mkdtempSync(join(tmpdir(), 'gantry-scan-test-'));
    source = writeFiles(folder, goModules.vendored);
    execFileSync('go', ['build', '-trimpath', '-o', join(folder, 'app'), '.'], {
      cwd: source,
      env: { ...process.env, CGO_ENABLED: '0', GOOS: 'linux' },
    });
    const archive = tar([
      { name: 'srv/app', data: readFileSync(join(folder, 'app')), mode: 0o755 },
      { name: 'bin/cat', data: readFileSync('/bin/cat'), mode: 0o755 },
      { name: 'etc/motd', data: Buffer.from('hello\n') },
    ]);
    // An image without a command: an engine makes no container of it by itself.
    await engine.importImage(image, archive, 'USER 65532');
    docker = withPath([dirname(await govulncheckProgram()), process.env['PATH']].join(delimiter));
    await docker.engines.found();
  });
  after(async () => {
    docker?.dispose();
    await engine?.api('DELETE', `/images/${image}?force=1`);
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  });

  it('its Go programs, each with what is in it, and nothing is left on the engine', async () => {
    const { programs } = await docker.scan(engine.address, image, () => {}, never);
    assert.deepEqual(
      programs.map(({ path, module, vulnerabilities }) => [
        path,
        module,
        vulnerabilities.map(({ id, module: at, fixed, symbols }) => [id, at, fixed, symbols]),
      ]),
      [
        [
          '/srv/app',
          'example.com/vendored',
          [
            [
              'GO-2099-0001',
              'google.golang.org/protobuf',
              'v1.99.0',
              ['google.golang.org/protobuf/types/known/durationpb.Duration.AsDuration'],
            ],
            ['GO-2099-0002', 'stdlib', 'v1.99.0', []],
            ['GO-2099-0003', 'google.golang.org/protobuf', '', []],
          ],
        ],
      ],
    );
    const filters = encodeURIComponent(JSON.stringify({ label: ['gantry.scan'] }));
    assert.deepEqual(await engine.json('GET', `/containers/json?all=1&filters=${filters}`), []);
  });

  it('of a stripped program it is not told which functions are in it', async () => {
    const { programs } = await docker.scan(engine.address, await engine.image(), () => {}, never);
    const [talker] = programs;
    assert.equal(talker?.path, '/talker');
    const [one] = talker.vulnerabilities;
    assert.deepEqual([one?.id, one?.symbols, one?.stripped], ['GO-2099-0002', [], true]);
  });

  it('they stand at the image, and its layers', async () => {
    const tree = docker.tree();
    tree.setVisible(true);
    const below = async (node: ContainerNode | undefined, label: string): Promise<ContainerNode> => {
      const rows = await tree.children(node);
      return rows.find((row) => tree.describe(row).label.startsWith(label)) ?? assert.fail(`${label} is not there`);
    };
    const [root] = await tree.children(undefined);
    const row = await below(await below(root, 'Images'), image);
    await eventually(() => (tree.describe(row).description ?? '').includes('known vulnerabilities: 3'));
    const described = (await tree.children(row)).map((node) => tree.describe(node));
    assert.deepEqual(
      described.map(({ label, icon }) => [label, icon?.name]),
      [
        ['GO-2099-0001 A duration runs away', 'warning'],
        ['GO-2099-0002 A program called from afar', 'info'],
        ['GO-2099-0003 A type nobody asked for', 'info'],
        ['imported', 'layers'],
      ],
    );
    assert.match(described[0]!.spoken, /AsDuration.*go get google\.golang\.org\/protobuf@v1\.99\.0/);
  });

  it('and at the lines of go.mod that bring them', async () => {
    const report = await docker.scan(engine.address, image, () => {}, never);
    const text = readFileSync(join(source, 'go.mod'), 'utf8');
    const lines = text.split('\n');
    const found = goModFindings(text, [{ name: image, report }]);
    assert.deepEqual(
      found.map(({ code, line, severity }) => [code, lines[line]!.trim().split(' ')[0], severity]),
      [
        ['GO-2099-0001', 'google.golang.org/protobuf', 'warning'],
        ['GO-2099-0002', 'go', 'information'],
        ['GO-2099-0003', 'google.golang.org/protobuf', 'information'],
      ],
    );
    assert.deepEqual(goModFindings('module example.com/other\n', [{ name: image, report }]), []);
  });

  it('the same in a terminal, where finding any is an exit status', async () => {
    const out: string[] = [];
    const required = /protobuf (v\S+)/.exec(readFileSync(join(source, 'go.mod'), 'utf8'))![1]!;
    const io = { out: (line: string) => out.push(line), err: () => {}, env: {}, cwd: '/', signal: never };
    const command = dockerCommands(async () => docker).find(({ name }) => name === 'images scan')!;
    assert.equal(await command.run([image], io), 1);
    assert.equal(out[0], `/srv/app: GO-2099-0001 google.golang.org/protobuf ${required} A duration runs away`);
    assert.match(out.join('\n'), /go get google\.golang\.org\/protobuf@v1\.99\.0/);
  });

  it('without govulncheck: how it is got', async () => {
    const bare = withPath('/nonexistent');
    try {
      await assert.rejects(
        bare.scan(engine.address, image, () => {}, never),
        {
          kind: 'toolMissing',
          message: /go install golang\.org\/x\/vuln/,
        },
      );
    } finally {
      bare.dispose();
    }
  });

  it('a database that is not there: in govulncheck’s words', async () => {
    const world = { ...thisMachine(), env: { ...process.env, PATH: dirname(await govulncheckProgram()) } };
    const other = createDocker({
      log: silentLog,
      endpoint: () => engine.address,
      world,
      vulnerabilityDatabase: () => 'file:///nonexistent',
    });
    try {
      await assert.rejects(
        other.scan(engine.address, image, () => {}, never),
        {
          kind: 'invalid',
          message: /nonexistent/,
        },
      );
    } finally {
      other.dispose();
    }
  });
});
