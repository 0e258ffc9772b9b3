/**
 * The VS Code server from npm: installed once into Gantry's cache, started on loopback. `npm start` shows it in a browser
 * where there is no desktop VS Code, and the editor suite runs in it.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { dirname, join } from 'node:path';
import { Failure } from '../../src/core/failure.ts';
import { cacheFolder } from '../../src/core/platform.ts';
import { freePorts } from '../../src/core/ports.ts';
import { killGroup } from '../../src/core/processes.ts';
import { needSystemPackages } from './systemPackages.ts';

/** The npm release of code-server and, one digit off, the VS Code inside. */
const version = '4.134.0';

const installFolder = (): string => join(cacheFolder(), 'vscode-server', version);
const serverMain = (folder: string): string => join(folder, 'node_modules/code-server/lib/vscode/out/server-main.js');

/** Installs the server when it is missing; about five minutes once, nothing afterwards. Returns its main module. */
export async function installVscodeServer(say: (line: string) => void): Promise<string> {
  const folder = installFolder();
  if (existsSync(serverMain(folder))) return serverMain(folder);
  await needSystemPackages(
    ['libkrb5-dev', 'libsecret-1-dev', 'libx11-dev', 'libxkbfile-dev', 'g++', 'make', 'python3'],
    say,
  );
  say('Installing the VS Code server from npm (once, about five minutes) …');
  // Built beside its place and renamed, so that an interrupted installation is never taken for a whole one.
  const partial = `${folder}.partial-${process.pid}`;
  await mkdir(partial, { recursive: true });
  try {
    const manifest = { name: 'vscode-server', private: true, allowScripts: { 'code-server': true, argon2: true } };
    await writeFile(join(partial, 'package.json'), JSON.stringify(manifest));
    await npmInstall(partial, [`code-server@${version}`]);
    await mkdir(dirname(folder), { recursive: true });
    await rename(partial, folder);
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
  return serverMain(folder);
}

/** The npm_* variables that a person sets: where packages come from. */
const personal = /^npm_config_(registry|.*proxy|ca|cafile|cache|strict_ssl)$/;

function npmInstall(folder: string, packages: readonly string[]): Promise<void> {
  // Under `npm test` the outer npm tells of itself in npm_*, and code-server's postinstall would believe that its node is
  // the outer one. That script calls npm again with this very node, hence PATH.
  const own = Object.entries(process.env).filter(([name]) => !name.startsWith('npm_') || personal.test(name));
  const env = { ...Object.fromEntries(own), PATH: `${dirname(process.execPath)}:${process.env['PATH']}` };
  const child = spawn('npm', ['install', '--no-audit', '--no-fund', '--loglevel=error', ...packages], {
    cwd: folder,
    env,
    stdio: ['ignore', 2, 2],
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) =>
      code === 0
        ? resolve()
        : reject(
            new Failure(
              'unreachable',
              `npm could not install ${packages.join(' ')} (status ${code}). Behind a proxy, set HTTPS_PROXY.`,
            ),
          ),
    );
  });
}

export interface ServerOptions {
  /** Holds user data, extensions and logs of this run. */
  readonly dataFolder: string;
  /** Asked of every request as `?tkn=`; none for tests, which bind loopback and end soon. */
  readonly token?: string;
  /** Honour the page's `payload`: tests only. */
  readonly testDriver?: boolean;
  readonly env?: NodeJS.ProcessEnv;
  readonly onOutput?: (text: string) => void;
}

export interface VscodeServer {
  readonly port: number;
  readonly process: ChildProcess;
  stop(): Promise<void>;
}

/** Starts the server on a free loopback port and waits until it answers. */
export async function startVscodeServer(main: string, options: ServerOptions): Promise<VscodeServer> {
  const [port] = (await freePorts(1)) as [number];
  const args = [
    main,
    '--host',
    '127.0.0.1',
    '--port',
    String(port),
    '--accept-server-license-terms',
    '--telemetry-level',
    'off',
    '--server-data-dir',
    options.dataFolder,
  ];
  args.push(...(options.token === undefined ? ['--without-connection-token'] : ['--connection-token', options.token]));
  if (options.testDriver) args.push('--enable-smoke-test-driver');
  const child = spawn(process.execPath, args, {
    env: { ...process.env, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output = (output + text).slice(-20_000);
      options.onOutput?.(text);
    });
  }
  const stop = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const closed = new Promise((resolve) => child.once('close', resolve));
    killGroup(child.pid, 'SIGTERM');
    const timer = setTimeout(() => killGroup(child.pid, 'SIGKILL'), 5000);
    await closed;
    clearTimeout(timer);
  };
  for (let attempt = 0; attempt < 300; attempt++) {
    if (child.exitCode !== null) throw new Failure('internal', `The VS Code server ended at once:\n${output}`);
    if (output.includes(`:${port}`) && (await answers(port))) return { port, process: child, stop };
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  await stop();
  throw new Failure('timeout', `The VS Code server did not answer within 30 s:\n${output}`);
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const ask = request({ host: '127.0.0.1', port, path: '/version', timeout: 2000 }, (response) => {
      response.resume();
      resolve(true);
    });
    ask.on('error', () => resolve(false));
    ask.on('timeout', () => ask.destroy());
    ask.end();
  });
}
