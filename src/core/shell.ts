/** Words for a POSIX shell. */

/** One word, quoted where a shell would take it apart. */
export const quote = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;

/** A line of words, each quoted where it needs it. */
export const shellLine = (words: readonly string[]): string => words.map(quote).join(' ');
