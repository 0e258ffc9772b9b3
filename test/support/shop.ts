/** The demo shop of `examples/shop`: built once for each state of its source, all four services in one process. */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { access, mkdir, mkdtemp, readFile, readdir, readlink, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { cacheFolder } from '../../src/core/platform.ts';
import { run } from '../../src/core/processes.ts';

const source = join(import.meta.dirname, '../../examples/shop');

export const shopServices = ['users', 'products', 'orders', 'payments'] as const;
export type ShopService = (typeof shopServices)[number];

export interface ShopOptions {
  /** Ports of 127.0.0.1, in the order of `shopServices`; without them the kernel chooses. */
  readonly ports?: readonly number[];
  /** Ends the build and the shop. */
  readonly signal?: AbortSignal;
}

export interface Shop {
  readonly pid: number;
  /** Service → `127.0.0.1:port`. */
  readonly addresses: Readonly<Record<ShopService, string>>;
  /** How often each method was called since the start, as the shop itself counted: `/shop.v1.UsersService/GetUser` → 1. */
  calls(): Promise<Record<string, number>>;
  /** Resolves when the process is gone; safe to call twice. */
  stop(): Promise<void>;
}

/** Starts a shop that lasts until `stop`, and at the longest as long as this process, however that ends. */
export async function startShop(
  { ports, signal }: ShopOptions = {},
  say: (line: string) => void = () => {},
): Promise<Shop> {
  const program = await buildShop(say, signal);
  const listen = shopServices.map((name, i) => `-${name}=127.0.0.1:${ports?.[i] ?? 0}`);
  // `-until-eof`: its input ends when this process does, also when that is killed.
  const child = spawn(program, ['-until-eof', '-debug=127.0.0.1:0', ...listen], { stdio: ['pipe', 'pipe', 'pipe'] });
  const stop = (): Promise<void> => end(child);
  try {
    signal?.addEventListener('abort', () => void stop(), { once: true });
    const bound = await announced(child);
    signal?.throwIfAborted();
    await checkListeners(child.pid!, Object.values(bound));
    const { debug, ...addresses } = bound;
    const calls = async (): Promise<Record<string, number>> =>
      (await (await fetch(`http://${debug}/calls`)).json()) as Record<string, number>;
    return { pid: child.pid!, addresses, calls, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

type Child = ChildProcessByStdio<Writable, Readable, Readable>;
type Bound = Record<ShopService | 'debug', string>;

/** The program's path; built when no build of this source is cached. */
async function buildShop(say: (line: string) => void, signal?: AbortSignal): Promise<string> {
  const folder = join(cacheFolder(), 'test', 'shop', await sourceHash());
  const program = join(folder, process.platform === 'win32' ? 'shop.exe' : 'shop');
  if (await exists(program)) return program;
  say('Building the demo services …');
  await mkdir(join(folder, '..'), { recursive: true });
  const making = await mkdtemp(`${folder}-`);
  try {
    const { code, stderr } = await run('go', ['build', '-trimpath', '-o', `${making}/`, './cmd/shop'], {
      cwd: source,
      ...(signal === undefined ? {} : { signal }),
    });
    if (code !== 0) throw new Error(`examples/shop does not build:\n${stderr}`);
    // Renamed only when whole, so that a build that was cut off is never used.
    await rename(making, folder).catch(async (error: unknown) => {
      if (!(await exists(program))) throw error; // Otherwise somebody else was faster.
    });
  } finally {
    await rm(making, { recursive: true, force: true });
  }
  return program;
}

async function sourceHash(): Promise<string> {
  const files = (await readdir(source, { recursive: true }))
    .filter((file) => /(\.go|go\.mod|go\.sum)$/.test(file) && !file.endsWith('_test.go'))
    .sort();
  const hash = createHash('sha256');
  for (const file of files) hash.update(`${file}\0`).update(await readFile(join(source, file)));
  return hash.digest('hex').slice(0, 16);
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

/** The line of JSON that says where it listens. Its log goes on being read, so that it never blocks on a full pipe. */
async function announced(child: Child): Promise<Bound> {
  let log = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (log = (log + text).slice(-4096)));
  const failed = once(child, 'error').then(([error]) => Promise.reject(error as Error));
  const line = (async () => {
    for await (const text of createInterface({ input: child.stdout })) return text;
    throw new Error(`the shop ended before it served:\n${log}`);
  })();
  return JSON.parse(await Promise.race([line, failed])) as Bound;
}

/** Fails when one of the addresses is listened on by another process. Linux only: elsewhere the shop's word must do. */
async function checkListeners(pid: number, addresses: readonly string[]): Promise<void> {
  if (process.platform !== 'linux') return;
  const links = (await readdir(`/proc/${pid}/fd`)).map((fd) => readlink(`/proc/${pid}/fd/${fd}`).catch(() => ''));
  const sockets = new Set(await Promise.all(links));
  const listening = new Map<number, string>();
  for (const line of (await readFile(`/proc/${pid}/net/tcp`, 'utf8')).split('\n').slice(1)) {
    // sl local_address rem_address st tx:rx tr:tm retrnsmt uid timeout inode …; 0A is LISTEN (proc(5)).
    const [, local, , state, , , , , , inode] = line.trim().split(/\s+/);
    if (state === '0A' && local !== undefined) listening.set(parseInt(local.split(':')[1]!, 16), `socket:[${inode}]`);
  }
  for (const address of addresses) {
    const socket = listening.get(Number(address.split(':')[1]));
    if (socket === undefined || !sockets.has(socket))
      throw new Error(`${address} is not listened on by process ${pid}`);
  }
}

/** Asks it to stop, and kills it when it does not within the grace that the shop gives its calls. */
async function end(child: Child): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  const timer = setTimeout(() => child.kill('SIGKILL'), 12_000);
  child.stdin.end();
  await exited;
  clearTimeout(timer);
}
