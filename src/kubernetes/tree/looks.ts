/** The looks at the store that one view holds: opened for folders in sight, closed for the others. */
import type { Disposable } from '../../core/disposable.ts';
import type { KindName, RowTypes } from '../kinds.ts';
import type { WatchState } from '../watchState.ts';
import { type Change, type Look, type Query, type Store, queryKey } from '../store.ts';

/** Once closed, its last rows stay readable for rows still on screen. */
interface Held {
  readonly query: Query;
  readonly look: Look<RowTypes[KindName]>;
  readonly listening: Disposable;
  open: boolean;
  /** Whether the rows could be trusted when their change was told last. */
  trusted: boolean;
}

/** A change of one query's rows; `trust` when whether they can be trusted changed too. */
export interface QueryChange extends Change {
  readonly query: Query;
  readonly trust: boolean;
}

const empty: ReadonlyMap<string, never> = new Map<string, never>();

export class Looks implements Disposable {
  readonly #store: Store;
  readonly #onChange: (change: QueryChange) => void;
  readonly #held = new Map<string, Held>();

  constructor(store: Store, onChange: (change: QueryChange) => void) {
    this.#store = store;
    this.#onChange = onChange;
  }

  rows<K extends KindName>(query: Query<K>): ReadonlyMap<string, RowTypes[K]> {
    return (this.#held.get(queryKey(query))?.look.rows ?? empty) as ReadonlyMap<string, RowTypes[K]>;
  }

  /** Undefined for what was never looked at. */
  state(query: Query): WatchState | undefined {
    return this.#held.get(queryKey(query))?.look.state();
  }

  /** The states of what is looked at in a context now. */
  statesOf(context: string): WatchState[] {
    return [...this.#held.values()]
      .filter(({ query, open }) => open && query.context === context)
      .map(({ look }) => look.state());
  }

  /** Resolves when the first rows or a failure are there. */
  async settled(query: Query): Promise<void> {
    await this.#held.get(queryKey(query))?.look.settled;
  }

  /** True when the look was not open before. */
  open(query: Query): boolean {
    const key = queryKey(query);
    if (this.#held.get(key)?.open) return false;
    const look = this.#store.look(query);
    const held: Held = {
      query,
      look,
      open: true,
      trusted: isTrusted(look.state()),
      listening: look.onDidChange((change) => {
        const trusted = isTrusted(look.state());
        const trust = trusted !== held.trusted;
        held.trusted = trusted;
        this.#onChange({ ...change, query, trust });
      }),
    };
    this.#held.set(key, held);
    return true;
  }

  /** Closes every look but these. */
  keepOnly(keys: ReadonlySet<string>): void {
    for (const [key, held] of this.#held) if (!keys.has(key)) close(held);
  }

  dispose(): void {
    for (const held of this.#held.values()) close(held);
    this.#held.clear();
  }
}

/** Rows of a lost server are shown dimmed once the loss is no hiccup any more. */
export const isTrusted = (state: WatchState | undefined): boolean =>
  state === undefined || (state.state !== 'stale' && state.state !== 'failed');

function close(held: Held): void {
  if (!held.open) return;
  held.open = false;
  held.listening.dispose();
  held.look.dispose();
}
