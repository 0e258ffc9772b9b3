/** What differs between systems, in one place. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
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

/**
 * When a process was started, as the system tells it, or undefined when it does not run. Together with its id it names
 * one process for good: ids are given out again, also after a restart of the machine.
 */
export function processStarted(pid: number): string | undefined {
  try {
    if (process.platform === 'linux') return linuxStart(pid);
    if (process.platform === 'win32') return process.kill(pid, 0) ? 'running' : undefined;
    const row = execFileSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim();
    return row === '' || row.startsWith('Z') ? undefined : row.replace(/^\S+\s+/, '');
  } catch {
    return undefined; // No such process.
  }
}

/** proc(5): after the name in parentheses follow the state and, 19 fields on, the start in ticks since boot. */
function linuxStart(pid: number): string | undefined {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  if (fields[0] === 'Z' || fields[0] === 'X') return undefined;
  return `${fields[19]} ${readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim()}`;
}

/** Where it stands which objects of clusters a session of this machine has changed; see `kubernetes/loans/journal.ts`. */
export const loansFolder = (env: NodeJS.ProcessEnv = process.env): string => join(stateFolder(env), 'loans');

/** Where Gantry keeps what a person would miss, such as the objects in the local cluster. */
export function stateFolder(
  env: NodeJS.ProcessEnv = process.env,
  platform: NodeJS.Platform = process.platform,
): string {
  if (platform === 'win32' || platform === 'darwin') return join(cacheFolder(env, platform), 'state');
  return join(env['XDG_STATE_HOME'] || join(homedir(), '.local', 'state'), 'gantry');
}
