/** A state that an embedded cluster can be set back to, and what is lost by that. */
import { readFile, stat } from 'node:fs/promises';
import { t } from '../core/l10n.ts';
import { writeWhole } from '../core/storage.ts';
import type { Changes, Contents } from './etcd.ts';

/** What a cluster can be set back to: the snapshot that was taken last, or how it was when it was new. */
export const resetTargets = ['snapshot', 'empty'] as const;
export type ResetTarget = (typeof resetTargets)[number];

export const writeSnapshot = (file: string, contents: Contents): Promise<void> =>
  writeWhole(file, JSON.stringify([...contents]));

/** Undefined when there is none. */
export async function readSnapshot(file: string): Promise<Contents | undefined> {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  return text === undefined ? undefined : new Map(JSON.parse(text) as [string, string][]);
}

/** Milliseconds since the epoch; undefined when there is none. */
export async function takenAt(file: string): Promise<number | undefined> {
  return (await stat(file).catch(() => undefined))?.mtimeMs;
}

/** What makes `wanted` of `now`. */
export function changesTo(wanted: Contents, now: Contents): Changes {
  return {
    put: new Map([...wanted].filter(([key, value]) => now.get(key) !== value)),
    deleted: [...now.keys()].filter((key) => !wanted.has(key)),
  };
}

/** How many objects of each kind are deleted, put back, and set back, in sentences; none when nothing would change. */
export function describeReset({ put, deleted }: Changes, now: Contents): string[] {
  const keys = [...put.keys()];
  const sentences: [readonly string[], (kinds: string) => string][] = [
    [deleted, (kinds) => t('Deleted: {0}.', kinds)],
    [keys.filter((key) => !now.has(key)), (kinds) => t('Put back: {0}.', kinds)],
    [keys.filter((key) => now.has(key)), (kinds) => t('As they were: {0}.', kinds)],
  ];
  return sentences.flatMap(([changed, sentence]) => {
    const kinds = counted(changed);
    return kinds === '' ? [] : [sentence(kinds)];
  });
}

/** `pods 3, deployments 1`, the many first; `shop/cart` beside a kind that has few. */
function counted(keys: readonly string[]): string {
  const kinds = Map.groupBy(keys.filter(isObject), kindOf);
  return [...kinds]
    .toSorted(([a, some], [b, others]) => others.length - some.length || (a < b ? -1 : 1))
    .map(([kind, all]) => (all.length > mostNamed ? `${kind} ${all.length}` : `${kind} ${all.map(nameOf).join(' ')}`))
    .join(', ');
}

/** More of a kind are counted. */
const mostNamed = 3;

/** Not what the API server notes down for itself. */
const isObject = (key: string): boolean => !key.startsWith('/registry/ranges/');

/** `/registry/pods/…` is pods, `/registry/example.com/crontabs/…` crontabs, nodes are minions and Services specs. */
function kindOf(key: string): string {
  const [first = '', second = ''] = key.slice('/registry/'.length).split('/');
  if (first === 'minions') return 'nodes';
  if (first === 'services') return second === 'specs' ? 'services' : second;
  return first.includes('.') ? second : first;
}

function nameOf(key: string): string {
  const parts = key.slice('/registry/'.length).split('/');
  const grouped = parts[0] === 'services' || parts[0]!.includes('.');
  return parts.slice(grouped ? 2 : 1).join('/');
}
