/** A piece of the world's state, as far as it is known. */
import type { Failure } from './failure.ts';

export type Loadable<T> =
  | { readonly state: 'loading' }
  | { readonly state: 'ready'; readonly value: T }
  | { readonly state: 'failed'; readonly failure: Failure; readonly last?: T };

export const loading: Loadable<never> = { state: 'loading' };
export const ready = <T>(value: T): Loadable<T> => ({ state: 'ready', value });

/** A failure that keeps the value last seen, so that old rows stay on screen, marked. */
export function failed<T>(failure: Failure, before?: Loadable<T>): Loadable<T> {
  const last = before === undefined ? undefined : lastValue(before);
  return last === undefined ? { state: 'failed', failure } : { state: 'failed', failure, last };
}

/** The newest value known, fresh or kept from before a failure. */
export function lastValue<T>(loadable: Loadable<T>): T | undefined {
  if (loadable.state === 'ready') return loadable.value;
  return loadable.state === 'failed' ? loadable.last : undefined;
}
