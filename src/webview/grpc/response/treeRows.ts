/** A JSON value as the rows of a tree, those of closed nodes left out. Pure. */
import type { JsonNode } from '../../../grpc/json.ts';

export interface TreeRow {
  /** Names the node: keys and positions on the way to it. */
  readonly path: string;
  readonly level: number;
  /** The member's key or the item's position; empty at the top. */
  readonly name: string;
  readonly kind: JsonNode['kind'];
  /** The value, or how much is in it. */
  readonly text: string;
  /** Undefined where there is nothing inside. */
  readonly open?: boolean;
  readonly position: number;
  readonly siblings: number;
}

/** Levels that are open at first, where the value is small. */
const openLevels = 3;
const openAtMost = 100;
/** Characters of a text that a row shows. */
const mostShown = 1000;

/** `turned` holds the paths of nodes that are not as they are at first. */
export function treeRows(root: JsonNode, turned: ReadonlySet<string>): readonly TreeRow[] {
  const rows: TreeRow[] = [];
  const visit = (node: JsonNode, place: Omit<TreeRow, 'kind' | 'text' | 'open'>): void => {
    const inside = partsOf(node);
    if (inside === undefined || inside.length === 0) {
      rows.push({ ...place, kind: node.kind, text: textOf(node) });
      return;
    }
    const usual = place.level < openLevels && inside.length <= openAtMost;
    const open = usual !== turned.has(place.path);
    rows.push({ ...place, kind: node.kind, text: sizeOf(node, inside.length), open });
    if (!open) return;
    inside.forEach(([name, value], index) => {
      const path = `${place.path}/${name}`;
      visit(value, { path, level: place.level + 1, name, position: index + 1, siblings: inside.length });
    });
  };
  visit(root, { path: '', level: 0, name: '', position: 1, siblings: 1 });
  return rows;
}

function partsOf(node: JsonNode): readonly (readonly [string, JsonNode])[] | undefined {
  if (node.kind === 'object') return node.members.map(({ key, value }) => [key, value] as const);
  return node.kind === 'array' ? node.items.map((item, index) => [String(index), item] as const) : undefined;
}

const sizeOf = ({ kind }: JsonNode, count: number): string => (kind === 'array' ? `[${count}]` : `{${count}}`);

function textOf(node: JsonNode): string {
  switch (node.kind) {
    case 'object':
      return '{}';
    case 'array':
      return '[]';
    case 'string':
      return JSON.stringify(node.value.length > mostShown ? `${node.value.slice(0, mostShown)}…` : node.value);
    case 'number':
      return node.text;
    case 'boolean':
      return String(node.value);
    case 'null':
      return 'null';
  }
}
