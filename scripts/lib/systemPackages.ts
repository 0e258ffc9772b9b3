/** Debian packages that scripts and tests need. As root on Debian they are installed; elsewhere the command is named. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { Failure } from '../../src/core/failure.ts';

/** Makes sure that every package is there. @throws Failure `toolMissing` naming the command to run. */
export async function needSystemPackages(names: readonly string[], say: (line: string) => void): Promise<void> {
  if (!existsSync('/etc/debian_version')) return; // Other systems bring these with their compilers and desktops.
  const missing = names.filter((name) => !isInstalled(name));
  if (missing.length === 0) return;
  const command = `apt-get install -y --no-install-recommends ${missing.join(' ')}`;
  if (process.getuid?.() !== 0) throw new Failure('toolMissing', `System packages are missing. Run: sudo ${command}`);
  say(`Installing system packages: ${missing.join(' ')} …`);
  apt(['update', '-q']);
  apt(['install', '-y', '-q', '--no-install-recommends', ...missing]);
  const still = missing.filter((name) => !isInstalled(name));
  if (still.length > 0)
    throw new Failure(
      'toolMissing',
      `These system packages could not be installed: ${still.join(' ')}. Run: ${command}`,
    );
}

function isInstalled(name: string): boolean {
  const { stdout, status } = spawnSync('dpkg-query', ['-W', '-f=${Status}', name], { encoding: 'utf8' });
  return status === 0 && stdout.includes('install ok installed');
}

function apt(args: readonly string[]): void {
  spawnSync('apt-get', args, { stdio: ['ignore', 2, 2], env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } });
}
