import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ownImage, repositoryOf } from '../../../src/devloop/project.ts';

describe('image of a folder', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'gantry-project-'));
    writeFileSync(join(folder, 'go.mod'), 'module example.com/shop/orders/v2\n\ngo 1.26\n');
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  const own = (images: readonly string[], wanted?: string): Promise<string> =>
    ownImage({ folder, dockerfile: 'Dockerfile', manifests: folder, kustomized: false }, images, wanted);

  it('is the only one, the one named as the module, or the one that is asked for', async () => {
    assert.equal(await own(['anything:1']), 'anything:1');
    assert.equal(
      await own(['redis:8', 'localhost:5000/shop/orders@sha256:00']),
      'localhost:5000/shop/orders@sha256:00',
    );
    assert.equal(await own(['redis:8', 'api:1'], 'api'), 'api:1');
  });

  it('is asked for where it cannot be told', async () => {
    const message = 'Which image of the manifests is built here? Say so with --image. There are: redis:8, api:1';
    await assert.rejects(own(['redis:8', 'api:1']), { kind: 'invalid', message });
    await assert.rejects(own([]), /There are: none$/);
  });

  it('is a repository without tag and digest', () => {
    assert.deepEqual(
      ['orders', 'orders:dev', 'localhost:5000/orders', 'r:5000/a/orders:1@sha256:00'].map(repositoryOf),
      ['orders', 'orders', 'localhost:5000/orders', 'r:5000/a/orders'],
    );
  });
});
