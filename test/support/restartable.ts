/** Gantry as an extension whose program a test starts and ends, as often as it likes, within one extension host. */
import { cp, mkdtemp, readFile, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from '../../scripts/lib/project.ts';

/** What the extension's `exports` are. */
export interface Restartable {
  /** Activates Gantry, with a context of VS Code's but for what is disposed at the end. */
  start(): void;
  /** What VS Code does when a window closes: deactivates, then disposes what was subscribed. */
  end(): Promise<void>;
}

const program = `
import * as gantry from './extension.js';

export function activate(context) {
  let subscriptions = [];
  return {
    start() {
      subscriptions = [];
      gantry.activate(Object.create(context, { subscriptions: { value: subscriptions } }));
    },
    async end() {
      await gantry.deactivate();
      for (const each of subscriptions) each.dispose();
    },
  };
}
`;

/** Folder of an extension that is what was built last, but for its program. `remove` it. */
export async function restartableExtension(): Promise<{ readonly folder: string; remove(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'gantry-restartable-'));
  for (const name of await readdir(root)) {
    if (!['dist', 'package.json', '.git'].includes(name)) await symlink(join(root, name), join(folder, name));
  }
  // Copied, for VS Code gives its API to modules below the extension's folder.
  await cp(join(root, 'dist'), join(folder, 'dist'), { recursive: true });
  await writeFile(join(folder, 'dist/restartable.js'), program);
  const manifest = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as object;
  await writeFile(join(folder, 'package.json'), JSON.stringify({ ...manifest, main: './dist/restartable.js' }));
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) };
}
