/** Notices sockets that appear, without asking anybody. */
import { type FSWatcher, existsSync, watch } from 'node:fs';
import { basename, dirname } from 'node:path';
import type { Disposable } from '../core/disposable.ts';

/** Milliseconds between a socket's appearance and the question who answers there: engines listen a moment after they bind. */
const settling = 300;

/**
 * Calls `appeared` once, soon after one of the sockets is made, or the first of the folders that lead to it. What cannot
 * be watched is left out.
 */
export function watchForSockets(paths: readonly string[], appeared: () => void): Disposable {
  const watchers: FSWatcher[] = [];
  let timer: NodeJS.Timeout | undefined;
  const awaited = Map.groupBy(paths.filter((path) => path.startsWith('/')).map(missingPart), ({ folder }) => folder);
  for (const [folder, parts] of awaited) {
    const names = new Set(parts.map(({ name }) => name));
    try {
      const watcher = watch(folder, { persistent: false }, (_, name) => {
        if (name === null || !names.has(name)) return;
        timer ??= setTimeout(appeared, settling);
      });
      watcher.on('error', () => watcher.close());
      watchers.push(watcher);
    } catch {
      // No permission, or too many watches: the search that is made at a ping's pace finds it.
    }
  }
  return {
    dispose: () => {
      clearTimeout(timer);
      for (const watcher of watchers) watcher.close();
    },
  };
}

/** The last folder of a path that exists, and the name in it that does not; the path's own name when all exist. */
function missingPart(path: string): { readonly folder: string; readonly name: string } {
  let [folder, name] = [dirname(path), basename(path)];
  while (folder !== '/' && !existsSync(folder)) [folder, name] = [dirname(folder), basename(folder)];
  return { folder, name };
}
