/** Works on several things at a time, for whoever takes the results in order. */

/**
 * Yields the result of each thing in the order of the things. While one is awaited, those after it are worked on, too, so that
 * it is `atOnce` at most. Throws what the work threw when its turn comes. Once no more results are taken the rest is aborted,
 * and awaited.
 */
export async function* ahead<T, R>(
  things: readonly T[],
  atOnce: number,
  signal: AbortSignal,
  work: (thing: T, signal: AbortSignal) => Promise<R>,
): AsyncGenerator<R> {
  const over = new AbortController();
  const either = AbortSignal.any([signal, over.signal]);
  const begun: Promise<R>[] = [];
  const begin = (): void => {
    if (begun.length === things.length) return;
    const result = work(things[begun.length]!, either);
    result.catch(() => {});
    begun.push(result);
  };
  try {
    for (let first = 0; first < atOnce; first++) begin();
    for (let turn = 0; turn < begun.length; turn++) {
      yield await begun[turn]!;
      begin();
    }
  } finally {
    over.abort();
    await Promise.allSettled(begun);
  }
}
