/** Works on several things at a time, for whoever takes the results in order. */

/**
 * Yields the result of each thing in the order of the things, of which `atOnce` are worked on at a time. Throws what the
 * work threw when its turn comes. Once no more results are taken the rest is aborted, and awaited.
 */
export async function* ahead<T, R>(
  things: readonly T[],
  atOnce: number,
  signal: AbortSignal,
  work: (thing: T, signal: AbortSignal) => Promise<R>,
): AsyncGenerator<R> {
  const over = new AbortController();
  const either = AbortSignal.any([signal, over.signal]);
  const results = things.map((thing) => ({ thing, ...Promise.withResolvers<R>() }));
  for (const { promise } of results) promise.catch(() => {});
  const next = results.values();
  const lane = async (): Promise<void> => {
    for (const { thing, resolve, reject } of next) {
      if (over.signal.aborted) return;
      await work(thing, either).then(resolve, reject);
    }
  };
  const lanes = Array.from({ length: atOnce }, lane);
  try {
    for (const { promise } of results) yield await promise;
  } finally {
    over.abort();
    await Promise.all(lanes);
  }
}
