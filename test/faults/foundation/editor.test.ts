/** A part of Gantry that cannot start leaves the others running. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { root } from '../../../scripts/lib/project.ts';
import { installVscodeServer } from '../../../scripts/lib/vscodeServer.ts';
import { TestEditor } from '../../support/editor.ts';

describe('a part that cannot start', function () {
  this.timeout(180_000);

  // The first time on a machine, the server is compiled.
  before(() => installVscodeServer(console.error)).timeout(30 * 60_000);

  it('says so in its view, and the others go on', async () => {
    const editor = await TestEditor.launch({
      workspace: join(root, 'test/fixtures'),
      env: { GANTRY_PLANT: 'gantry.docker.refresh', GANTRY_GREP: 'with a planted fault' },
    });
    try {
      const { results } = await editor.runHostSuite(2);
      assert.deepEqual(
        results.map(({ state, error }) => [state, error]),
        [['passed', undefined]],
      );
    } finally {
      await editor.close();
    }
  });
});
