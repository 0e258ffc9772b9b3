/** What the go command says. */

/** The lines that tell what went wrong, without those about what it fetched and compiled. */
export function whatGoSaid(stderr: string): string {
  return stderr
    .split('\n')
    .filter((text) => text !== '' && !text.startsWith('go: downloading') && !/^[\w.-]+(?:\/[\w.~-]+)*$/.test(text))
    .slice(-3)
    .join(' ');
}
