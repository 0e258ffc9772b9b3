/** A service as a person gets it: it compiles, its tests pass with the race detector, and it proves what it claims. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { run } from '../../../src/core/processes.ts';
import { followReadme, generated, go, proveOn, provenItems } from '../../support/generatedServices.ts';
import { needGo } from '../../support/go.ts';
import { actionlintProgram, helmProgram, jvProgram, kustomizeProgram } from '../../support/peers.ts';
import { skaffoldSchema } from '../../support/skaffoldSchema.ts';

describe('a generated service', function () {
  this.timeout(40 * 60_000); // The first build compiles OpenTelemetry, with the race detector.
  let folder: string;

  before(async function () {
    await needGo(this);
    folder = mkdtempSync(join(tmpdir(), 'gantry-service-'));
    await generated(folder, 'nethttp');
  });
  after(() => {
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  });

  it('is formatted, as gofmt does, and tidy', async () => {
    const { stdout, stderr } = await run('gofmt', ['-l', '.'], { cwd: folder });
    assert.equal(stdout + stderr, '');
    await go(folder, 'mod', 'tidy', '-diff');
  });

  it('satisfies go vet, and its tests pass with the race detector', async () => {
    await go(folder, 'vet', './...');
    await go(folder, 'test', '-race', '-shuffle=on', '-trimpath', './...');
  });

  for (const item of provenItems('nethttp')) {
    it(`proves ${item} with its own packages`, async () => {
      const { verdict, evidence } = await proveOn(folder, item, 'nethttp');
      assert.equal(verdict.state, 'proven', JSON.stringify([verdict, evidence.filter(({ ok }) => !ok)]));
    });
  }

  it('does what its README says', async () => {
    assert.match(await followReadme(folder), /^HTTP\/1.1 201 Created\r$[^]*http_requests_total\{/m);
  });

  it('has overlays that kustomize builds, a chart of the same objects, a Skaffold file and a workflow that their programs take', async () => {
    const call = async (program: string, ...args: string[]): Promise<string> => {
      const { code, stdout, stderr } = await run(program, args, { cwd: folder, timeout: 120_000 });
      assert.equal(code, 0, stdout + stderr);
      return stdout;
    };
    const kustomize = await kustomizeProgram();
    assert.match(await call(kustomize, 'build', 'deploy/overlays/dev'), /^ {2}LOG_LEVEL: debug$/m);
    assert.match(await call(kustomize, 'build', 'deploy/overlays/prod'), /image: registry\.example\/billing:1\.0\.0$/m);
    const helm = await helmProgram();
    await call(helm, 'lint', '--strict', 'deploy/chart');
    const [made, wanted] = await Promise.all([
      call(helm, 'template', 'billing', 'deploy/chart'),
      call(kustomize, 'build', 'deploy/base'),
    ]);
    assert.deepEqual(objectsOf(made), objectsOf(wanted));
    await call(helm, 'template', 'other', 'deploy/chart', '--set', 'podDisruptionBudget.enabled=true,replicas=3');
    const refused = await run(helm, ['template', 'billing', 'deploy/chart', '--set', 'replicas=many'], { cwd: folder });
    assert.match(refused.stderr, /at '\/replicas': got string, want integer/);
    await call(await jvProgram(), await skaffoldSchema(), 'skaffold.yaml');
    const workflow = '.github/workflows/ci.yaml';
    assert.equal(await call(await actionlintProgram(), '-shellcheck=', '-pyflakes=', workflow), '');
  });
});

/** What the objects are, by kind, without what each tool names or labels in its own way. */
function objectsOf(text: string): Record<string, unknown> {
  const plain = (value: unknown, key = ''): unknown => {
    if (Array.isArray(value)) return value.map((each) => plain(each));
    if (typeof value !== 'object' || value === null) return String(value).replace(/^billing-[a-z0-9]{10}$/, 'billing');
    const own = ['labels', 'matchLabels', 'annotations', 'imagePullPolicy'];
    const fields = Object.entries(value).filter(
      ([name]) => !own.includes(name) && !(name === 'replicas' && key === 'spec'),
    );
    return Object.fromEntries(
      fields.map(([name, each]) => [name, name === 'selector' && key === 'spec' ? 'the pods' : plain(each, name)]),
    );
  };
  const objects = parseAllDocuments(text).map((document) => document.toJS() as { kind: string });
  return Object.fromEntries(objects.map((object) => [object.kind, plain(object)]));
}
