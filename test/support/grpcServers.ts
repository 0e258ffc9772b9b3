/** The Go servers of the gRPC tests: built once for each state of their source, started by one test, gone with it. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { access, mkdir, mkdtemp, readFile, readdir, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { cacheFolder } from '../../src/core/platform.ts';
import { lazy } from '../../src/core/lazy.ts';
import { run } from '../../src/core/processes.ts';

const source = join(import.meta.dirname, 'grpcServers');
/** Without C, so that they also run in a pod whose image holds nothing else. */
const build = { CGO_ENABLED: '0', GOOS: 'linux' };

export interface GrpcServerOptions {
  /** How reflection behaves; the Go source says what each stands for. */
  readonly reflection?:
    | 'both'
    | 'v1'
    | 'v1alpha'
    | 'none'
    | 'lean'
    | 'gap'
    | 'v1unavailable'
    | 'v1reset'
    | 'broken'
    | 'never'
    | 'cyclic'
    | 'huge'
    | 'deep'
    | 'names';
  readonly tls?: boolean;
  /** What is the matter with its certificate; `client` also wants one of the client, written beside it. */
  readonly certificate?: 'good' | 'expired' | 'othername' | 'client';
  /** Listen on this address again. */
  readonly address?: string;
  /** False: grpc-go's own service alone. */
  readonly echo?: boolean;
  /** Listen on this socket file instead of a port; the test owns its folder. */
  readonly unix?: string;
}

export interface GrpcServer {
  /** `127.0.0.1:port`, or the socket's path. */
  readonly address: string;
  /** File of the certificate, when it speaks TLS. */
  readonly certificate: string;
  readonly pid: number;
  /** What the clients really did, as the server saw it. */
  counts(): Promise<{
    calls: Record<string, number>;
    sent: number;
    running: number;
    connections: number;
    compressed: number;
  }>;
  stop(): Promise<void>;
}

/** The programs' path; built when no build of this source is cached. */
export const buildGrpcServers = lazy(async (): Promise<string> => {
  const names = (await readdir(source, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  const hash = createHash('sha256').update(JSON.stringify(build));
  for (const name of names) hash.update(name.slice(source.length)).update(await readFile(name));
  const folder = join(cacheFolder(), 'test', `grpcServers-${hash.digest('hex').slice(0, 16)}`);
  const exists = await access(folder).then(
    () => true,
    () => false,
  );
  if (!exists) await buildInto(folder);
  return folder;
});

async function buildInto(folder: string): Promise<void> {
  await mkdir(join(folder, '..'), { recursive: true });
  const making = await mkdtemp(`${folder}-`);
  try {
    const { code, stderr } = await run('go', ['build', '-trimpath', '-o', `${making}/`, '.', './descriptors'], {
      cwd: source,
      env: { ...process.env, ...build },
    });
    if (code !== 0) throw new Error(`the gRPC test servers do not build:\n${stderr}`);
    // Renamed only when whole, so that a build that was cut off is never used.
    await rename(making, folder);
  } catch (error) {
    await rm(making, { recursive: true, force: true });
    await access(folder).catch(() => {
      throw error;
    });
  }
}

/** Starts a server of its own. It listens on a port that the kernel gave it, so the address it prints is its own. */
export async function startGrpcServer(options: GrpcServerOptions = {}): Promise<GrpcServer> {
  const program = join(await buildGrpcServers(), 'grpcservers');
  const folder = await mkdtemp(join(tmpdir(), 'gantry-grpc-'));
  const certificate = join(folder, 'certificate.pem');
  const child = spawn(program, [
    `-reflection=${options.reflection ?? 'both'}`,
    `-echo=${options.echo ?? true}`,
    ...(options.unix === undefined ? [] : [`-unix=${options.unix}`]),
    ...(options.address === undefined ? [] : [`-address=${options.address}`]),
    ...(options.tls === true ? [`-tls=${certificate}`] : []),
    ...(options.certificate === undefined ? [] : [`-certificate=${options.certificate}`]),
  ]);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const stop = async (): Promise<void> => {
    await ended(child);
    await rm(folder, { recursive: true, force: true });
  };
  const first = await lines.next();
  if (first.done === true) {
    await stop();
    throw new Error('the gRPC test server ended before it listened');
  }
  return {
    address: first.value,
    certificate,
    pid: child.pid!,
    stop,
    counts: async () => {
      child.stdin.write('counts\n');
      return JSON.parse((await lines.next()).value as string) as Awaited<ReturnType<GrpcServer['counts']>>;
    },
  };
}

/** Its input ends, and so does it. */
function ended(child: ChildProcessWithoutNullStreams): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    child.once('exit', () => resolve());
    child.stdin.end();
  });
}
