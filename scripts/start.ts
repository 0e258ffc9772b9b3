/**
 * `npm start [-- --browser] [--workspace DIR] [--no-cluster]`: builds Gantry, opens VS Code with it on the demo workspace,
 * then starts the demo services and the embedded cluster behind it. Ctrl-C, or closing VS Code, ends all of it.
 */
import { spawn } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { messageOf } from '../src/core/failure.ts';
import { root } from './lib/project.ts';
import { openSession } from './lib/session.ts';

const say = (line: string): void => console.log(line);

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { browser: { type: 'boolean' }, workspace: { type: 'string' }, 'no-cluster': { type: 'boolean' } },
  });
  const workspace = resolve(process.env['INIT_CWD'] ?? process.cwd(), values.workspace ?? join(root, 'examples/shop'));
  if (!(await stat(workspace).catch(() => undefined))?.isDirectory()) {
    console.error(`There is no folder ${workspace}.`);
    return 2;
  }
  const opening = openSession({
    workspace,
    browser: values.browser === true,
    cluster: values['no-cluster'] !== true,
    say,
  });
  let ending: Promise<void> | undefined;
  const end = (): Promise<void> =>
    (ending ??= (async () => {
      say('Ending what was started …');
      // While it still opens, what it has started so far gets the Ctrl-C as well, and it ends by itself.
      await (await opening.catch(() => undefined))?.stop();
    })());
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => void end().then(() => process.exit(0)));
  const session = await opening;
  say(session.window.sentence);
  if (session.window.url !== undefined) {
    say(`Open ${session.window.url}`);
    openBrowser(session.window.url);
  }
  say('Ctrl-C ends it and everything it started.');
  await session.window.closed;
  await end();
  return 0;
}

/** Shows an address in the person's browser where there is one. */
function openBrowser(url: string): void {
  const [command, ...args] =
    process.platform === 'darwin'
      ? ['open', url]
      : process.platform === 'win32'
        ? ['cmd', '/c', 'start', '', url.replaceAll('&', '^&')]
        : ['xdg-open', url];
  if (process.platform === 'linux' && !process.env['DISPLAY'] && !process.env['WAYLAND_DISPLAY']) return;
  spawn(command, args, { stdio: 'ignore', detached: true })
    .on('error', () => {}) // The address is printed all the same.
    .unref();
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(messageOf(error));
    process.exit(3);
  },
);
