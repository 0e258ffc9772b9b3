/**
 * Ends an engine of the tests once its owner is gone, however the owner ended. Started by `engine.ts` with the
 * engine's folder, cgroup parent and bridge; standard input closes when the owner ends.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync, rmSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';

const [folder, cgroup, bridge] = process.argv.slice(2) as [string, string, string];
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});

process.stdin.resume();
process.stdin.on('close', () => void clean());

async function clean(): Promise<void> {
  // The engine goes first, so that it starts nothing while its children are ended.
  for (const [signal, attempts] of [
    ['SIGTERM', 20],
    ['SIGKILL', 50],
  ] as const) {
    for (let i = 0; i < attempts && ours().length > 0; i++) {
      for (const pid of ours()) kill(pid, signal);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
  for (const point of mounts()) attempt(() => execFileSync('umount', ['-l', point], { stdio: 'ignore' }));
  for (const path of cgroups()) attempt(() => rmdirSync(path));
  attempt(() => execFileSync('ip', ['link', 'delete', bridge], { stdio: 'ignore' }));
  rmSync(folder, { recursive: true, force: true });
}

/** Processes that name the folder (dockerd, containerd, shims) and those in the containers' cgroups. */
function ours(): number[] {
  const named = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter(
      (pid) =>
        read(`/proc/${pid}/cmdline`).includes(folder) &&
        /^(dockerd|containerd|docker-proxy)/.test(read(`/proc/${pid}/comm`)),
    );
  const contained = cgroups().flatMap((path) => read(join(path, 'cgroup.procs')).split('\n').filter(Boolean));
  return [...new Set([...named, ...contained])].map(Number);
}

/** The containers' cgroups, children before parents, in version 1 hierarchies and in version 2's. */
function cgroups(): string[] {
  const found: string[] = [];
  const visit = (path: string): void => {
    for (const entry of list(path)) visit(join(path, entry));
    found.push(path);
  };
  for (const path of [
    join('/sys/fs/cgroup', cgroup),
    ...list('/sys/fs/cgroup').map((name) => join('/sys/fs/cgroup', name, cgroup)),
  ]) {
    if (exists(path)) visit(path);
  }
  return found;
}

function mounts(): string[] {
  const points = read('/proc/self/mountinfo')
    .split('\n')
    .map((line) => line.split(' ')[4] ?? '');
  return points.filter((point) => point.startsWith(`${folder}/`)).reverse();
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return ''; // Gone between listing and reading.
  }
}

function list(path: string): string[] {
  try {
    return readdirSync(path, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name);
  } catch {
    return [];
  }
}

function exists(path: string): boolean {
  try {
    readdirSync(path);
    return true;
  } catch {
    return false;
  }
}

function kill(pid: number, signal: NodeJS.Signals): void {
  attempt(() => {
    process.kill(pid, 'SIGCONT'); // A stopped process ends only when it runs again.
    process.kill(pid, signal);
  });
}

function attempt(action: () => unknown): void {
  try {
    action();
  } catch {
    // Already gone, or never made.
  }
}
