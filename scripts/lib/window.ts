/** Ways to show a person VS Code with Gantry in it, best first. */
import { spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { downloadAndUnzipVSCode } from '@vscode/test-electron';
import { packageVsix } from '../package.ts';
import { root } from './project.ts';
import { installVscodeServer, startVscodeServer } from './vscodeServer.ts';

export interface Window {
  /** How it is shown, in a sentence. */
  readonly sentence: string;
  /** Where a browser finds it; only the server has one. */
  readonly url?: string;
  /** Settles when the person closed it, or the server ended. */
  readonly closed: Promise<void>;
  close(): Promise<void>;
}

export interface WindowOptions {
  /** A folder or a `.code-workspace` file. */
  readonly workspace: string;
  /** For profiles, extensions and logs of this run. */
  readonly folder: string;
  readonly browser: boolean;
  readonly env: NodeJS.ProcessEnv;
  readonly settings?: Readonly<Record<string, unknown>>;
}

const hasDisplay = (): boolean =>
  process.platform !== 'linux' || Boolean(process.env['DISPLAY'] ?? process.env['WAYLAND_DISPLAY']);

/** Opens VS Code: the person's own, else a fetched one, else the server for a browser. */
export async function openWindow(options: WindowOptions, say: (line: string) => void): Promise<Window> {
  if (!options.browser && hasDisplay()) {
    const code = process.platform === 'win32' ? 'code.cmd' : 'code';
    if (spawnSync(code, ['--version'], { stdio: 'ignore', shell: process.platform === 'win32' }).status === 0) {
      return desktop(code, 'your own VS Code', options);
    }
    say('No `code` on PATH; fetching VS Code …');
    const fetched = await downloadAndUnzipVSCode({ extensionDevelopmentPath: root }).catch((error: unknown) => {
      say(`VS Code could not be fetched (${String(error)}); using the VS Code server instead.`);
      return undefined;
    });
    if (fetched !== undefined)
      return desktop(fetched, 'a fetched VS Code', options, ['--user-data-dir', join(options.folder, 'profile')]);
  }
  return server(options, say);
}

function desktop(
  command: string,
  name: string,
  { workspace, env }: WindowOptions,
  extra: readonly string[] = [],
): Window {
  const child = spawn(command, [`--extensionDevelopmentPath=${root}`, '--new-window', '--wait', ...extra, workspace], {
    stdio: 'ignore',
    env: { ...process.env, ...env },
    shell: process.platform === 'win32',
  });
  const closed = new Promise<void>((resolve, reject) => {
    child.on('close', () => resolve());
    child.on('error', reject);
  });
  return {
    sentence: `Gantry runs in ${name}.`,
    closed,
    close: async () => {
      child.kill();
      await closed;
    },
  };
}

/** The VS Code server with the VSIX installed, on loopback, behind a random token. */
async function server(
  { workspace, folder, env, settings }: WindowOptions,
  say: (line: string) => void,
): Promise<Window> {
  const main = await installVscodeServer(say);
  const dataFolder = join(folder, 'server');
  const vsix = await packageVsix(folder);
  const install = spawnSync(
    process.execPath,
    [main, '--server-data-dir', dataFolder, '--accept-server-license-terms', '--install-extension', vsix],
    { encoding: 'utf8' },
  );
  if (install.status !== 0 || !/successfully installed/.test(install.stdout)) {
    throw new Error(`The VSIX could not be installed:\n${install.stdout}${install.stderr}`);
  }
  const user = join(dataFolder, 'data', 'User');
  await mkdir(user, { recursive: true });
  await writeFile(
    join(user, 'settings.json'),
    JSON.stringify({ 'telemetry.telemetryLevel': 'off', 'workbench.startupEditor': 'none', ...settings }),
  );
  const token = randomBytes(24).toString('base64url');
  const running = await startVscodeServer(main, { dataFolder, token, env });
  const kind = workspace.endsWith('.code-workspace') ? 'workspace' : 'folder';
  return {
    sentence: 'Gantry runs in the VS Code server.',
    url: `http://127.0.0.1:${running.port}/?tkn=${token}&${kind}=${encodeURIComponent(workspace)}`,
    closed: new Promise((resolve) => running.process.once('close', () => resolve())),
    close: () => running.stop(),
  };
}
