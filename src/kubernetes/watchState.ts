/** How far the rows of a watch can be trusted. */
import type { Failure } from '../core/failure.ts';

/** Rows that were seen once stay in every state. */
export type WatchState =
  | { readonly state: 'loading' }
  /** `every`: seconds between two readings, where the user may not watch. */
  | { readonly state: 'live'; readonly every?: number }
  /** The connection was lost a moment ago; `seconds` until the next attempt. */
  | { readonly state: 'reconnecting'; readonly seconds: number; readonly failure: Failure }
  /** Lost for longer; the rows are those of `since` (milliseconds since the epoch). */
  | { readonly state: 'stale'; readonly since: number; readonly failure: Failure }
  /** Refused, or never reached at all; the failure's kind tells which: to sign in, forbidden, unreachable. */
  | { readonly state: 'failed'; readonly failure: Failure };
