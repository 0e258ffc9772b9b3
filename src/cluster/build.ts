/** Builds the Go programs of `labkit` on first use and keeps them, keyed by their sources. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Failure } from '../core/failure.ts';
import { t } from '../core/l10n.ts';
import type { Log } from '../core/log.ts';
import { type RunOptions, type RunResult, run } from '../core/processes.ts';
import { withLock } from './lock.ts';

export interface BuildPlace {
  /** The folder `labkit` with the Go sources; it may be read-only. */
  readonly labkitFolder: string;
  /** Where built programs are kept: `<cacheFolder>/labkit/<name>-<hash>/gantry-<name>`. */
  readonly cacheFolder: string;
  readonly log: Log;
  /** The environment `go` runs in; its proxy and GOPROXY settings are honoured. */
  readonly env: NodeJS.ProcessEnv;
  /** This machine when left out. */
  readonly target?: GoTarget;
}

/** Where a program will run that is no part of this machine: a pod. */
export interface GoTarget {
  /** As Go names them. */
  readonly os: string;
  readonly arch: string;
}

/** Gets sentences for the person. */
export type Report = (sentence: string) => void;

/** Milliseconds for the proxy to answer one request of a few bytes: far above any working connection. */
const proxyPatience = 10_000;

/**
 * The built program of `labkit/<name>`; builds it if it is not there yet. Several builders, also in other windows, wait
 * for one another. Throws Failure: `toolMissing` without a fitting Go, `unreachable` without a module proxy,
 * `cancelled`, `internal` with the compiler's or the system's sentence.
 */
export async function buildLabkit(
  name: string,
  place: BuildPlace,
  report: Report,
  signal: AbortSignal,
): Promise<string> {
  const kept = join(place.cacheFolder, 'labkit');
  const folder = join(kept, `${name}-${await sourceHash(place, name)}`);
  const program = join(folder, programName(name, place.target));
  if (existsSync(program)) return program;
  const work = async (): Promise<void> => {
    if (existsSync(program)) return;
    await removeDrafts(kept, name);
    const draft = join(kept, `.${name}-${process.pid}`);
    try {
      await mkdir(join(draft, 'tmp'), { recursive: true });
      await new GoBuild(name, place, draft, report, signal).run();
      await rm(join(draft, 'tmp'), { recursive: true });
      await rename(draft, folder);
    } finally {
      await rm(draft, { recursive: true, force: true });
    }
  };
  await withLock(join(kept, `${name}.lock`), work, signal, () =>
    report(t('Waiting for another window that builds {0}.', name)),
  );
  return program;
}

/** What the program is made of: its sources, its pinned modules, and what all of labkit shares. */
async function sourceHash({ labkitFolder, target }: BuildPlace, name: string): Promise<string> {
  const { os, arch } = target ?? { os: process.platform, arch: process.arch };
  const hash = createHash('sha256').update(`${os}-${arch}`);
  for (const module of [name, 'shared']) {
    const entries = await readdir(join(labkitFolder, module), { recursive: true, withFileTypes: true });
    const files = entries
      .filter((entry) => entry.isFile() && !entry.name.endsWith('_test.go'))
      .map((entry) => join(entry.parentPath, entry.name));
    for (const file of files.sort()) hash.update(`\0${file.slice(labkitFolder.length)}\0`).update(await readFile(file));
  }
  return hash.digest('hex').slice(0, 16);
}

const programName = (name: string, target?: GoTarget): string =>
  `gantry-${name}${(target?.os ?? process.platform) === 'win32' ? '.exe' : ''}`;

/** What builders that were killed left; called under the lock, so none of them is at work. */
async function removeDrafts(kept: string, name: string): Promise<void> {
  for (const entry of await readdir(kept)) {
    if (entry.startsWith(`.${name}-`)) await rm(join(kept, entry), { recursive: true, force: true });
  }
}

interface GoOptions extends Pick<RunOptions, 'env' | 'cwd' | 'timeout' | 'onOutput' | 'missing'> {
  /** At low priority. */
  readonly gently?: boolean;
}

