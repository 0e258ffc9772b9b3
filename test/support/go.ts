/** Tests that compile Go. */
import { run } from '../../src/core/processes.ts';

/** Skips the test when Go is missing, or fails it where everything must run. */
export async function needGo(context: Mocha.Context): Promise<void> {
  try {
    await run('go', ['version']);
  } catch (error) {
    if (process.env['CI'] === 'true') throw error;
    console.warn('skipped: go is not on PATH');
    context.skip();
  }
}
