/** A real sshd on loopback, for this user only, with keys of its own; and an `ssh` that knows it and nothing else. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { needSystemPackages } from '../../scripts/lib/systemPackages.ts';

export interface SshServer {
  /** `ssh://USER@127.0.0.1:PORT`. */
  readonly address: string;
  /** For PATH: a folder whose `ssh` uses the test's keys. */
  readonly path: string;
  /** Ends the connections there are; new ones are taken as before. */
  cut(): void;
  close(): void;
}

export async function startSshServer(): Promise<SshServer> {
  await needSystemPackages(['openssh-server', 'openssh-client'], (line) => console.error(line));
  const folder = mkdtempSync(join(tmpdir(), 'gantry-sshd-'));
  const at = (name: string): string => join(folder, name);
  for (const name of ['host', 'user']) execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', at(name)]);
  execFileSync('cp', [at('user.pub'), at('authorized')]);
  mkdirSync('/run/sshd', { recursive: true, mode: 0o755 }); // sshd wants it even when it keeps nothing there.
  const port = await freePort();
  writeFileSync(
    at('sshd_config'),
    [
      ...[`Port ${port}`, 'ListenAddress 127.0.0.1', `HostKey ${at('host')}`, `AuthorizedKeysFile ${at('authorized')}`],
      ...['StrictModes no', 'PermitRootLogin yes', 'PasswordAuthentication no', 'UsePAM no', 'PidFile none', ''],
    ].join('\n'),
  );
  const options = [`-i ${at('user')}`, `-o UserKnownHostsFile=${at('known')}`, '-o StrictHostKeyChecking=accept-new'];
  writeFileSync(at('ssh'), `#!/bin/sh\nexec /usr/bin/ssh -F none ${options.join(' ')} "$@"\n`);
  chmodSync(at('ssh'), 0o755);
  const child: ChildProcess = spawn('/usr/sbin/sshd', ['-D', '-e', '-f', at('sshd_config')], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  await new Promise<void>((resolve, reject) => {
    let said = '';
    child.stderr!.on('data', (text: Buffer) => {
      said += text.toString();
      if (said.includes('listening')) resolve();
    });
    child.once('exit', () => reject(new Error(`sshd ended: ${said}`)));
  });
  return {
    address: `ssh://${userInfo().username}@127.0.0.1:${port}`,
    path: folder,
    cut: () => children(child.pid!).forEach((pid) => process.kill(pid, 'SIGKILL')),
    close() {
      child.kill('SIGKILL');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** One process serves each connection. */
function children(pid: number): number[] {
  const listed = execFileSync('ps', ['-o', 'pid=', '--ppid', String(pid)], { encoding: 'utf8' });
  return listed.trim().split(/\s+/).filter(Boolean).map(Number);
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}
