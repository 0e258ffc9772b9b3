/** Waits for something to be saved in a folder. */
import { type FSWatcher, watch } from 'node:fs';
import type { Disposable } from '../core/disposable.ts';
import { errnoOf, Failure, toFailure } from '../core/failure.ts';
import { t } from '../core/l10n.ts';

/** Milliseconds in which what is saved together comes together; what comes later ends the round and begins another. */
const gather = 50;
/** Written by other programs, all the time, and never part of what is built. */
const foreign = /(?:^|[/\\])(?:\.git|node_modules|\.gantry)(?:[/\\]|$)/;

export class SavedFiles implements Disposable {
  readonly #watchers: FSWatcher[];
  #next = Promise.withResolvers<void>();
  #timer: NodeJS.Timeout | undefined;

  /** Throws Failure when the system allows no more watches. */
  constructor(folders: readonly string[]) {
    try {
      this.#watchers = folders.map((folder) => {
        const watcher = watch(folder, { recursive: true }, (_, name) => this.#onEvent(name));
        watcher.on('error', (error) => this.#next.reject(watchFailure(error)));
        return watcher;
      });
    } catch (error) {
      throw watchFailure(error);
    }
    this.#next.promise.catch(() => {}); // Nobody may be waiting when it fails; who comes later is told.
  }

  /** Resolves when something was saved since it resolved before, a short while after the last of it. */
  async saved(): Promise<void> {
    await this.#next.promise;
    this.#next = Promise.withResolvers();
    this.#next.promise.catch(() => {});
  }

  dispose(): void {
    clearTimeout(this.#timer);
    for (const watcher of this.#watchers) watcher.close();
  }

  #onEvent(name: string | null): void {
    if (name !== null && foreign.test(name)) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#next.resolve(), gather);
  }
}

const watchFailure = (error: unknown): Failure =>
  errnoOf(error) === 'ENOSPC' || errnoOf(error) === 'EMFILE'
    ? new Failure(
        'internal',
        t('The system lets no more files be watched. Raise fs.inotify.max_user_watches, or leave fewer folders open.'),
        error,
      )
    : toFailure(error);
