/** Lessons that need nothing but Go, where nothing else is. Linux, as root: it takes a network namespace. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Figure } from '../figures.ts';

export async function networkOffFigure(ids: readonly string[]): Promise<Figure> {
  const alone = 'ip link set lo up && exec "$@"';
  const program = [process.execPath, ...process.execArgv, join(import.meta.dirname, 'alone.ts'), ...ids];
  const { stdout } = await promisify(execFile)('unshare', ['--net', 'sh', '-c', alone, 'sh', ...program], {
    env: { ...process.env, DOCKER_HOST: 'unix:///nowhere/docker.sock', GOPROXY: 'off' },
  });
  const proven = stdout.split('\n').filter((line) => line.endsWith(' proven')).length;
  return {
    name: 'proven with the network cut off and no engine',
    value: proven,
    unit: `of ${ids.length}`,
    must: 'all that need nothing',
    holds: proven === ids.length,
  };
}
