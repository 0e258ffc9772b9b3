/** A table that is asked for names that come from elsewhere: without a prototype, `constructor` is not in it. */
export const lookup = <T>(entries: Readonly<Record<string, T>>): Readonly<Record<string, T>> =>
  Object.assign(Object.create(null) as Record<string, T>, entries);
