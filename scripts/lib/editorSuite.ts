/** The editor layer: built, then one mocha process that drives a real VS Code. */
import { buildAll } from '../build.ts';
import { mochaSuite, type Tally } from './suites.ts';

export async function editorSuite(extra: readonly string[] = []): Promise<Tally> {
  await buildAll({ tests: true });
  return mochaSuite('editor', extra);
}
