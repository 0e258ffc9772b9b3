/** The two programs that a container needs for debugging: the service with nothing optimised away, and Delve. */
import { mkdir, open, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Failure } from '../../core/failure.ts';
import { t } from '../../core/l10n.ts';
import { cacheFolder } from '../../core/platform.ts';
import { run } from '../../core/processes.ts';
import { findProgram, pathFolders } from '../../core/programs.ts';

/** Where the programs will run. */
export interface Target {
  /** `amd64`, `arm64`. */
  readonly arch: string;
  readonly env: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
}

/** Compiles a package for the debugger. Throws Failure `invalid` with the compiler's words. */
export async function debugVariant(
  folder: string,
  pkg: string,
  output: string,
  cgo: boolean,
  { arch, env, signal }: Target,
): Promise<void> {
  const args = ['build', '-gcflags=all=-N -l', '-o', output, pkg];
  const { code, stderr } = await run('go', args, {
    cwd: folder,
    signal,
    env: { ...env, GOOS: 'linux', GOARCH: arch, CGO_ENABLED: cgo ? '1' : '0' },
  });
  if (code !== 0) throw new Failure('invalid', t('{0} does not build: {1}', pkg, stderr.trim().slice(-1000)));
}

const delve = 'github.com/go-delve/delve/cmd/dlv';

/** Path of a Delve that runs in any Linux container: the installed one when it needs no C library, else one built like it. */
export async function delveFor(target: Target): Promise<string> {
  const { env, signal, arch } = target;
  const version = await installedVersion(env, signal);
  const kept = join(cacheFolder(), 'dlv', `${version}-linux-${arch}`, 'dlv');
  const installed = await findProgram('dlv', pathFolders(env));
  for (const path of [kept, ...(installed === undefined ? [] : [installed])]) {
    if (await runsAnywhere(path, arch)) return path;
  }
  await buildDelve(version, kept, target);
  return kept;
}

/** Throws Failure `toolMissing` when there is none. */
async function installedVersion(env: NodeJS.ProcessEnv, signal: AbortSignal): Promise<string> {
  const missing = t('Delve is not installed. Run: {0}', `go install ${delve}@latest`);
  const { stdout } = await run('dlv', ['version'], { env, signal, missing, timeout: 20_000 });
  const version = /^Version: (\d+\.\d+\.\d+\S*)/m.exec(stdout)?.[1];
  if (version === undefined) throw new Failure('toolMissing', missing);
  return version;
}

const machines: Readonly<Record<string, number>> = { amd64: 0x3e, arm64: 0xb7 };

/** An ELF program for the processor that names no loader, and so needs no C library. */
async function runsAnywhere(path: string, arch: string): Promise<boolean> {
  const file = await open(path).catch(() => undefined);
  if (file === undefined) return false;
  try {
    const { buffer } = await file.read(Buffer.alloc(4096), 0, 4096, 0);
    if (buffer.toString('latin1', 0, 4) !== '\u007fELF' || buffer.readUInt16LE(18) !== machines[arch]) return false;
    const [at, size, count] = [Number(buffer.readBigUInt64LE(32)), buffer.readUInt16LE(54), buffer.readUInt16LE(56)];
    const loader = 3; // PT_INTERP
    return Array.from({ length: count }, (_, i) => at + i * size)
      .filter((place) => place + 4 <= buffer.length)
      .every((place) => buffer.readUInt32LE(place) !== loader);
  } finally {
    await file.close();
  }
}

/** A module of its own, because `go install` refuses to cross-compile where GOBIN is set. */
async function buildDelve(version: string, to: string, { arch, env, signal }: Target): Promise<void> {
  const folder = dirname(to);
  await mkdir(folder, { recursive: true });
  const [module] = delve.split('/cmd/');
  await writeFile(join(folder, 'go.mod'), `module gantry.local/dlv\n\ngo 1.24\n\nrequire ${module} v${version}\n`);
  const { code, stderr } = await run('go', ['build', '-mod=mod', '-o', `${to}.new`, delve], {
    cwd: folder,
    signal,
    env: { ...env, GOOS: 'linux', GOARCH: arch, CGO_ENABLED: '0', GOWORK: 'off', GOFLAGS: '' },
  });
  if (code !== 0) {
    throw new Failure('invalid', t('Delve does not build for linux/{0}: {1}', arch, stderr.trim().slice(-1000)));
  }
  await rename(`${to}.new`, to);
}