class GoBuild {
  readonly #name: string;
  readonly #source: string;
  readonly #draft: string;
  readonly #place: BuildPlace;
  readonly #report: Report;
  readonly #signal: AbortSignal;
  readonly #env: NodeJS.ProcessEnv;

  constructor(name: string, place: BuildPlace, draft: string, report: Report, signal: AbortSignal) {
    this.#name = name;
    this.#source = join(place.labkitFolder, name);
    this.#draft = draft;
    this.#place = place;
    this.#report = report;
    this.#signal = signal;
    this.#env = goEnvironment(place.env, join(draft, 'tmp'), place.target);
  }

  async run(): Promise<void> {
    const started = Date.now();
    await this.#checkGo();
    const packages = await this.#countPackages();
    await this.#compile(packages);
    this.#place.log.info(`built labkit/${this.#name} in ${((Date.now() - started) / 1000).toFixed(1)} s`);
  }

  /** A Go that is new enough; `go.mod` says how new. */
  async #checkGo(): Promise<void> {
    const required = /^go (\d+\.\d+)/m.exec(await readFile(join(this.#source, 'go.mod'), 'utf8'))?.[1] ?? '';
    const missing = t(
      'Go was not found on PATH. Install Go {0} or newer from https://go.dev/dl, open the editor or terminal anew and try again.',
      required,
    );
    const found = (await this.#go(['env', 'GOVERSION'], { missing })).stdout.trim();
    if (isOlder(found, required)) {
      throw new Failure(
        'toolMissing',
        t('Go {0} or newer is needed, but {1} was found. Install it from https://go.dev/dl.', required, found),
      );
    }
  }

  /** How many packages the program consists of. Downloads the modules that are missing, after asking whether that works. */
  async #countPackages(): Promise<number> {
    this.#report(t('Looking for the Go modules of {0}.', this.#name));
    const list = ['list', '-deps', '-f', '.', '.'];
    let listed = await this.#go(list, { env: { ...this.#env, GOPROXY: 'off' } });
    if (listed.code !== 0) {
      await this.#checkProxy();
      let downloads = 0;
      listed = await this.#go(list, {
        onOutput: (text) => {
          downloads += text.match(/^go: downloading /gm)?.length ?? 0;
          if (downloads > 0) this.#report(t('Downloading the Go modules of {0}: {1} so far.', this.#name, downloads));
        },
      });
      if (listed.code !== 0) throw goFailure(this.#name, listed.stderr);
    }
    return listed.stdout.split('\n').length;
  }

  /** Asks for one small file the way `go` will ask for all. A proxy that swallows packets would otherwise cost minutes. */
  async #checkProxy(): Promise<void> {
    const module = /^\s+(\S+) (v\d\S*)/m.exec(
      (await readFile(join(this.#source, 'go.mod'), 'utf8')).replace(/^\tgantry\.local.*$/gm, ''),
    );
    if (module === null) return;
    const folder = join(this.#draft, 'tmp');
    // An empty module cache makes it ask; checksums of go.sum guard the real downloads.
    const env = { ...this.#env, GOFLAGS: '-mod=mod', GOMODCACHE: join(folder, 'mod'), GONOSUMDB: '*' };
    const ask = ['list', '-m', `${module[1]}@${module[2]}`];
    try {
      const answer = await this.#go(ask, { env, cwd: folder, timeout: proxyPatience });
      if (answer.code !== 0) throw new Failure('unreachable', lastLine(answer.stderr));
    } catch (error) {
      if (!(error instanceof Failure) || (error.kind !== 'timeout' && error.kind !== 'unreachable')) throw error;
      throw await this.#proxyFailure(error);
    }
  }

  async #proxyFailure(cause: Failure): Promise<Failure> {
    const proxy = (await this.#go(['env', 'GOPROXY'])).stdout.trim();
    return new Failure(
      'unreachable',
      t(
        'Go cannot download modules through GOPROXY={0} ({1}). Set GOPROXY to a module proxy you can reach (go env -w GOPROXY=…), or HTTPS_PROXY to the proxy of your network, and try again.',
        proxy,
        cause.message,
      ),
      cause,
    );
  }

  async #compile(packages: number): Promise<void> {
    const program = join(this.#draft, programName(this.#name, this.#place.target));
    const flags = await this.#linkerFlags();
    const sentence = (done: number): string =>
      t('Building {0}: {1} of at most {2} packages.', this.#name, done, packages);
    let done = 0;
    this.#report(sentence(0));
    const built = await this.#go(['build', '-v', '-trimpath', '-ldflags', flags, '-o', program, '.'], {
      gently: true,
      onOutput: (text) => {
        done += text.match(/\n/g)?.length ?? 0;
        this.#report(sentence(done));
      },
    });
    if (built.code !== 0) throw goFailure(this.#name, built.stderr);
  }

  /** `labkit/<name>/ldflags` holds what only the linker can set, such as the version a program reports. */
  async #linkerFlags(): Promise<string> {
    const own = join(this.#source, 'ldflags');
    const more = existsSync(own) ? (await readFile(own, 'utf8')).split('\n') : [];
    return ['-s', '-w', ...more].join(' ').trim();
  }

  #go(args: readonly string[], { gently = false, ...options }: GoOptions = {}): Promise<RunResult> {
    // Minutes of compiling must not slow the editor down.
    const command = gently && process.platform !== 'win32' ? ['nice', 'go'] : ['go'];
    const [program, ...words] = [...command, ...args] as [string, ...string[]];
    return run(program, words, { cwd: this.#source, env: this.#env, signal: this.#signal, ...options });
  }
}

/** The person's own environment, without what would make the build another one. An empty variable would fall back to `go env -w`. */
function goEnvironment(env: NodeJS.ProcessEnv, temporary: string, target?: GoTarget): NodeJS.ProcessEnv {
  const arch: Readonly<Record<string, string>> = { x64: 'amd64', ia32: '386' };
  return {
    ...env,
    GOFLAGS: '-mod=readonly -buildvcs=false',
    GOWORK: 'off',
    GO111MODULE: 'on',
    GOTOOLCHAIN: 'local',
    CGO_ENABLED: '0',
    GOOS: target?.os ?? (process.platform === 'win32' ? 'windows' : process.platform),
    GOARCH: target?.arch ?? arch[process.arch] ?? process.arch,
    // A build that is cancelled is killed; what it leaves lies in our folder and goes with it.
    GOTMPDIR: temporary,
  };
}

/** Compares `go1.26.8` with `1.26`. */
function isOlder(found: string, required: string): boolean {
  const numbers = (version: string): number[] => [...version.matchAll(/\d+/g)].map(([digits]) => Number(digits));
  const [[major = 0, minor = 0], [needMajor = 0, needMinor = 0]] = [numbers(found), numbers(required)];
  return major < needMajor || (major === needMajor && minor < needMinor);
}

/** What `go` said, as a failure that says what to do about it. */
export function goFailure(name: string, stderr: string): Failure {
  const line = lastLine(stderr);
  if (/no space left on device|disk quota exceeded/i.test(stderr)) {
    return new Failure(
      'internal',
      t('The disk is full: {0} could not be built. Make room and try again.', name),
      stderr,
    );
  }
  if (
    /dial tcp|i\/o timeout|connection re(fused|set)|no such host|proxyconnect|TLS handshake|unexpected EOF/i.test(
      stderr,
    )
  ) {
    return new Failure(
      'unreachable',
      t(
        'The Go modules of {0} could not be downloaded ({1}). Check GOPROXY and HTTPS_PROXY and try again.',
        name,
        line,
      ),
      stderr,
    );
  }
  return new Failure('internal', t('{0} could not be built: {1}', name, line), stderr);
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1)?.trim() ?? '';
}

/** The folder that holds everything built, for lists of what Gantry keeps. */
export const labkitCache = (cacheFolder: string): string => join(cacheFolder, 'labkit');
