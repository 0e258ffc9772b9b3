/** What the Pods and Services views are narrowed to. */
import type { ObjectRow, PodRow, ServiceRow } from './rows.ts';

type Filtered = PodRow | ServiceRow | ObjectRow;

export interface Filter {
  /** As typed, without space around it; empty when everything is shown. */
  readonly text: string;
  /** Whether the row is shown. A service's status is its type; of other objects, all that their columns say. */
  matches(row: Filtered): boolean;
}

/**
 * Words between spaces, each of which must match: `key=value` is a label, anything else a part of the name or of the
 * status, whatever the case.
 */
export function parseFilter(typed: string): Filter {
  const text = typed.trim();
  const tests = text.split(/\s+/).filter(Boolean).map(testOf);
  return { text, matches: (row) => tests.every((test) => test(row)) };
}

export const noFilter = parseFilter('');

function testOf(word: string): (row: Filtered) => boolean {
  const equals = word.indexOf('=');
  if (equals > 0) {
    const [key, value] = [word.slice(0, equals), word.slice(equals + 1)];
    return ({ labels }) => labels[key] === value;
  }
  const part = word.toLowerCase();
  return (row) => row.name.includes(part) || statusOf(row).toLowerCase().includes(part);
}

function statusOf(row: Filtered): string {
  if ('status' in row) return row.status;
  return 'cells' in row ? row.cells.join(' ') : row.type;
}
