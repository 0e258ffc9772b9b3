/** Pods by what controls them. */
import type { ObjectRow, PodRow } from './rows.ts';

export interface Workload {
  readonly kind: string;
  readonly name: string;
  readonly pods: readonly PodRow[];
  /** As the server lists it; undefined for what only its pods tell of. */
  readonly row?: ObjectRow | undefined;
  /** Name of the CronJob that made a Job. */
  readonly parent?: string | undefined;
}

export interface Grouped {
  readonly workloads: readonly Workload[];
  /** Pods that nothing controls. */
  readonly orphans: readonly PodRow[];
}

export const byName = (a: { readonly name: string }, b: { readonly name: string }): number =>
  a.name < b.name ? -1 : a.name > b.name ? 1 : 0;

interface Group extends Workload {
  readonly pods: PodRow[];
  row?: ObjectRow;
  parent?: string;
}

/**
 * Groups the pods of one namespace; everything in the order of names. `listed` are workloads that the server names
 * itself, by kind: they are there without pods, too.
 */
export function groupByWorkload(
  pods: Iterable<PodRow>,
  listed: Iterable<readonly [kind: string, rows: Iterable<ObjectRow>]> = [],
): Grouped {
  const groups = new Map<string, Group>();
  const group = (kind: string, name: string): Group => {
    const key = `${kind}/${name}`;
    let found = groups.get(key);
    if (found === undefined) groups.set(key, (found = { kind, name, pods: [] }));
    return found;
  };
  for (const [kind, rows] of listed) {
    for (const row of rows) {
      const found = group(kind, row.name);
      found.row = row;
      if (row.ownerKind === 'CronJob') found.parent = group('CronJob', row.ownerName).name;
    }
  }
  const orphans: PodRow[] = [];
  for (const pod of pods) {
    if (pod.ownerKind === '') orphans.push(pod);
    else group(pod.ownerKind, pod.ownerName).pods.push(pod);
  }
  for (const { pods: members } of groups.values()) members.sort(byName);
  return { workloads: [...groups.values()].sort(byName), orphans: orphans.sort(byName) };
}
