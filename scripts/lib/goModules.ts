/** Go modules as a source of files: fetched and verified by `go`, read from the module cache. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '../../src/core/processes.ts';
import { openZip } from './zip.ts';

export interface ModuleFile {
  /** Below the module's root, with slashes. */
  readonly path: string;
  readonly read: () => string;
}

/**
 * The files of a module, `path@version`, whose path the filter accepts, sorted. Throws when it cannot be fetched. A module
 * that asks for a newer Go than there is comes with an error and its archive all the same: that is enough to read.
 */
export async function moduleFiles(versioned: string, accepts: (path: string) => boolean): Promise<ModuleFile[]> {
  const cwd = await mkdtemp(join(tmpdir(), 'gantry-module-'));
  try {
    const { stdout, stderr } = await run('go', ['mod', 'download', '-json', versioned], { cwd, timeout: 600_000 });
    const answer = JSON.parse(stdout || '{}') as { Zip?: string; Error?: string };
    if (answer.Zip === undefined) throw new Error(`${versioned} could not be fetched: ${answer.Error ?? stderr}`);
    const prefix = `${versioned}/`;
    return (await openZip(answer.Zip))
      .map(({ name, read }) => ({ path: name.slice(prefix.length), read: () => read().toString('utf8') }))
      .filter(({ path }) => accepts(path))
      .sort((a, b) => (a.path < b.path ? -1 : 1));
  } finally {
    await rm(cwd, { recursive: true, force: true });
  }
}
