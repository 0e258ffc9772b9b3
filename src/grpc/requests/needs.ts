/** Which requests others need: a value that one captures is written into the ones after it. */
import { reference } from '../variables.ts';
import type { RequestDocument, RequestEntry } from './document.ts';

/** The entries with all that come before them and give them a value. */
export function withNeeds(document: RequestDocument, wanted: readonly RequestEntry[]): RequestEntry[] {
  const needed = new Set(wanted);
  // A Set grows under its own iteration.
  for (const entry of needed) {
    const text = document.text.slice(entry.node.range.start, entry.node.range.end);
    const names = new Set([...text.matchAll(reference)].map(([, name = '']) => name.trim()));
    const giver = document.requests.findLast(
      (other) => other.index < entry.index && [...other.capture.keys()].some((name) => names.has(name)),
    );
    if (giver !== undefined) needed.add(giver);
  }
  return document.requests.filter((entry) => needed.has(entry));
}
