/**
 * Tells when one of some files changed, came or went. Folders are watched, not files: editors and cloud tools replace a
 * file by another of its name, and a watch on the file would stay with the old one.
 */
import { type FSWatcher, existsSync, realpathSync, watch } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { Coalescer } from '../core/coalesce.ts';
import type { Disposable } from '../core/disposable.ts';
import { messageOf } from '../core/failure.ts';
import type { Log } from '../core/log.ts';

/** Milliseconds between a change and its announcement, so that a file written in pieces is read once. */
const gatherFor = 200;

export class FileWatch implements Disposable {
  readonly #log: Log;
  readonly #changes: Coalescer<string>;
  /** By folder. */
  #watchers = new Map<string, FSWatcher>();
  /** The names in each folder that matter. */
  #names = new Map<string, Set<string>>();
  #disposed = false;

  /** @param onChange is called some time after a change, once for all that happened meanwhile. */
  constructor(onChange: () => void, log: Log) {
    this.#log = log;
    this.#changes = new Coalescer(gatherFor, onChange);
  }

  /** Watches these files from now on. Call again after each change: what a path leads to may be somewhere else now. */
  set(files: readonly string[]): void {
    if (this.#disposed) return;
    this.#names = placesOf(files);
    for (const [folder, watcher] of this.#watchers) if (!this.#names.has(folder)) this.#close(folder, watcher);
    for (const folder of this.#names.keys()) if (!this.#watchers.has(folder)) this.#open(folder);
  }

  dispose(): void {
    this.#disposed = true;
    this.#changes.dispose();
    for (const [folder, watcher] of this.#watchers) this.#close(folder, watcher);
  }

  #open(folder: string): void {
    try {
      // Not persistent: a watch is no reason for a program to go on.
      const watcher = watch(folder, { persistent: false }, (_, name) => {
        if (name === null || this.#names.get(folder)?.has(name)) this.#changes.add(folder);
      });
      watcher.on('error', (error) => this.#lost(folder, watcher, error));
      this.#watchers.set(folder, watcher);
    } catch (error) {
      this.#log.warn(`${folder} cannot be watched: ${messageOf(error)}`);
    }
  }

  #lost(folder: string, watcher: FSWatcher, error: unknown): void {
    this.#log.warn(`${folder} is not watched any more: ${messageOf(error)}`);
    this.#close(folder, watcher);
    this.#changes.add(folder);
  }

  #close(folder: string, watcher: FSWatcher): void {
    watcher.close();
    this.#watchers.delete(folder);
  }
}

/** Folder → names to mind in it, of the files and of what those that are links lead to. */
function placesOf(files: readonly string[]): Map<string, Set<string>> {
  const places = new Map<string, Set<string>>();
  for (const file of files) {
    for (const path of new Set([resolve(file), target(file)])) {
      const [folder, name] = placeOf(path);
      places.set(folder, (places.get(folder) ?? new Set()).add(name));
    }
  }
  return places;
}

function target(file: string): string {
  try {
    return realpathSync(file);
  } catch {
    return resolve(file); // It does not exist yet.
  }
}

/** The nearest folder that exists, and the name whose coming or changing there matters. */
function placeOf(path: string): [folder: string, name: string] {
  const folder = dirname(path);
  return existsSync(folder) || folder === path ? [folder, basename(path)] : placeOf(folder);
}
