/** What outlives the program: VS Code's global state; nothing in the terminal. */
export interface Memory {
  get(key: string): unknown;
  set(key: string, value: unknown): void;
}

/** A memory that ends with the program. */
export function passingMemory(): Memory {
  const values = new Map<string, unknown>();
  return {
    get: (key) => values.get(key),
    set: (key, value) => void values.set(key, value),
  };
}
