/** Whose socket listens on a port. A learner must never be graded against somebody else's server. */
import { readFile, readdir, readlink } from 'node:fs/promises';
import { run } from '../core/processes.ts';

/** Every listening TCP socket of this machine that can be seen, and whether it is the asked process's own. */
interface Listening {
  readonly port: number;
  readonly own: boolean;
}

/** `own`: the process listens there. `other`: someone else does. `none`: nobody does. */
export type Listener = 'own' | 'other' | 'none';

/** Who listens on a TCP port. Asks /proc on Linux, lsof on macOS. */
export async function listenerOf(port: number, pid: number, signal: AbortSignal): Promise<Listener> {
  const there = (await listening(pid, signal)).filter((socket) => socket.port === port);
  if (there.length === 0) return 'none';
  return there.every(({ own }) => own) ? 'own' : 'other';
}

/** TCP ports the process listens on. */
export async function portsOf(pid: number, signal: AbortSignal): Promise<number[]> {
  return [...new Set((await listening(pid, signal)).filter(({ own }) => own).map(({ port }) => port))];
}

const listening = (pid: number, signal: AbortSignal): Promise<Listening[]> =>
  process.platform === 'linux' ? fromProc(pid) : fromLsof(pid, signal);

async function fromProc(pid: number): Promise<Listening[]> {
  // The machine's sockets first: one that opens in between is then missing, and is not taken for someone else's.
  const sockets = await procListeners();
  const own = await socketsOf(pid);
  return sockets.map(({ port, inode }) => ({ port, own: own.has(inode) }));
}

/** Rows of /proc/net/tcp{,6} in state 0A (listening): column 1 is address:port in hex, column 9 the inode. See proc(5). */
async function procListeners(): Promise<{ port: number; inode: string }[]> {
  const tables = await Promise.all(
    ['tcp', 'tcp6'].map((name) => readFile(`/proc/net/${name}`, 'utf8').catch(() => '')),
  );
  return tables
    .flatMap((table) => table.split('\n').slice(1))
    .map((row) => row.trim().split(/\s+/))
    .filter((columns) => columns[3] === '0A')
    .map((columns) => ({ port: Number.parseInt(columns[1]!.split(':')[1]!, 16), inode: columns[9]! }));
}

/** Inodes of the sockets a process holds; none when it has ended. */
async function socketsOf(pid: number): Promise<Set<string>> {
  const folder = `/proc/${pid}/fd`;
  const names = await readdir(folder).catch(() => []);
  const targets = await Promise.all(names.map((name) => readlink(`${folder}/${name}`).catch(() => '')));
  return new Set(targets.flatMap((target) => /^socket:\[(\d+)\]$/.exec(target)?.[1] ?? []));
}

/** lsof -F prints one field a line: `p` a process, then an `n127.0.0.1:8080` for each of its sockets. It exits 1 when it finds none. */
async function fromLsof(pid: number, signal: AbortSignal): Promise<Listening[]> {
  const { stdout } = await run('lsof', ['-nP', '-iTCP', '-sTCP:LISTEN', '-Fpn'], { signal, timeout: 10_000 });
  let own = false;
  return stdout.split('\n').flatMap((line) => {
    if (line.startsWith('p')) own = Number(line.slice(1)) === pid;
    const port = /^n.*:(\d+)$/.exec(line)?.[1];
    return port === undefined ? [] : [{ port: Number(port), own }];
  });
}
