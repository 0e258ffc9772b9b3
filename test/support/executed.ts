/** Ids of the commands that the editor suite ran, in the extension host or from a page. */
export const executed = new Set<string>();
