/** Runs `test/editor/host` inside a real extension host and shows each of its tests as one of ours. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { root } from '../../scripts/lib/project.ts';
import { TestEditor } from '../support/editor.ts';
import { sharedWorld } from '../support/world.ts';

const { env, settings } = await sharedWorld();
const editor = await TestEditor.launch({ workspace: join(root, 'examples/shop'), env, settings });
const results = await editor.runHostSuite(12).finally(() => editor.close());

describe('in the extension host', () => {
  it('tests ran', () => assert.notEqual(results.length, 0));
  for (const { title, state, error } of results) {
    it(title, function () {
      if (state === 'skipped') this.skip();
      if (state === 'failed') throw new Error(error);
    });
  }
});
