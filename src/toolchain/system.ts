/** The system this is. */
import { readFile } from 'node:fs/promises';
import type { System } from './tools.ts';

/** Which system this is, as far as we know how to get programs there. */
export async function currentSystem(
  platform: NodeJS.Platform = process.platform,
  readRelease: () => Promise<string> = () => readFile('/etc/os-release', 'utf8'),
): Promise<System | undefined> {
  if (platform === 'darwin' || platform === 'win32') return platform;
  const release = await readRelease().catch(() => '');
  const names = [...release.matchAll(/^ID(?:_LIKE)?="?([^"\n]*)"?$/gm)].flatMap(([, value]) => value!.split(' '));
  if (names.includes('debian')) return 'debian';
  return names.includes('fedora') ? 'fedora' : undefined;
}
