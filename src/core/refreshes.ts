/** When a tree's view is told that rows changed. */
import { type Clock, systemClock } from './backoff.ts';
import type { Disposable } from './disposable.ts';

/** Milliseconds: both messages no longer come in one, also on a machine with much to do. */
const apart = 100;

/**
 * Tells a view of VS Code which folders to ask for again, but none right after its rows were given. A refresh that comes to
 * the window together with the folder's rows is taken for done, while the extension host has forgotten the rows by then:
 * what is unfolded below them stays empty until the whole view is drawn anew (seen in VS Code 1.134, on a busy machine).
 */
export class Refreshes<Node extends object> implements Disposable {
  readonly #tell: (nodes: Node[] | undefined) => void;
  readonly #clock: Clock;
  readonly #disposed = new AbortController();
  /** Folder → when its rows were given. */
  readonly #given = new WeakMap<object, number>();
  /** Stands for the folder of the roots. */
  readonly #roots = {};

  constructor(tell: (nodes: Node[] | undefined) => void, clock: Clock = systemClock) {
    this.#tell = tell;
    this.#clock = clock;
  }

  /** The rows of a folder, or the roots, were given to the view. */
  gave(folder: Node | undefined): void {
    this.#given.set(folder ?? this.#roots, this.#clock.now());
  }

  /** Rows or what is below them changed; undefined when the roots did. Told at once, or as soon as it may be. */
  announce(nodes: readonly Node[] | undefined): void {
    const wait = Math.max(0, ...(nodes ?? [this.#roots]).map((node) => this.#wait(node)));
    const told = nodes === undefined ? undefined : [...nodes];
    if (wait === 0) return this.#tell(told);
    this.#clock.sleep(wait, this.#disposed.signal).then(
      () => this.announce(told), // They may have been given again meanwhile.
      () => undefined,
    );
  }

  dispose(): void {
    this.#disposed.abort();
  }

  #wait(node: object): number {
    const since = this.#clock.now() - (this.#given.get(node) ?? -Infinity);
    return since < 0 ? 0 : Math.max(0, apart - since); // The clock may be set back.
  }
}
