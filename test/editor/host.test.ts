/** Runs `test/editor/host` inside a real extension host and shows each of its tests as one of ours. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import Mocha from 'mocha';
import { root } from '../../scripts/lib/project.ts';
import { executed } from '../support/executed.ts';
import { type HostReport, TestEditor, type TestResult } from '../support/editor.ts';
import { sharedWorld } from '../support/world.ts';

describe('in the extension host', function () {
  let report: HostReport;

  before(async () => {
    const { env, settings } = await sharedWorld();
    const editor = await TestEditor.launch({
      workspace: join(root, 'examples/shop'),
      env,
      settings,
      extensions: [join(root, 'test/fixtures/manifests/yamlExtension')],
    });
    report = await editor.runHostSuite(12).finally(() => editor.close());
    for (const id of report.executed) executed.add(id);
    // Mocha reads the list of tests after this hook.
    for (const result of report.results) this.addTest(asTest(result));
  }).timeout(20 * 60_000);

  it('tests ran', () => assert.notEqual(report.results.length, 0));
});

function asTest({ title, state, error }: TestResult): Mocha.Test {
  return new Mocha.Test(title, function (this: Mocha.Context) {
    if (state === 'skipped') this.skip();
    if (state === 'failed') throw new Error(error);
  });
}
