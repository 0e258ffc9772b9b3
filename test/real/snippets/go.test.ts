/**
 * The Go snippets, proven in one `go test -race` of one module: each builds, does what it says, and, where it is a pattern
 * of resilience, has tests that are red without it. The table at the end has a row for each.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readSnippets } from '../../../scripts/lib/snippets.ts';
import { run } from '../../../src/core/processes.ts';
import { sharedControlPlane } from '../../support/controlPlane.ts';
import { needGo } from '../../support/go.ts';
import {
  fixture,
  isTest,
  packageOf,
  type Proof,
  proveModule,
  proofTable,
  writeModule,
} from '../../support/snippetModule.ts';
import { removals } from '../../support/snippetRemovals.ts';

const snippets = readSnippets('go');

describe('Go snippets', function () {
  this.timeout(40 * 60_000); // The first build compiles client-go, the xDS API and a broker, with the race detector.
  let folder: string | undefined;
  let proofs: readonly Proof[] = [];
  const proofOf = (prefix: string): Proof => proofs.find(({ snippet }) => snippet.prefix === prefix)!;

  before(async function () {
    await needGo(this);
    const cluster = await sharedControlPlane(this);
    this.timeout(40 * 60_000);
    folder = mkdtempSync(join(tmpdir(), 'gantry-snippets-'));
    writeModule(folder);
    proofs = await proveModule(folder, { ...process.env, KUBECONFIG: cluster.kubeconfig });
    console.log(proofTable(proofs));
  });
  after(() => {
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  });

  it('are formatted as gofmt does', async () => {
    const { stdout, stderr } = await run('gofmt', ['-d', '.'], { cwd: folder! });
    assert.equal(stdout + stderr, '');
  });

  for (const { name, prefix } of snippets) {
    it(`${name}: builds, and satisfies go vet`, () => assert.ok(proofOf(prefix).builds, proofOf(prefix).output));
    it(`${name}: does what it says`, () => assert.ok(proofOf(prefix).behaves, proofOf(prefix).output));
    if (removals[prefix] === undefined) continue;
    it(`${name}: is red without the pattern`, () => assert.ok(proofOf(prefix).redWithout));
  }

  it('have a behaviour test each, and none is left over', () => {
    const tested = readdirSync(fixture, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    assert.deepEqual(
      tested
        .map(({ name }) => name)
        .filter((name) => name !== 'internal')
        .sort(),
      snippets
        .filter((snippet) => !isTest(snippet))
        .map(packageOf)
        .sort(),
    );
  });
});
