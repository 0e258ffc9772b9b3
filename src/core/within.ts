/** Waiting that does not go on for ever. */

/** What the work brings; undefined when that takes longer. The work goes on. Throws what the work throws in time. */
export function within<T>(work: Promise<T>, milliseconds: number): Promise<T | undefined> {
  const { promise: over, resolve } = Promise.withResolvers<undefined>();
  const timer = setTimeout(resolve, milliseconds, undefined);
  return Promise.race([work, over]).finally(() => clearTimeout(timer));
}
