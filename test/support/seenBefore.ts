/** Slow tests that passed once on the same sources, remembered in the person's cache by the hash of those sources. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { root } from '../../scripts/lib/project.ts';
import { lazy } from '../../src/core/lazy.ts';
import { cacheFolder } from '../../src/core/platform.ts';
import { run } from '../../src/core/processes.ts';

export interface SeenBefore {
  has(test: string): Promise<boolean>;
  /** To be called when it has passed. */
  add(test: string): Promise<void>;
}

/** @param sources files and folders that decide what is seen, below the project. */
export function seenBefore(name: string, sources: readonly string[]): SeenBefore {
  const folder = lazy(async () => {
    const { stdout } = await run('go', ['version']);
    const hash = createHash('sha256').update(stdout);
    for (const source of sources) await addTo(hash, join(root, source));
    return join(cacheFolder(), 'test', `${name}-${hash.digest('hex').slice(0, 16)}`);
  });
  return {
    has: async (test) => existsSync(join(await folder(), test)),
    async add(test) {
      await mkdir(await folder(), { recursive: true });
      await writeFile(join(await folder(), test), '');
    },
  };
}

async function addTo(hash: ReturnType<typeof createHash>, path: string): Promise<void> {
  if ((await stat(path)).isDirectory()) {
    for (const name of (await readdir(path)).sort()) await addTo(hash, join(path, name));
  } else hash.update(`\0${path.slice(root.length)}\0`).update(await readFile(path));
}
