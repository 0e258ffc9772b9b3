/** Lists of objects in a message, as tables. Pure. */
import type { JsonNode } from '../../../grpc/json.ts';

export interface Table {
  /** Where the list stands: `items`, `page.items`. */
  readonly path: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** Items that are not among the rows. */
  readonly more: number;
}

const mostRows = 1000;
const mostColumns = 40;
/** Levels searched for lists. */
const deepest = 3;

/** The lists of objects within a message, the outermost first. */
export function tablesOf(root: JsonNode, text: string): readonly Table[] {
  const found: Table[] = [];
  const visit = (node: JsonNode, path: string, level: number): void => {
    if (node.kind === 'array' && node.items.length > 0 && node.items.every(({ kind }) => kind === 'object')) {
      found.push(tableOf(node.items as readonly ObjectNode[], path, text));
    } else if (node.kind === 'object' && level < deepest) {
      for (const { key, value } of node.members) visit(value, path === '' ? key : `${path}.${key}`, level + 1);
    }
  };
  visit(root, '', 0);
  return found;
}

type ObjectNode = JsonNode & { readonly kind: 'object' };

function tableOf(items: readonly ObjectNode[], path: string, text: string): Table {
  const shown = items.slice(0, mostRows);
  const columns = [...new Set(shown.flatMap(({ members }) => members.map(({ key }) => key)))].slice(0, mostColumns);
  const rows = shown.map(({ members }) =>
    columns.map((column) => {
      const value = members.find(({ key }) => key === column)?.value;
      return value === undefined ? '' : cellText(value, text);
    }),
  );
  return { path, columns, rows, more: items.length - shown.length };
}

function cellText(node: JsonNode, text: string): string {
  if (node.kind === 'string') return shortened(node.value);
  return shortened(text.slice(node.start, node.end).replaceAll(/\n */g, ' '));
}

const shortened = (text: string): string => (text.length > 200 ? `${text.slice(0, 200)}…` : text);
