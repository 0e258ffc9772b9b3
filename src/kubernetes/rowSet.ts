/** The rows of one collection, and which of them changed. */
import type { ApiObject } from './api.ts';
import type { Kind } from './kinds.ts';
import type { ReflectorSink } from './reflector.ts';
import { type Interner, type Row, keyOf, sameRow } from './rows.ts';

export class RowSet<R extends Row> implements ReflectorSink {
  readonly rows = new Map<string, R>();
  readonly #kind: Kind<R>;
  readonly #interner: Interner;
  readonly #onChange: (key: string) => void;
  /** Keys of before the list that it has not named yet; undefined outside of a list. */
  #unnamed: Set<string> | undefined;

  /** @param onChange gets the key of each row that came, went or shows something else. */
  constructor(kind: Kind<R>, interner: Interner, onChange: (key: string) => void) {
    this.#kind = kind;
    this.#interner = interner;
    this.#onChange = onChange;
  }

  upsert(object: ApiObject): void {
    const row = this.#kind.project(object, this.#interner);
    const key = keyOf(row);
    this.#unnamed?.delete(key);
    const before = this.rows.get(key);
    if (before !== undefined && sameRow(before, row)) return;
    this.rows.set(key, row);
    this.#onChange(key);
  }

  remove({ metadata: { namespace = '', name } }: ApiObject): void {
    this.#drop(keyOf({ namespace, name }));
  }

  listing(): void {
    this.#unnamed = new Set(this.rows.keys());
  }

  listed(): void {
    for (const key of this.#unnamed ?? []) this.#drop(key);
    this.#unnamed = undefined;
  }

  #drop(key: string): void {
    this.#unnamed?.delete(key);
    if (this.rows.delete(key)) this.#onChange(key);
  }
}
