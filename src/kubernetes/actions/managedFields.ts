/** Who set which field of an object, as the server keeps it in `metadata.managedFields` (FieldsV1). */
import type { KubeObject } from './apiCall.ts';
import { isMap, listAt, textAt } from './fields.ts';

/**
 * A tree of owned fields. Its keys: `f:NAME` a field of a map; `k:{"name":"main"}` the item of a list with these keys;
 * `v:"x"` a value of a set; `.` the thing itself. No children: the thing is owned as a whole.
 */
export interface Owned {
  readonly [key: string]: Owned;
}

/** The trees of all managers that are accepted, as one. */
export function ownedBy(object: KubeObject, accepts: (manager: string, operation: string) => boolean): Owned {
  const trees = listAt(object, 'metadata', 'managedFields')
    .filter((entry) => textAt(entry, 'subresource') === '')
    .filter((entry) => accepts(textAt(entry, 'manager'), textAt(entry, 'operation')))
    .map((entry) => (isMap(entry) && isMap(entry['fieldsV1']) ? (entry['fieldsV1'] as Owned) : {}));
  return trees.reduce(union, {});
}

function union(a: Owned, b: Owned): Owned {
  const result: Record<string, Owned> = { ...a };
  for (const [key, tree] of Object.entries(b)) {
    const before = Object.hasOwn(result, key) ? result[key] : undefined;
    result[key] = before === undefined ? tree : union(before, tree);
  }
  return result;
}

/** Names of the managers, but `except`, that own something at or below a path. */
export function managersOf(object: KubeObject, path: readonly string[], except: string): string[] {
  const names = new Set<string>();
  for (const entry of listAt(object, 'metadata', 'managedFields')) {
    const manager = textAt(entry, 'manager');
    if (manager === except) continue;
    let here: unknown = isMap(entry) ? entry['fieldsV1'] : undefined;
    for (const key of path) here = isMap(here) && Object.hasOwn(here, key) ? here[key] : undefined;
    if (here !== undefined) names.add(manager);
  }
  return [...names];
}

export const child = (tree: Owned | undefined, key: string): Owned | undefined =>
  tree !== undefined && Object.hasOwn(tree, key) ? tree[key] : undefined;

/** The fields that tell the items of a list apart, where the list is one of named items; undefined elsewhere. */
export function listKeys(tree: Owned | undefined): readonly string[] | undefined {
  const key = Object.keys(tree ?? {}).find((each) => each.startsWith('k:'));
  return key === undefined ? undefined : Object.keys(JSON.parse(key.slice(2)) as object);
}

/** Whether a list is a set of values. */
export const isSet = (tree: Owned | undefined): boolean =>
  Object.keys(tree ?? {}).some((each) => each.startsWith('v:'));

/** The key under which an item of a list of named items is owned. The server writes the keys in their order. */
export function itemKey(item: unknown, keys: readonly string[]): string | undefined {
  if (!isMap(item)) return undefined;
  const found = keys.toSorted().map((key) => [key, item[key]] as const);
  if (found.some(([, value]) => value === undefined)) return undefined;
  return `k:${JSON.stringify(Object.fromEntries(found))}`;
}
