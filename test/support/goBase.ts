/** Base images for tests that build Go in containers: there is no registry here, so they are made of this machine's Go and Debian. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../../src/core/processes.ts';

/** What `golang` images set. */
export const goEnvironment = 'ENV PATH=/usr/local/go/bin:/usr/sbin:/usr/bin:/bin GOTOOLCHAIN=local GOPATH=/go';

export interface GoBaseOptions {
  /** With gcc and what it needs. */
  readonly compiler?: boolean;
  /** A module cache's download folder, which becomes /modules: GOPROXY=file:///modules reads it. */
  readonly modules?: string;
  /** A build cache, which becomes /build-cache: GOCACHE=/build-cache. Go's own library is not compiled anew then. */
  readonly cache?: string;
}

/** A root file system with a shell and Go, without what no build needs. */
export async function goBase(
  folder: string,
  { compiler = false, modules, cache }: GoBaseOptions = {},
): Promise<Buffer> {
  const { stdout } = await run('go', ['env', 'GOROOT']);
  const goroot = stdout.trim();
  const file = systemFiles(folder, 'go', [], compiler ? compilerFiles() : []);
  const rename = `--transform=s,^${goroot.slice(1)},usr/local/go,`;
  const left = ['testdata', '*_test.go', 'src/cmd', 'api', 'doc', 'misc', 'test'].map((what) => `--exclude=${what}`);
  execFileSync('tar', ['-rhf', file, '-C', '/', ...left, rename, goroot.slice(1)]);
  if (modules !== undefined) {
    execFileSync('tar', ['-rf', file, '-C', '/', `--transform=s,^${modules.slice(1)},modules,`, modules.slice(1)]);
  }
  if (cache !== undefined) {
    execFileSync('tar', ['-rf', file, '-C', '/', `--transform=s,^${cache.slice(1)},build-cache,`, cache.slice(1)]);
  }
  return readFileSync(file);
}

/** Path of an archive of this machine's programs with the libraries they load, a shell, users and certificates. */
export function systemFiles(
  folder: string,
  name: string,
  programs: readonly string[],
  more: readonly string[] = [],
): string {
  const all = ['/bin/sh', ...programs];
  const loaded = all.flatMap((path) => {
    const listed = execFileSync('ldd', [path], { encoding: 'utf8' });
    return [...listed.matchAll(/(\/\S+) \(0x/g)].map(([, library]) => library!);
  });
  const made = join(folder, name);
  for (const place of ['etc/ssl/certs', 'tmp', 'root', 'var/log', 'home'])
    mkdirSync(join(made, place), { recursive: true });
  const certificates = '/etc/ssl/certs/ca-certificates.crt';
  writeFileSync(join(made, 'etc/passwd'), 'root:x:0:0:root:/root:/bin/sh\n');
  for (const file of ['group', 'gshadow', 'shadow']) writeFileSync(join(made, 'etc', file), '');
  writeFileSync(join(made, certificates), readFileSync(certificates));
  const file = join(folder, `${name}.tar`);
  const paths = [...new Set([...all, ...loaded, ...more])].map((path) => path.slice(1));
  execFileSync('tar', ['-chf', file, '-C', '/', '-T', '-'], { input: paths.join('\n') });
  execFileSync('tar', ['-rf', file, '-C', made, '.']);
  return file;
}

const compilerPackages = [
  'gcc-12',
  'cpp-12',
  'binutils-x86-64-linux-gnu',
  'libc6-dev',
  'linux-libc-dev',
  'libgcc-12-dev',
  'libgcc-s1',
];

/** Files of Debian's C compiler and of the libraries that its programs load. */
function compilerFiles(): string[] {
  const listed = execFileSync('dpkg', ['-L', ...compilerPackages], { encoding: 'utf8' }).split('\n');
  const files = execFileSync('sh', ['-c', 'while read -r f; do if [ -f "$f" ]; then echo "$f"; fi; done'], {
    input: listed.filter((path) => !path.startsWith('/usr/share/')).join('\n'),
    encoding: 'utf8',
  })
    .trim()
    .split('\n');
  const programs = files.filter((path) =>
    /\/(?:cc1|collect2|as|ld\.bfd|x86_64-linux-gnu-(?:gcc-12|as|ld\.bfd))$/.test(path),
  );
  const loaded = programs.flatMap((path) =>
    [...execFileSync('ldd', [path], { encoding: 'utf8' }).matchAll(/(\/\S+) \(0x/g)].map(([, library]) => library!),
  );
  return [...files, ...loaded, '/usr/bin/gcc', '/usr/bin/as', '/usr/bin/ld', '/usr/bin/x86_64-linux-gnu-ld'];
}
