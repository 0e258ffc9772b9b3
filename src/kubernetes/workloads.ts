/** Pods by what controls them. */
import type { PodRow } from './rows.ts';

export interface Workload {
  readonly kind: string;
  readonly name: string;
  readonly pods: readonly PodRow[];
}

export interface Grouped {
  readonly workloads: readonly Workload[];
  /** Pods that nothing controls. */
  readonly orphans: readonly PodRow[];
}

export const byName = (a: { readonly name: string }, b: { readonly name: string }): number =>
  a.name < b.name ? -1 : a.name > b.name ? 1 : 0;

/** Groups the pods of one namespace; everything in the order of names. */
export function groupByWorkload(pods: Iterable<PodRow>): Grouped {
  const groups = new Map<string, { kind: string; name: string; pods: PodRow[] }>();
  const orphans: PodRow[] = [];
  for (const pod of pods) {
    if (pod.ownerKind === '') {
      orphans.push(pod);
      continue;
    }
    const key = workloadKey(pod.ownerKind, pod.ownerName);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { kind: pod.ownerKind, name: pod.ownerName, pods: [pod] });
    else group.pods.push(pod);
  }
  for (const { pods: members } of groups.values()) members.sort(byName);
  return { workloads: [...groups.values()].sort(byName), orphans: orphans.sort(byName) };
}

export const workloadKey = (kind: string, name: string): string => `${kind}/${name}`;
