import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { missingPackages, moduleOf } from '../../../src/snippets/goModule.ts';

const otel = { path: 'go.example/otel', version: 'v1.2.0' };
const sdk = { path: 'go.example/otel/sdk', version: 'v1.3.0' };
const imports = ['errors', 'go.example/otel', 'go.example/otel/codes', 'go.example/otel/sdk/trace'].map((path) => ({
  path,
}));

describe('what go.mod lacks of a pattern', () => {
  it('is each package at the version of the longest module that has it', () => {
    assert.deepEqual(missingPackages('module example.com/a\n\ngo 1.26\n', imports, [otel, sdk]), {
      packages: ['go.example/otel@v1.2.0', 'go.example/otel/codes@v1.2.0', 'go.example/otel/sdk/trace@v1.3.0'],
      modules: [otel, sdk],
    });
  });

  it('is nothing of a module that is required, at whatever version, and nothing of the module itself', () => {
    const goMod = 'module "go.example/otel"\nrequire (\n\tgo.example/otel/sdk v1.0.0 // indirect\n)\n';
    assert.deepEqual(missingPackages(goMod, imports, [otel, sdk]), { packages: [], modules: [] });
  });

  it('is not hidden by a module that is only replaced, excluded or spoken of', () => {
    const goMod = 'module a\n// require go.example/otel v1.2.0\nreplace go.example/otel => ../otel\n';
    assert.deepEqual(missingPackages(goMod, [{ path: 'go.example/otel' }], [otel]).packages, [
      'go.example/otel@v1.2.0',
    ]);
  });
});

describe('the module of a file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'gantry-module-'));
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('is the nearest above it', async () => {
    mkdirSync(join(folder, 'inner/deep'), { recursive: true });
    writeFileSync(join(folder, 'go.mod'), 'module outer\n');
    writeFileSync(join(folder, 'inner/go.mod'), 'module inner\n');
    assert.deepEqual(await moduleOf(join(folder, 'inner/deep/a.go')), {
      folder: join(folder, 'inner'),
      text: 'module inner\n',
    });
    assert.equal((await moduleOf(join(folder, 'a.go')))?.text, 'module outer\n');
  });
});
