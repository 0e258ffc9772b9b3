/**
 * Rows: the few fields of an object that views and tables show. A whole pod is some 15 kB of heap, its row 0.5 kB, so
 * only rows are kept; texts that repeat (namespaces, nodes, labels of one workload) are kept once.
 */
import {
  type ApiContainerState,
  type ApiContainerStatus,
  type ApiEndpointSlice,
  type ApiNamespace,
  type ApiObject,
  type ApiPod,
  type ApiService,
  milliseconds,
} from './api.ts';
import { loanOf } from './loans/loan.ts';
import { podStatus } from './podStatus.ts';
import type { Column, TableObject } from './table.ts';

export type Labels = Readonly<Record<string, string>>;

export interface Row {
  /** Empty for what has no namespace. */
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  /** Milliseconds since the epoch. */
  readonly created: number;
}

export interface ContainerRow {
  readonly name: string;
  /** As the pod names it; empty where it names none. */
  readonly image: string;
  /** `Running`, `Completed`, `CrashLoopBackOff` …; empty when the kubelet has not told yet. */
  readonly state: string;
  readonly ready: boolean;
  readonly restarts: number;
  readonly init: boolean;
  /** Added later to look into the pod. */
  readonly ephemeral?: true;
}

export interface PodRow extends Row {
  readonly ready: number;
  readonly containerCount: number;
  /** As kubectl prints it. */
  readonly status: string;
  readonly restarts: number;
  readonly lastRestart: number;
  /** Kind and name of the controller, empty for an orphan; a Deployment stands for its ReplicaSet. */
  readonly ownerKind: string;
  readonly ownerName: string;
  readonly node: string;
  readonly labels: Labels;
  readonly containers: readonly ContainerRow[];
}

export interface PortRow {
  readonly name: string;
  /** `8080/TCP` or, with a node port, `8080:30080/TCP`. */
  readonly text: string;
}

export interface ServiceRow extends Row {
  readonly type: string;
  readonly clusterIp: string;
  readonly externalIp: string;
  readonly ports: readonly PortRow[];
  readonly selector: Labels | undefined;
  readonly labels: Labels;
  /** Where on somebody's machine it leads to, `localhost:8080`, instead of its pods; empty for one that is not lent. */
  readonly intercepted: string;
}

export interface NamespaceRow extends Row {
  readonly phase: string;
}

export interface EndpointSliceRow extends Row {
  /** Name of the service whose endpoints these are; empty for a slice that stands alone. */
  readonly service: string;
  readonly endpoints: readonly {
    /** Empty for an address that is no pod's. */
    readonly pod: string;
    readonly address: string;
    readonly ready: boolean;
  }[];
}

/** An object of any kind, with the cells that the server made for it. */
export interface ObjectRow extends Row {
  readonly labels: Labels;
  /** Kind and name of the controller, empty where there is none. */
  readonly ownerKind: string;
  readonly ownerName: string;
  /** The same list for every row of a watch; empty from servers that make no tables. */
  readonly columns: readonly Column[];
  /** One for each column; empty where the column is the age. */
  readonly cells: readonly string[];
}

/** The row's key in a store, and the API's own order of a list. */
export const keyOf = ({ namespace, name }: { namespace: string; name: string }): string => `${namespace}/${name}`;

/** Values of a generation: what thousands of rows share fits in, and what churn brings is soon forgotten. */
const mostInterned = 5000;

/** Remembers what was asked for last: the older of two generations is forgotten when the younger is full. */
class Generations<V> {
  #young = new Map<string, V>();
  #old = new Map<string, V>();

  get(key: string): V | undefined {
    const young = this.#young.get(key);
    if (young !== undefined) return young;
    const old = this.#old.get(key);
    if (old !== undefined) this.set(key, old);
    return old;
  }

