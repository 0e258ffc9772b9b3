import assert from 'node:assert/strict';
import { join } from 'node:path';
import { root } from '../../../scripts/lib/project.ts';
import { engineHash, reachedFrom } from '../../../src/curriculum/engineHash.ts';

describe('what a verdict hangs on', () => {
  it('is each check and what it stands on, and nothing that only shows', async () => {
    const src = (path: string): string => join(root, 'src', path);
    const reached = await reachedFrom([src('curriculum/check.ts'), src('checkPorts.ts')]);
    for (const path of ['curriculum/checks/rateLimit.ts', 'core/processes.ts', 'docker/findInImage.ts'])
      assert.ok(reached.includes(src(path)), path);
    assert.deepEqual(
      reached.filter((path) => /\/(editor|webview)\/|\/curriculum\/(domain|progress)\.ts$/.test(path)),
      [],
    );
  });

  it('is the same each time', async () => {
    assert.equal(await engineHash(), await engineHash());
  });
});
