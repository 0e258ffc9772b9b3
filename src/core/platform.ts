/** What differs between systems, in one place. */
import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where Gantry keeps what can be made again (built binaries, embedded cluster state); `Gantry: Remove Everything` deletes it. */
export function cacheFolder(
  env: NodeJS.ProcessEnv = process.env,
  platform: NodeJS.Platform = process.platform,
): string {
  if (platform === 'win32') return join(env['LOCALAPPDATA'] ?? join(homedir(), 'AppData', 'Local'), 'gantry');
  if (platform === 'darwin') return join(homedir(), 'Library', 'Caches', 'gantry');
  return join(env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'gantry');
}