  set(key: string, value: V): void {
    if (this.#young.size >= mostInterned) [this.#old, this.#young] = [this.#young, new Map()];
    this.#young.set(key, value);
  }
}

/** Keeps one copy of each repeated value, found by its text. */
export class Interner {
  readonly #texts = new Generations<string>();
  readonly #values = new Generations<unknown>();

  text(text: string | undefined): string {
    if (!text) return '';
    const known = this.#texts.get(text);
    if (known !== undefined) return known;
    this.#texts.set(text, text);
    return text;
  }

  /** One frozen copy of equal plain data. */
  value<T extends object>(value: T): T {
    const key = JSON.stringify(value);
    const known = this.#values.get(key);
    if (known !== undefined) return known as T;
    this.#values.set(key, Object.freeze(value));
    return value;
  }
}

const noLabels: Labels = Object.freeze({});

/**
 * What every row has. Rows of which there may be tens of thousands name these fields one by one: V8 takes three times the
 * memory for an object that begins with a spread one (of a pod 672 bytes against 199, node 24).
 */
function base({ metadata }: ApiObject, interner: Interner): Row {
  return {
    namespace: interner.text(metadata.namespace),
    name: metadata.name,
    uid: metadata.uid ?? '',
    created: milliseconds(metadata.creationTimestamp),
  };
}

const labelsOf = ({ metadata: { labels } }: ApiObject, interner: Interner): Labels =>
  labels === undefined ? noLabels : interner.value(labels);

export function podRow(pod: ApiPod, interner: Interner): PodRow {
  const { ready, containers, status, restarts, lastRestart } = podStatus(pod);
  const owner = ownerOf(pod);
  const { namespace, name, uid, created } = base(pod, interner);
  return {
    namespace,
    name,
    uid,
    created,
    ready,
    containerCount: containers,
    status: interner.text(status),
    restarts,
    lastRestart,
    ownerKind: interner.text(owner.kind),
    ownerName: interner.text(owner.name),
    node: interner.text(pod.spec?.nodeName),
    labels: labelsOf(pod, interner),
    containers: interner.value(containerRows(pod)),
  };
}

/** A Deployment names its ReplicaSets `<deployment>-<pod-template-hash>` and labels the pods with that hash. */
function ownerOf({ metadata }: ApiPod): { kind: string; name: string } {
  const owner = metadata.ownerReferences?.find(({ controller }) => controller === true);
  if (owner === undefined) return { kind: '', name: '' };
  const hash = metadata.labels?.['pod-template-hash'];
  if (owner.kind === 'ReplicaSet' && hash !== undefined && owner.name.endsWith(`-${hash}`)) {
    return { kind: 'Deployment', name: owner.name.slice(0, -hash.length - 1) };
  }
  return owner;
}

function containerRows({ spec, status }: ApiPod): ContainerRow[] {
  const rows = (
    specs: readonly { readonly name: string; readonly image?: string }[] | undefined,
    statuses: readonly ApiContainerStatus[] | undefined,
    init: boolean,
  ): ContainerRow[] =>
    (specs ?? []).map(({ name, image = '' }) => {
      const found = statuses?.find((each) => each.name === name);
      return {
        name,
        image,
        state: containerState(found?.state),
        ready: found?.ready ?? false,
        restarts: found?.restartCount ?? 0,
        init,
      };
    });
  return [
    ...rows(spec?.initContainers, status?.initContainerStatuses, true),
    ...rows(spec?.containers, status?.containerStatuses, false),
    // Of these, the status knows all that a row shows.
    ...rows(status?.ephemeralContainerStatuses, status?.ephemeralContainerStatuses, false).map((row) => ({
      ...row,
      ephemeral: true as const,
    })),
  ];
}

function containerState(state: ApiContainerState | undefined): string {
  if (state?.running) return 'Running';
  if (state?.waiting) return state.waiting.reason ?? 'Waiting';
  const end = state?.terminated;
  if (end) return end.reason ?? (end.signal ? `Signal:${end.signal}` : `ExitCode:${end.exitCode ?? 0}`);
  return '';
}

export function serviceRow(service: ApiService, interner: Interner): ServiceRow {
  const { spec } = service;
  return {
    ...base(service, interner),
    type: interner.text(spec?.type ?? 'ClusterIP'),
    clusterIp: spec?.clusterIPs?.[0] ?? (spec?.clusterIP || '<none>'),
    externalIp: externalIp(service),
    ports: (spec?.ports ?? []).map(({ name, port, nodePort, protocol = 'TCP' }) => ({
      name: name ?? '',
      text: nodePort ? `${port}:${nodePort}/${protocol}` : `${port}/${protocol}`,
    })),
    selector: spec?.selector,
    labels: labelsOf(service, interner),
    intercepted: loanOf(service)?.text ?? '',
  };
}

/** The EXTERNAL-IP column, by the rules of kubectl's `getServiceExternalIP`. */
function externalIp({ spec, status }: ApiService): string {
  const external = spec?.externalIPs ?? [];
  if (spec?.type === 'ExternalName') return spec.externalName ?? '';
  if (spec?.type !== 'LoadBalancer') return external.join(',') || '<none>';
  const ingress = (status?.loadBalancer?.ingress ?? []).map(({ ip, hostname }) => ip || hostname || '');
  const addresses = [...new Set(ingress.filter(Boolean))].sort();
  return [...addresses, ...external].join(',') || '<pending>';
}

export function endpointSliceRow(slice: ApiEndpointSlice, interner: Interner): EndpointSliceRow {
  const endpoints = (slice.endpoints ?? []).map(({ addresses = [], conditions, targetRef }) => ({
    pod: targetRef?.kind === 'Pod' ? targetRef.name : '',
    address: addresses[0] ?? '',
    // Unknown counts as ready, as the API's own documentation of `conditions.ready` says.
    ready: conditions?.ready ?? true,
  }));
  const service = slice.metadata.labels?.['kubernetes.io/service-name'];
  return { ...base(slice, interner), service: interner.text(service), endpoints };
}

export function objectRow(object: TableObject, interner: Interner): ObjectRow {
  const { columns = [], cells = [] } = object;
  const owner = object.metadata.ownerReferences?.find(({ controller }) => controller === true);
  const { namespace, name, uid, created } = base(object, interner);
  return {
    namespace,
    name,
    uid,
    created,
    labels: labelsOf(object, interner),
    ownerKind: interner.text(owner?.kind),
    ownerName: interner.text(owner?.name),
    columns: columns.length === 0 ? columns : interner.value(columns),
    cells: columns.map(({ age }, index) => (age ? '' : interner.text(cellText(cells[index])))),
  };
}

/** As kubectl prints a cell: nothing for null, and of several lines the first (`printRows` of its TablePrinter). */
function cellText(cell: unknown): string {
  if (cell === null || cell === undefined) return '';
  const text = typeof cell === 'string' ? cell : JSON.stringify(cell);
  const end = text.search(/[\f\n\r]/);
  return end === -1 ? text : `${text.slice(0, end)}...`;
}

export function namespaceRow(namespace: ApiNamespace, interner: Interner): NamespaceRow {
  return { ...base(namespace, interner), phase: interner.text(namespace.status?.phase) };
}

/** Whether two rows show the same. Interned lists are compared by identity first. */
export function sameRow<R extends Row>(a: R, b: R): boolean {
  for (const field of Object.keys(a) as (keyof R)[]) {
    const [x, y] = [a[field], b[field]];
    if (x === y) continue;
    if (typeof x !== 'object' || JSON.stringify(x) !== JSON.stringify(y)) return false;
  }
  return true;
}

/** True when every label of the selector is among the labels; an empty or missing selector selects nothing. */
export function selects(selector: Labels | undefined, labels: Labels): boolean {
  const wanted = Object.entries(selector ?? {});
  return wanted.length > 0 && wanted.every(([key, value]) => labels[key] === value);
}
