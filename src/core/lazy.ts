/** Values made on first use, once. */

/** `make` runs at the first call; a rejected promise is forgotten, so the next call tries again. */
export function lazy<T>(make: () => Promise<T>): () => Promise<T> {
  let value: Promise<T> | undefined;
  return () =>
    (value ??= make().catch((error: unknown) => {
      value = undefined;
      throw error;
    }));
}
