/** What the cells of an object's row say: those worth showing beside its name, and how the object is. */
import { lookup } from '../core/lookup.ts';
import { type ApiResource, resourceName } from './apiResource.ts';
import type { ObjectRow } from './rows.ts';

/** The columns of well-known kinds that matter at a glance, in the order shown; of other kinds the first few. */
const telling: Readonly<Record<string, readonly string[]>> = lookup({
  'deployments.apps': ['Ready'],
  'statefulsets.apps': ['Ready'],
  'replicasets.apps': ['Ready'],
  'daemonsets.apps': ['Ready'],
  'jobs.batch': ['Status', 'Completions'],
  'cronjobs.batch': ['Schedule'],
  pods: ['Ready', 'Status'],
  services: ['Type', 'Cluster-IP'],
  configmaps: ['Data'],
  secrets: ['Type', 'Data'],
  nodes: ['Status', 'Roles', 'Version'],
  namespaces: ['Status'],
  events: ['Reason', 'Object', 'Message'],
  persistentvolumeclaims: ['Status', 'Capacity'],
  persistentvolumes: ['Status', 'Capacity', 'Claim'],
  'ingresses.networking.k8s.io': ['Hosts'],
  'endpointslices.discovery.k8s.io': ['Endpoints'],
  'storageclasses.storage.k8s.io': ['Provisioner'],
  'horizontalpodautoscalers.autoscaling': ['Targets', 'Replicas'],
  'customresourcedefinitions.apiextensions.k8s.io': [],
});

/** So many cells of a kind that is not listed above. */
const mostCells = 3;
const emptyCells = new Set(['', '<none>', '<unset>', '<unknown>']);

export const cellOf = ({ columns, cells }: ObjectRow, name: string): string | undefined =>
  cells[columns.findIndex((column) => column.name === name)];

/** The cells shown beside the name; empty ones are left out. */
export function tellingCells(api: ApiResource, row: ObjectRow): string[] {
  const names = Object.hasOwn(telling, resourceName(api)) ? telling[resourceName(api)]! : firstColumns(row);
  return names.map((name) => cellOf(row, name) ?? '').filter((cell) => !emptyCells.has(cell));
}

const firstColumns = ({ columns }: ObjectRow): string[] =>
  columns
    .filter(({ name, priority, age }) => priority === 0 && !age && name !== 'Name' && name !== 'Namespace')
    .slice(0, mostCells)
    .map(({ name }) => name);

export type Health = 'good' | 'busy' | 'bad' | 'idle';

const words: readonly (readonly [Health, RegExp])[] = [
  ['bad', /^(Failed|Error|Lost|NotReady.*|Degraded|Unhealthy|CrashLoopBackOff|.*BackOff|Evicted|Warning)$/i],
  ['busy', /^(Pending|Terminating|Progressing|Released|Suspended|Unknown|Ready,SchedulingDisabled)$/i],
  ['good', /^(Ready|Bound|Active|Running|Available|Healthy|Complete|Completed|Succeeded|Approved,Issued)$/i],
];

/** How the object is, by the words of its Status column and by `2/3` of its Ready column; undefined where neither tells. */
export function healthOfCells(row: ObjectRow): Health | undefined {
  const status = cellOf(row, 'Status') ?? '';
  const found = words.find(([, pattern]) => pattern.test(status))?.[0];
  if (found !== undefined) return found;
  const ready = cellOf(row, 'Ready') ?? '';
  if (/^(True|False)$/.test(ready)) return ready === 'True' ? 'good' : 'busy';
  const [, count, wanted] = /^(\d+)\/(\d+)$/.exec(ready) ?? [];
  if (count === undefined) return undefined;
  if (wanted === '0') return 'idle';
  return count === wanted ? 'good' : 'busy';
}

/** How many pods a workload wants; undefined where its kind does not say. */
export function desiredPods(row: ObjectRow | undefined): number | undefined {
  if (row === undefined) return undefined;
  const wanted = /^\d+\/(\d+)$/.exec(cellOf(row, 'Ready') ?? '')?.[1] ?? cellOf(row, 'Desired');
  return wanted === undefined || wanted === '' ? undefined : Number(wanted);
}
