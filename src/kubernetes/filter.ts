/** What the Pods and Services views are narrowed to. */
import type { Labels, ObjectRow, PodRow, ServiceRow } from './rows.ts';

type Filtered = PodRow | ServiceRow | ObjectRow;

export interface Filter {
  /** As typed, without space around it; empty when everything is shown. */
  readonly text: string;
  /** Whether the row is shown. A service's status is its type; of other objects, all that their columns say. */
  matches(row: Filtered): boolean;
  /** The same for what is no row: its name and its status. */
  matchesText(name: string, status: string): boolean;
}

/**
 * Words between spaces, each of which must match: `key=value` is a label, anything else a part of the name or of the
 * status, whatever the case.
 */
export function parseFilter(typed: string): Filter {
  const text = typed.trim();
  const tests = text.split(/\s+/).filter(Boolean).map(testOf);
  const matches = (subject: Subject): boolean => tests.every((test) => test(subject));
  return {
    text,
    matches: (row) => matches({ name: row.name, labels: row.labels, status: statusOf(row) }),
    matchesText: (name, status) => matches({ name, labels: {}, status }),
  };
}

export const noFilter = parseFilter('');

interface Subject {
  readonly name: string;
  readonly labels: Labels;
  readonly status: string;
}

function testOf(word: string): (subject: Subject) => boolean {
  const equals = word.indexOf('=');
  if (equals > 0) {
    const [key, value] = [word.slice(0, equals), word.slice(equals + 1)];
    return ({ labels }) => labels[key] === value;
  }
  const part = word.toLowerCase();
  return ({ name, status }) => name.includes(part) || status.toLowerCase().includes(part);
}

function statusOf(row: Filtered): string {
  if ('status' in row) return row.status;
  return 'cells' in row ? row.cells.join(' ') : row.type;
}
