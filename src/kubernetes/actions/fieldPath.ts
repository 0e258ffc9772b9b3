/** Paths to fields, as conflicts name them and as JSON patches want them. */
import { isMap, same } from './fields.ts';

/** `.spec.containers[name="main"].image`, from the keys of managed fields. */
export const pathText = (path: readonly string[]): string =>
  path
    .map((key) => {
      if (key.startsWith('f:')) return `.${key.slice(2)}`;
      if (key.startsWith('v:')) return `[=${key.slice(2)}]`;
      const names = Object.entries(JSON.parse(key.slice(2)) as object);
      return `[${names.map(([name, value]) => `${name}=${JSON.stringify(value)}`).join(',')}]`;
    })
    .join('');

/** The JSON pointer of a path in an object; undefined when the object has no such thing. */
export function pointer(object: unknown, path: readonly string[]): string | undefined {
  let here = object;
  let text = '';
  for (const key of path) {
    const next = step(here, key);
    if (next === undefined) return undefined;
    text += `/${String(next[0]).replaceAll('~', '~0').replaceAll('/', '~1')}`;
    here = next[1];
  }
  return text;
}

function step(here: unknown, key: string): readonly [string | number, unknown] | undefined {
  if (key.startsWith('f:')) {
    const name = key.slice(2);
    return isMap(here) && Object.hasOwn(here, name) ? [name, here[name]] : undefined;
  }
  if (!Array.isArray(here)) return undefined;
  const wanted: unknown = JSON.parse(key.slice(2));
  const index = here.findIndex((item) =>
    key.startsWith('v:')
      ? same(item, wanted)
      : isMap(item) && Object.entries(wanted as object).every(([name, value]) => same(item[name], value)),
  );
  return index < 0 ? undefined : [index, here[index]];
}

/**
 * The object without the fields that these texts name (`.spec.replicas`). Names may hold dots, so the object itself says
 * where one ends. A container that becomes empty goes, too.
 */
export function without(object: unknown, paths: readonly string[]): unknown {
  return paths.reduce((value, path) => cut(value, path).value, object);
}

/** `done` is false when the path leads nowhere in the value. */
function cut(value: unknown, path: string): { readonly done: boolean; readonly value: unknown } {
  if (path === '') return { done: true, value: undefined };
  if (isMap(value) && path.startsWith('.')) {
    for (const name of Object.keys(value)) {
      const rest = path.slice(1 + name.length);
      if (!path.startsWith(name, 1) || !/^([.[]|$)/.test(rest)) continue;
      const inner = cut(value[name], rest);
      if (!inner.done) continue;
      const { [name]: _, ...others } = value;
      return { done: true, value: isNothing(inner.value) ? others : { ...others, [name]: inner.value } };
    }
  }
  if (Array.isArray(value) && path.startsWith('[')) {
    const end = closing(path);
    const index = value.findIndex((item) => selects(item, path.slice(1, end)));
    if (index >= 0) {
      const inner = cut(value[index], path.slice(end + 1));
      const before: unknown[] = value.slice(0, index);
      const after: unknown[] = value.slice(index + 1);
      if (inner.done)
        return {
          done: true,
          value: isNothing(inner.value) ? [...before, ...after] : [...before, inner.value, ...after],
        };
    }
  }
  return { done: false, value };
}

const isNothing = (value: unknown): boolean => value === undefined || (isMap(value) && Object.keys(value).length === 0);

/** Where the bracket that opens the path closes; brackets in quotes do not count. */
function closing(path: string): number {
  let quoted = false;
  for (let i = 1; i < path.length; i++) {
    if (path[i] === '\\') i++;
    else if (path[i] === '"') quoted = !quoted;
    else if (path[i] === ']' && !quoted) return i;
  }
  return path.length;
}

/** `name="main",protocol="TCP"` or `="value"`. */
function selects(item: unknown, selector: string): boolean {
  if (selector.startsWith('=')) return JSON.stringify(item) === selector.slice(1);
  const pairs = selector.match(/[\w.-]+=(?:"(?:[^"\\]|\\.)*"|[^,]+)/g) ?? [];
  return pairs.every((pair) => {
    const [name, value] = [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)];
    return isMap(item) && JSON.stringify(item[name]) === value;
  });
}
