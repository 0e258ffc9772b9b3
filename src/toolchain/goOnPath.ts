/** Finds Go where its installers put it, for those whose PATH does not have it, or not yet. */
import { delimiter, dirname, join } from 'node:path';
import { findProgram, pathFolders } from '../core/programs.ts';

/**
 * Where installers put Go, the person's own choice first: the archive and the packages of https://go.dev/doc/install,
 * Homebrew's folder on Apple silicon, snap's.
 */
export function usualFolders(env: NodeJS.ProcessEnv, platform: NodeJS.Platform = process.platform): string[] {
  const own = env['GOROOT'] ? [join(env['GOROOT'], 'bin')] : [];
  if (platform === 'win32') return [...own, join(env['ProgramFiles'] ?? 'C:\\Program Files', 'Go', 'bin')];
  return [...own, '/usr/local/go/bin', '/opt/homebrew/bin', '/snap/bin'];
}

/**
 * Puts the first of these folders that holds Go at the end of PATH in `env`, when no folder of PATH does; so that Go is
 * found by all that is started with `env`. Resolves to whether there is one.
 */
export async function putGoOnPath(
  env: NodeJS.ProcessEnv,
  folders: readonly string[] = usualFolders(env),
): Promise<boolean> {
  const found = await findProgram('go', [...pathFolders(env), ...folders]);
  if (found === undefined) return false;
  const folder = dirname(found);
  if (!pathFolders(env).includes(folder)) env['PATH'] = [env['PATH'], folder].filter(Boolean).join(delimiter);
  return true;
}
