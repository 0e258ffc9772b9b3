/** `npm run test:desktop`: the suite of the extension host in a desktop VS Code of the lowest supported release, where one can be fetched. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runTests } from '@vscode/test-electron';
import type { HostReport } from '../test/support/editor.ts';
import { sharedWorld } from '../test/support/world.ts';
import { buildAll } from './build.ts';
import { root } from './lib/project.ts';
import { add, closingLine, exitCode, none, type Tally } from './lib/suites.ts';

await buildAll({ tests: true });
const { engines } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { engines: { vscode: string } };
const world = await sharedWorld();
const folder = await mkdtemp(join(tmpdir(), 'gantry-desktop-'));
const report = join(folder, 'report.json');
const settings = join(folder, 'demo.code-workspace');
try {
  await writeFile(
    settings,
    JSON.stringify({ folders: [{ path: join(root, 'examples/shop') }], settings: world.settings }),
  );
  await runTests({
    version: engines.vscode.replace('^', ''),
    extensionDevelopmentPath: root,
    extensionTestsPath: join(root, 'dist/test/index.cjs'),
    extensionTestsEnv: { ...world.env, GANTRY_EDITOR_REPORT: report },
    launchArgs: [settings, '--disable-extensions', '--user-data-dir', join(folder, 'profile')],
  });
  const { results } = JSON.parse(await readFile(report, 'utf8')) as HostReport;
  for (const { title, state, error } of results)
    console.error(`${state.padEnd(8)} ${title}${error === undefined ? '' : `\n${error}`}`);
  const tally = results.map(({ state }): Tally => ({ ...none, [state]: 1 })).reduce(add, none);
  console.log(closingLine(tally));
  process.exitCode = exitCode(tally);
} finally {
  await rm(folder, { recursive: true, force: true });
}
process.exit();
