/**
 * From an object as it was read and as a person wants it to the least that must be said to the server: server-side apply
 * makes us owner of what we send, so the whole object would take fields from those who look after them.
 *
 * What is sent: fields that were changed or added, and those we own already (what we own and do not send is removed).
 * What others own and the person took out cannot be removed by apply; it becomes a removal of its own.
 */
import { fieldManager } from './apiCall.ts';
import type { KubeObject } from './apiCall.ts';
import { isMap, same } from './fields.ts';
import { type Owned, child, isSet, itemKey, listKeys, managersOf, ownedBy } from './managedFields.ts';

export interface Edit {
  /** What is applied; undefined when nothing is. */
  readonly intent: KubeObject | undefined;
  readonly removals: readonly Removal[];
}

/** Something that is taken out although it is not ours. */
export interface Removal {
  /** Keys as in managed fields: `f:spec`, `k:{"name":"main"}` … */
  readonly path: readonly string[];
  /** Who owns it; empty for what the server set by itself. */
  readonly managers: readonly string[];
}

/** Parts of an object that are the server's: they are neither sent nor compared. */
const serverMetadata = new Set([
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'managedFields',
  'selfLink',
]);

/** @param base as it was read, with its managed fields. */
export function editOf(base: KubeObject, wanted: KubeObject): Edit {
  const comparer = new Comparer(base);
  const intent = comparer.map(
    owned(base),
    owned(wanted),
    ownedBy(base, () => true),
    ownedBy(base, (manager, operation) => manager === fieldManager && operation === 'Apply'),
    [],
  );
  const { apiVersion, kind } = wanted;
  const { name, namespace } = wanted.metadata;
  if (!comparer.changed) return { intent: undefined, removals: [] };
  const metadata = { ...(intent?.['metadata'] as object), name, ...(namespace === undefined ? {} : { namespace }) };
  return { intent: { ...intent, apiVersion, kind, metadata } as KubeObject, removals: comparer.removals };
}

/** The object without the parts that are the server's. */
function owned(object: KubeObject): Record<string, unknown> {
  const mine = (key: string): boolean => !serverMetadata.has(key) && key !== 'name' && key !== 'namespace';
  const metadata = Object.fromEntries(Object.entries(object.metadata).filter(([key]) => mine(key)));
  const rest = Object.entries(object).filter(([key]) => !/^(apiVersion|kind|status|metadata)$/.test(key));
  return { ...Object.fromEntries(rest), metadata };
}

/** Stands for "nothing to say". */
type Said = unknown;

class Comparer {
  readonly #base: KubeObject;
  readonly removals: Removal[] = [];
  changed = false;

  constructor(base: KubeObject) {
    this.#base = base;
  }

  /** @param shape who owns what, which also says how lists are told apart; @param own what is ours of it. */
  #value(before: unknown, after: unknown, shape: Owned | undefined, own: Owned | undefined, path: string[]): Said {
    const granular = shape !== undefined && Object.keys(shape).some((key) => key !== '.');
    if (granular && isMap(before) && isMap(after)) return this.map(before, after, shape, own, path);
    if (Array.isArray(before) && Array.isArray(after)) {
      const keys = listKeys(shape);
      if (keys !== undefined) return this.#items(before, after, keys, shape, own, path);
      if (isSet(shape)) return this.#set(before, after, own, path);
    }
    if (!same(before, after)) this.changed = true;
    return same(before, after) && own === undefined ? undefined : after;
  }

  map(
    before: Readonly<Record<string, unknown>>,
    after: Readonly<Record<string, unknown>>,
    shape: Owned | undefined,
    own: Owned | undefined,
    path: string[],
  ): Record<string, unknown> | undefined {
    const result: Record<string, unknown> = {};
    for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
      const field = `f:${key}`;
      const at = [...path, field];
      if (!Object.hasOwn(after, key) || after[key] === null) {
        if (Object.hasOwn(before, key) && before[key] !== null) this.#removed(child(own, field), at);
        continue;
      }
      const said = this.#value(before[key], after[key], child(shape, field), child(own, field), at);
      if (said !== undefined) result[key] = said;
    }
    return Object.keys(result).length > 0 || own !== undefined ? result : undefined;
  }

  /** Lists whose items have names: each is compared with the one of the same name. */
  #items(
    before: readonly unknown[],
    after: readonly unknown[],
    keys: readonly string[],
    shape: Owned | undefined,
    own: Owned | undefined,
    path: string[],
  ): unknown[] | undefined {
    const known = new Map(before.map((item) => [itemKey(item, keys), item]));
    const result: unknown[] = [];
    for (const item of after) {
      const key = itemKey(item, keys);
      const old = key === undefined ? undefined : known.get(key);
      if (key === undefined || !isMap(item) || !isMap(old)) {
        this.changed = true;
        result.push(item);
        continue;
      }
      known.delete(key);
      const said = this.map(old, item, child(shape, key), child(own, key), [...path, key]);
      if (said !== undefined) result.push({ ...Object.fromEntries(keys.map((name) => [name, item[name]])), ...said });
    }
    for (const [key, item] of known)
      if (key !== undefined && item !== undefined) this.#removed(child(own, key), [...path, key]);
    return result.length > 0 || own !== undefined ? result : undefined;
  }

  #set(
    before: readonly unknown[],
    after: readonly unknown[],
    own: Owned | undefined,
    path: string[],
  ): unknown[] | undefined {
    const key = (value: unknown): string => `v:${JSON.stringify(value)}`;
    for (const value of before) {
      if (!after.some((each) => same(each, value))) this.#removed(child(own, key(value)), [...path, key(value)]);
    }
    const said = after.filter((value) => {
      const isNew = !before.some((each) => same(each, value));
      if (isNew) this.changed = true;
      return isNew || child(own, key(value)) !== undefined;
    });
    return said.length > 0 || own !== undefined ? said : undefined;
  }

  /** What only we own goes by not being said any more; anything else is taken out by name. */
  #removed(own: Owned | undefined, path: readonly string[]): void {
    this.changed = true;
    const managers = managersOf(this.#base, path, fieldManager);
    if (own === undefined || managers.length > 0) this.removals.push({ path, managers });
  }
}
