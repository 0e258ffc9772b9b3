/**
 * An engine on another machine, through one `ssh -L`: the person's own ssh with its keys, hosts and jumps, one connection for
 * everything. The far end runs `cat`, so ssh ends when this program does, however that ends.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Disposable } from '../core/disposable.ts';
import { Failure, errnoOf } from '../core/failure.ts';
import { t } from '../core/l10n.ts';
import { killGroup } from '../core/processes.ts';

/** Where a tunnel leads. */
export interface SshPlace {
  readonly host: string;
  readonly user?: string;
  readonly port?: number;
  /** The engine's socket over there. */
  readonly socketPath: string;
}

/** Reads `ssh://ann@far:2222/run/user/1000/docker.sock`; undefined for what is none. A name that ssh would take for an option is none. */
export function parseSsh(text: string): SshPlace | undefined {
  const url = URL.parse(text);
  if (url?.protocol !== 'ssh:' || url.hostname === '' || url.password !== '') return undefined;
  const [host, user] = [decodeURIComponent(url.hostname).replace(/^\[|\]$/g, ''), decodeURIComponent(url.username)];
  if (!/^[\w.:][\w.:%-]*$/.test(host) || !/^(?:[\w.][\w.@\\-]*)?$/.test(user)) return undefined;
  const path = decodeURIComponent(url.pathname);
  return {
    host,
    socketPath: path === '' || path === '/' ? '/var/run/docker.sock' : path,
    ...(user === '' ? {} : { user }),
    ...(url.port === '' ? {} : { port: Number(url.port) }),
  };
}

/** Arguments of `ssh`. @param local the socket on this machine. */
export const sshLine = ({ host, user, port, socketPath }: SshPlace, local: string): readonly string[] => [
  ...['-T', '-o', 'BatchMode=yes', '-o', 'ExitOnForwardFailure=yes', '-o', 'StreamLocalBindUnlink=yes'],
  ...['-o', 'ConnectTimeout=10', '-o', 'ServerAliveInterval=15', '-o', 'ServerAliveCountMax=2'],
  ...['-L', `${local}:${socketPath}`],
  ...(port === undefined ? [] : ['-p', String(port)]),
  ...(user === undefined ? [] : ['-l', user]),
  ...['--', host, `echo ${ready}; exec cat`],
];

/** What the far end says once somebody is signed in there. */
const ready = 'gantry-tunnel';
/** Milliseconds until a tunnel must stand. */
const patience = 20_000;

/** A way to one place: opened when it is needed, opened again when it broke. */
export class SshTunnel implements Disposable {
  readonly #place: SshPlace;
  readonly #address: string;
  readonly #env: NodeJS.ProcessEnv;
  #folder: string | undefined;
  #child: ChildProcess | undefined;
  #opening: Promise<string> | undefined;
  #disposed = false;

  /** @param address as the person wrote it, for what is told of it. */
  constructor(place: SshPlace, address: string, env: NodeJS.ProcessEnv) {
    this.#place = place;
    this.#address = address;
    this.#env = env;
  }

  /** Path of the socket on this machine that leads there. Throws Failure in ssh's own words when there is no way. */
  open(): Promise<string> {
    if (this.#child === undefined) this.#opening = undefined;
    return (this.#opening ??= this.#start().catch((error: unknown) => {
      this.#end();
      throw error;
    }));
  }

  dispose(): void {
    this.#disposed = true;
    this.#end();
    if (this.#folder !== undefined) void rm(this.#folder, { recursive: true, force: true });
  }

  #end(): void {
    killGroup(this.#child?.pid, 'SIGTERM');
    this.#child = undefined;
  }

  async #start(): Promise<string> {
    if (process.platform === 'win32') {
      throw new Failure(
        'invalid',
        t('Gantry opens ssh endpoints from Linux and macOS only. Use it in WSL for {0}.', this.#address),
      );
    }
    this.#folder ??= await mkdtemp(join(tmpdir(), 'gantry-ssh-'));
    const local = join(this.#folder, 'docker.sock');
    if (this.#disposed) throw new Failure('cancelled', t('Cancelled.'));
    const child = spawn('ssh', sshLine(this.#place, local), {
      env: this.#env,
      stdio: ['pipe', 'pipe', 'pipe'],
      detached: true,
    });
    this.#child = child;
    child.once('close', () => {
      if (this.#child === child) this.#child = undefined;
    });
    child.stdin.on('error', () => {}); // It ended; `close` tells.
    await this.#signedIn(child);
    await this.#answers(local);
    return local;
  }

  #signedIn(child: ChildProcess): Promise<void> {
    let said = '';
    child.stderr!.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-4000)));
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Failure('timeout', t('ssh did not reach {0} within {1} s.', this.#address, patience / 1000))),
        patience,
      );
      const settle = (settled: () => void): void => {
        clearTimeout(timer);
        settled();
      };
      child.stdout!.setEncoding('utf8').on('data', (text: string) => {
        if (text.includes(ready)) settle(resolve);
      });
      child.once('error', (error) => {
        const missing = errnoOf(error) === 'ENOENT';
        const sentence = missing ? t('ssh was not found on PATH; {0} needs it.', this.#address) : error.message;
        settle(() => reject(new Failure(missing ? 'toolMissing' : 'internal', sentence, error)));
      });
      child.once('close', () => settle(() => reject(refused(this.#address, said))));
    });
  }

  /** ssh accepts at this end before it knows whether anything listens at the other. */
  #answers(local: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const socket = createConnection(local, () => {
        socket.destroy();
        resolve();
      });
      socket.once('error', (error) => reject(new Failure('unreachable', error.message, error)));
    });
  }
}

/** What ssh said last, and what helps. */
function refused(address: string, said: string): Failure {
  const last = said.trim().split('\n').at(-1) ?? '';
  const host = address.replace(/^ssh:\/\//, '').replace(/\/.*$/, '');
  const kind = /denied|verification failed/i.test(last) ? 'unauthorised' : 'unreachable';
  return new Failure(
    kind,
    t('ssh to {0} did not succeed: {1} Try it in a terminal: ssh {0}', host, last.replace(/\.?\s*$/, '.')),
  );
}
