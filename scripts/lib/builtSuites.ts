/** The layers that test what was built: the terminal program and the extension in a real VS Code. */
import { buildAll } from '../build.ts';
import { mochaSuite, type Tally } from './suites.ts';

/** @param extra options of mocha, such as `--grep TEXT`. */
export async function editorSuite(extra: readonly string[] = []): Promise<Tally> {
  await buildAll({ tests: true });
  return mochaSuite('editor', extra);
}

/** @param name a folder of `test/faults`; all of them when absent. */
export async function faultsSuite(name?: string, extra: readonly string[] = []): Promise<Tally> {
  await buildAll({ tests: true });
  return mochaSuite(name === undefined ? 'faults' : `faults/${name}`, extra);
}
