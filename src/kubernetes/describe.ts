/** What the Pods and Services views show of each node: pure functions of rows and states. */
import { t } from '../core/l10n.ts';
import { lookup } from '../core/lookup.ts';
import { plain } from '../core/markdown.ts';
import { type NodeDescription, messageNode } from '../core/node.ts';
import { ageOf, ready, restarts } from './columns.ts';
import type {
  MessageNode,
  MoreNode,
  NamespaceNode,
  PodContainerNode,
  PodNode,
  PortNode,
  ServiceNode,
  WorkloadNode,
} from './nodes.ts';
import { cellOf } from './objectCells.ts';
import { statusText } from './statusText.ts';
import type { ContainerRow, NamespaceRow, ObjectRow, PodRow, ServiceRow } from './rows.ts';

export const colors = {
  good: 'testing.iconPassed',
  busy: 'testing.iconQueued',
  bad: 'testing.iconFailed',
  idle: 'disabledForeground',
} as const;

/** The text after a label, with a star where the person marked the row. */
export const marked = (text: string, favourite: boolean): string => (favourite ? `${text} ★`.trim() : text);

/** What is said of such a row. */
export const markedAloud = (text: string, favourite: boolean): string =>
  favourite ? `${text}, ${t('favourite')}` : text;

/** A row of something that went while it was on screen. */
export const goneNode = (id: string, name: string): NodeDescription => ({
  ...messageNode(id, name, { name: 'circle-slash' }),
  description: t('gone'),
  spoken: t('{0}, gone', name),
});

/** @param row `missing` for a chosen namespace that the server does not have. */
export function describeNamespace(
  node: NamespaceNode,
  row: NamespaceRow | 'missing' | undefined,
  favourite: boolean,
): NodeDescription {
  const state = row === 'missing' ? t('not found') : row?.phase === 'Terminating' ? t('terminating') : '';
  return {
    id: node.id,
    label: node.name,
    description: marked(state, favourite),
    icon: { name: 'symbol-namespace', ...(state === '' ? {} : { color: colors.idle }) },
    contextValue: favourite ? 'namespace;favourite' : 'namespace',
    children: 'collapsed',
    spoken: markedAloud(
      state === '' ? t('Namespace {0}', node.name) : t('Namespace {0}, {1}', node.name, state),
      favourite,
    ),
  };
}

const workloadIcons: Readonly<Record<string, string>> = lookup({
  Deployment: 'layers',
  ReplicaSet: 'layers',
  StatefulSet: 'database',
  DaemonSet: 'broadcast',
  Job: 'checklist',
  CronJob: 'calendar',
});

export interface WorkloadFacts {
  readonly pods: readonly PodRow[];
  /** As the server lists the workload; undefined for what only its pods tell of. */
  readonly row: ObjectRow | undefined;
  /** Pods it wants; undefined where its kind does not say. */
  readonly desired: number | undefined;
  readonly favourite: boolean;
}

export function describeWorkload(
  node: WorkloadNode,
  { pods, row, desired, favourite }: WorkloadFacts,
): NodeDescription {
  const fine = pods.filter(isReady).length;
  const wanted = desired ?? pods.length;
  const health = pods.length === 0 && wanted > 0 ? 'busy' : healthOf(pods);
  const schedule = node.workload === 'CronJob' && row !== undefined ? scheduleOf(row) : undefined;
  return {
    id: node.id,
    label: node.name,
    description: marked(`${node.workload} ${schedule ?? doneText(row) ?? `${fine}/${wanted}`}`, favourite),
    icon: { name: workloadIcons[node.workload] ?? 'symbol-class', color: colors[health] },
    contextValue: `workload;${node.workload}${favourite ? ';favourite' : ''}`,
    children: 'collapsed',
    spoken: markedAloud(
      [
        `${node.workload} ${node.name}`,
        ...(health === 'bad' ? [t('pods are failing')] : health === 'busy' ? [t('not ready yet')] : []),
        schedule ?? t('{0} of {1} pods ready', fine, wanted),
      ].join(', '),
      favourite,
    ),
  };
}

function scheduleOf(row: ObjectRow): string {
  const schedule = cellOf(row, 'Schedule') ?? '';
  return cellOf(row, 'Suspend') === 'true' ? t('{0} (suspended)', schedule) : schedule;
}

/** A job's own word on how far it is. */
const doneText = (row: ObjectRow | undefined): string | undefined => row && (cellOf(row, 'Completions') || undefined);

const isReady = (pod: PodRow): boolean =>
  pod.status === 'Completed' || (pod.status === 'Running' && pod.ready === pod.containerCount);

/** Statuses on the way to something: they need no attention yet. */
const busy = /^(Pending|ContainerCreating|PodInitializing|Terminating|Init:\d+\/\d+|SchedulingGated|NotReady)$/;

function health(pod: PodRow): 'good' | 'busy' | 'bad' | 'idle' {
  if (pod.status === 'Completed' || pod.status === 'Succeeded') return 'idle';
  if (pod.status === 'Running') return pod.ready === pod.containerCount ? 'good' : 'busy';
  return busy.test(pod.status) ? 'busy' : 'bad';
}

function healthOf(pods: readonly PodRow[]): 'good' | 'busy' | 'bad' | 'idle' {
  const found = new Set(pods.map(health));
  return (['bad', 'busy', 'good', 'idle'] as const).find((each) => found.has(each)) ?? 'idle';
}

const healthIcons = {
  good: 'pass-filled',
  busy: 'circle-large-outline',
  bad: 'error',
  idle: 'circle-outline',
} as const;

