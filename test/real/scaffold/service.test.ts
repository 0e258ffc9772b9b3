/** A service as a person gets it: it compiles, its tests pass with the race detector, and it proves what it claims. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '../../../src/core/processes.ts';
import { generated, go, proveOn, provenItems } from '../../support/generatedServices.ts';
import { needGo } from '../../support/go.ts';
import { actionlintProgram, jvProgram, kustomizeProgram } from '../../support/peers.ts';
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

  for (const item of provenItems) {
    it(`proves ${item} with its own packages`, async () => {
      const { verdict, evidence } = await proveOn(folder, item);
      assert.equal(verdict.state, 'proven', JSON.stringify([verdict, evidence.filter(({ ok }) => !ok)]));
    });
  }

  it('has overlays that kustomize builds, a Skaffold file and a workflow that their programs take', async () => {
    const call = async (program: string, ...args: string[]): Promise<string> => {
      const { code, stdout, stderr } = await run(program, args, { cwd: folder, timeout: 120_000 });
      assert.equal(code, 0, stdout + stderr);
      return stdout;
    };
    const kustomize = await kustomizeProgram();
    assert.match(await call(kustomize, 'build', 'deploy/overlays/dev'), /^ {2}LOG_LEVEL: debug$/m);
    assert.match(
      await call(kustomize, 'build', 'deploy/overlays/prod'),
      /image: registry\.example\.com\/billing:1\.0\.0$/m,
    );
    await call(await jvProgram(), await skaffoldSchema(), 'skaffold.yaml');
    const workflow = '.github/workflows/ci.yaml';
    assert.equal(await call(await actionlintProgram(), '-shellcheck=', '-pyflakes=', workflow), '');
  });
});
