/** The editor layer: the suite inside the extension host, then the page tests in a browser. */
import { join } from 'node:path';
import { TestEditor, type TestResult } from '../../test/support/editor.ts';
import { startWorld } from '../../test/support/world.ts';
import { buildAll } from '../build.ts';
import { root } from './project.ts';
import { add, mochaSuite, none, type Tally } from './suites.ts';

export async function editorSuite(): Promise<Tally> {
  await buildAll({ tests: true });
  return add(await hostSuite(), await mochaSuite('editor/page'));
}

async function hostSuite(): Promise<Tally> {
  console.error('\n── editor (extension host)');
  const world = await startWorld();
  try {
    const editor = await TestEditor.launch({
      workspace: join(root, 'examples/shop'),
      env: world.env,
      settings: world.settings,
    });
    try {
      const results = await editor.runHostSuite(10);
      results.forEach(print);
      return results.map(count).reduce(add, results.length === 0 ? { ...none, failed: 1 } : none);
    } finally {
      await editor.close();
    }
  } finally {
    await world.stop();
  }
}

function print({ title, state, error }: TestResult): void {
  console.error(
    `  ${{ passed: '✔', failed: '✘', skipped: '-' }[state]} ${title}${error === undefined ? '' : `\n${error}`}`,
  );
}

const count = ({ state }: TestResult): Tally => ({ ...none, [state]: 1 });
