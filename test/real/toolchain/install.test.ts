/** The doctor on this machine's own tools, and a tool that go install makes. */
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '../../../src/core/processes.ts';
import { createToolchain, type Toolchain } from '../../../src/toolchain/domain.ts';
import { examine } from '../../../src/toolchain/examine.ts';
import { pathFolders } from '../../../src/core/programs.ts';
import { install } from '../../../src/toolchain/install.ts';
import { tools } from '../../../src/toolchain/tools.ts';
import { needGo } from '../../support/go.ts';

describe('toolchain', function () {
  this.timeout(10 * 60_000);
  let folder: string;
  let toolchain: Toolchain;
  const never = new AbortController().signal;

  before(async function () {
    await needGo(this);
  });
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'gantry-toolchain-'));
    toolchain = createToolchain({ env: process.env, folder: join(folder, 'bin') });
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('finds Go, with the version it tells and where it is', async () => {
    const { findings } = await toolchain.examine();
    const go = findings.find(({ tool }) => tool.name === 'go')!;
    const { stdout } = await run('go', ['version']);
    assert.ok(go.state === 'found');
    assert.ok(stdout.includes(`go${go.version} `), `${go.version} of ${stdout}`);
  });

  it('installs a tool, pinned, in a folder of ours, and says what it does', async () => {
    const said = new Set<string>();
    // Go says nothing of what it compiled before.
    const env = { ...process.env, GOCACHE: join(folder, 'cache') };
    toolchain = createToolchain({ env, folder: join(folder, 'bin') });
    const finding = await toolchain.install('protoc-gen-go', (sentence) => said.add(sentence), never);
    assert.deepEqual(finding.state === 'found' && [finding.path, finding.version], [
      join(toolchain.folder, 'protoc-gen-go'),
      '1.36.12',
    ]);
    assert.deepEqual(readdirSync(toolchain.folder), ['protoc-gen-go']);
    assert.ok(
      [...said].some((sentence) => /^(Getting|Compiling) \S+$/.test(sentence)),
      [...said].join('\n'),
    );
  });

  it('reads the version of a program that does not know its own out of what Go built into it', async () => {
    await toolchain.install('protoc-gen-go', () => {}, never);
    const mute = { ...tools.find(({ name }) => name === 'protoc-gen-go')!, answers: /it never says (this)/ };
    const folders = [toolchain.folder, ...pathFolders(process.env)];
    const [finding] = await examine([mute], { env: process.env, folders });
    assert.deepEqual(finding!.state === 'found' && finding!.version, '1.36.12');
  });

  it('leaves nothing behind when cancelled', async () => {
    const cancel = new AbortController();
    const installing = toolchain.install('buf', () => cancel.abort(), cancel.signal);
    await assert.rejects(installing, { kind: 'cancelled' });
    assert.deepEqual(readdirSync(toolchain.folder), []);
  });

  it('says what go says when it cannot', async () => {
    const broken = {
      ...tools.find(({ name }) => name === 'buf')!,
      goPackage: 'google.golang.org/protobuf/cmd/none@v1.36.12',
    };
    await assert.rejects(
      install(broken, { env: process.env, folder, report: () => {}, signal: never }),
      /buf could not be installed: .*does not contain package/,
    );
    assert.deepEqual(readdirSync(folder), []);
  });
});
