/** The shipped pool is what the script makes of the published modules: nobody edited it, and the script still works. */
import { join } from 'node:path';
import assert from 'node:assert/strict';
import { root } from '../../../scripts/lib/project.ts';
import { run } from '../../../src/core/processes.ts';
import { Failure } from '../../../src/core/failure.ts';

describe('schema pool', () => {
  it('is what scripts/schemas.ts makes', async function () {
    await requireGo(this);
    const { code, stdout, stderr } = await run(process.execPath, [join(root, 'scripts/schemas.ts'), '--check']);
    assert.equal(code, 0, stdout + stderr);
  });
});

async function requireGo(context: Mocha.Context): Promise<void> {
  try {
    await run('go', ['version']);
  } catch (error) {
    if (!(error instanceof Failure) || error.kind !== 'toolMissing' || process.env['CI'] === 'true') throw error;
    console.error(`skipped: ${error.message}`);
    context.skip();
  }
}
