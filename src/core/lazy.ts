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

/** Makes a value for each key once and keeps the `most` that were asked for last; a rejected promise is forgotten. */
export function remembering<T>(most: number, make: (key: string) => Promise<T>): (key: string) => Promise<T> {
  const made = new Map<string, Promise<T>>();
  return (key) => {
    const value = made.get(key) ?? make(key);
    made.delete(key);
    made.set(key, value);
    if (made.size > most) made.delete(made.keys().next().value!);
    value.catch(() => made.delete(key));
    return value;
  };
}