/** @param now milliseconds since the epoch; ages are worked out when the row is hovered, so rows need no clock. */
export function describePod(node: PodNode, row: PodRow | undefined, now: number): NodeDescription {
  if (row === undefined) return goneNode(node.id, node.name);
  const state = health(row);
  const status = statusText(row.status);
  return {
    id: node.id,
    label: row.name,
    description: `${ready(row)} ${row.status}${row.restarts > 0 ? ` ↻${row.restarts}` : ''}`,
    icon: { name: healthIcons[state], color: colors[state] },
    tooltip: () =>
      facts([
        [t('Pod'), `${row.namespace}/${row.name}`],
        [t('Status'), row.status],
        [t('Ready'), ready(row)],
        [t('Restarts'), restarts(row, now)],
        [t('Node'), row.node || t('not scheduled')],
        [t('Controlled by'), row.ownerKind === '' ? t('nothing') : `${row.ownerKind} ${row.ownerName}`],
        [t('Age'), ageOf(row.created, now)],
      ]),
    contextValue: `pod;${row.status}`,
    children: 'collapsed',
    spoken: [
      t('Pod {0}', row.name),
      state === 'bad' ? t('failing: {0}', status) : status,
      t('{0} of {1} containers ready', row.ready, row.containerCount),
      ...restartsAloud(row),
    ].join(', '),
  };
}

const restartsAloud = (row: { readonly restarts: number }): string[] =>
  row.restarts === 0 ? [] : [row.restarts === 1 ? t('restarted once') : t('restarted {0} times', row.restarts)];

function containerHealth(state: string): keyof typeof colors {
  if (state === 'Running') return 'good';
  if (state === 'Completed') return 'idle';
  // Those that wait need not say why.
  return state === '' || state === 'Waiting' || busy.test(state) ? 'busy' : 'bad';
}

export function describeContainer(node: PodContainerNode, row: ContainerRow | undefined): NodeDescription {
  const state = row?.state || t('waiting');
  const health = containerHealth(row?.state ?? '');
  return {
    id: node.id,
    label: node.name,
    description: [
      row?.init ? t('init') : '',
      row?.ephemeral ? t('debug') : '',
      state,
      row && row.restarts > 0 ? `↻${row.restarts}` : '',
    ]
      .filter(Boolean)
      .join(' '),
    icon: { name: 'package', color: colors[health] },
    ...(row?.image ? { tooltip: plain(row.image) } : {}),
    contextValue: 'podContainer',
    children: 'none',
    spoken: [
      row?.init ? t('Init container {0}', node.name) : row?.ephemeral ? t('Debug container {0}', node.name) : t('Container {0}', node.name), // prettier-ignore
      health === 'bad' ? t('failing: {0}', statusText(state)) : statusText(state),
      ...(row === undefined ? [] : restartsAloud(row)),
    ].join(', '),
  };
}

export function describeService(
  node: ServiceNode,
  row: ServiceRow | undefined,
  now: number,
  favourite: boolean,
): NodeDescription {
  if (row === undefined) return goneNode(node.id, node.name);
  const { intercepted } = row;
  if (intercepted !== '') {
    const state = t('intercepted: {0}', intercepted);
    return {
      id: node.id,
      label: row.name,
      description: marked(state, favourite),
      icon: { name: 'debug-alt', color: colors.busy },
      tooltip: plain(t('Requests to {0} arrive at {1} on this machine instead of its pods. End Intercept leads them back.', row.name, intercepted)), // prettier-ignore
      contextValue: `service;${row.type};intercepted${favourite ? ';favourite' : ''}`,
      children: 'collapsed',
      spoken: markedAloud(t('Service {0}, {1}', row.name, state), favourite),
    };
  }
  return {
    id: node.id,
    label: row.name,
    description: marked([row.type, row.type === 'ExternalName' ? row.externalIp : row.clusterIp].join(' '), favourite),
    icon: { name: row.type === 'LoadBalancer' ? 'globe' : 'plug' },
    tooltip: facts([
      [t('Service'), `${row.namespace}/${row.name}`],
      [t('Type'), row.type],
      [t('Cluster IP'), row.clusterIp],
      [t('External IP'), row.externalIp],
      [t('Ports'), row.ports.map(({ text }) => text).join(', ') || t('none')],
      [t('Selector'), selectorText(row) || t('none')],
      [t('Age'), ageOf(row.created, now)],
    ]),
    contextValue: `service;${row.type}${favourite ? ';favourite' : ''}`,
    children: 'collapsed',
    spoken: markedAloud(t('Service {0}, {1}', row.name, row.type), favourite),
  };
}

export const selectorText = ({ selector }: ServiceRow): string =>
  Object.entries(selector ?? {})
    .map(([key, value]) => `${key}=${value}`)
    .join(', ');

export function describePort(node: PortNode): NodeDescription {
  return {
    id: node.id,
    label: node.port,
    ...(node.name === '' ? {} : { description: node.name }),
    icon: { name: 'symbol-interface' },
    contextValue: 'port',
    children: 'none',
    spoken: t('Port {0} {1}', node.port, node.name).trim(),
  };
}

export function describeMessage(node: MessageNode): NodeDescription {
  return {
    ...messageNode(node.id, node.text, node.icon),
    ...(node.detail === undefined ? {} : { tooltip: plain(node.detail) }),
    ...(node.command === undefined ? {} : { command: node.command }),
  };
}

export function describeMore(node: MoreNode): NodeDescription {
  const [label, description] = [t('Show more'), t('{0} not shown', node.hidden)];
  return {
    ...messageNode(node.id, label, { name: 'ellipsis' }),
    description,
    spoken: `${label}, ${description}`,
    command: { id: 'gantry.kubernetes.showMore', args: [node] },
  };
}

export const facts = (rows: readonly (readonly [string, string])[]): string =>
  rows.map(([name, value]) => `**${name}** ${plain(value)}`).join('  \n');
