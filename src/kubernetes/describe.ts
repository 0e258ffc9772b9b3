/** What the Pods and Services views show of each node: pure functions of rows and states. */
import type { Failure } from '../core/failure.ts';
import { t } from '../core/l10n.ts';
import { type Icon, type NodeDescription, messageNode } from '../core/node.ts';
import { ageOf, ready, restarts } from './columns.ts';
import type { KubeContext } from './kubeconfig.ts';
import type { LocalCluster } from './localClusters.ts';
import type {
  ContextNode,
  LocalClusterNode,
  MessageNode,
  MoreNode,
  NamespaceNode,
  PodContainerNode,
  PodNode,
  PortNode,
  ServiceNode,
  WorkloadNode,
} from './nodes.ts';
import type { WatchState } from './reflector.ts';
import type { ContainerRow, NamespaceRow, PodRow, ServiceRow } from './rows.ts';

const colors = {
  good: 'testing.iconPassed',
  busy: 'testing.iconQueued',
  bad: 'testing.iconFailed',
  idle: 'disabledForeground',
} as const;

/** The state of a context in a few words. `undefined` before anything was asked of it. */
export function stateText(state: WatchState | undefined): string {
  if (state === undefined) return '';
  switch (state.state) {
    case 'loading':
      return t('connecting…');
    case 'live':
      return t('live');
    case 'reconnecting':
      return t('reconnecting ({0} s)', state.seconds);
    case 'stale':
      return t('stale since {0}', new Date(state.since).toTimeString().slice(0, 8));
    case 'failed':
      return failureText(state.failure);
  }
}

function failureText({ kind }: Failure): string {
  if (kind === 'unauthorised') return t('sign in');
  if (kind === 'forbidden') return t('forbidden');
  return kind === 'unreachable' || kind === 'timeout' ? t('unreachable') : t('failed');
}

export function describeContext(
  node: ContextNode,
  context: KubeContext | undefined,
  state: WatchState | undefined,
  local: boolean,
): NodeDescription {
  const words = stateText(state);
  const server = context === undefined ? '' : `${context.cluster.server}\n\n${context.file}`;
  const failure = state !== undefined && 'failure' in state ? `\n\n${state.failure.message}` : '';
  return {
    id: node.id,
    label: local ? t('Local cluster') : node.name,
    description: words,
    icon: contextIcon(state, local),
    tooltip: plain(server + failure),
    contextValue: `context${local ? ';local' : ''}${state === undefined ? '' : `;${state.state}`}`,
    children: local ? 'expanded' : 'collapsed',
    spoken: words === '' ? t('Context {0}', node.name) : t('Context {0}, {1}', node.name, words),
  };
}

function contextIcon(state: WatchState | undefined, local: boolean): Icon {
  const name = local ? 'vm' : 'server-environment';
  switch (state?.state) {
    case undefined:
    case 'loading':
      return { name };
    case 'live':
      return { name, color: colors.good };
    case 'reconnecting':
    case 'stale':
      return { name, color: colors.busy };
    case 'failed':
      return { name, color: colors.bad };
  }
}

/** The embedded cluster while it does not run: what is going on, or the way to get one. */
export function describeLocalCluster({ id }: LocalClusterNode, { phase, message }: LocalCluster): NodeDescription {
  const create = { id: 'gantry.cluster.create', args: [] };
  const label = t('Local cluster');
  switch (phase) {
    case 'building':
    case 'starting':
    case 'running':
      return {
        ...messageNode(id, label, { name: 'loading~spin' }),
        description: message ?? (phase === 'building' ? t('building…') : t('starting…')),
        contextValue: `localCluster;${phase}`,
      };
    case 'failed':
      return {
        ...messageNode(id, label, { name: 'error', color: colors.bad }, plain(message ?? '')),
        description: t('failed: {0} Choose it to try again.', message ?? ''),
        contextValue: 'localCluster;failed',
        command: create,
      };
    case 'absent':
      return {
        ...messageNode(id, t('Create a local cluster'), { name: 'add' }),
        description: t('a real Kubernetes API on this machine'),
        contextValue: 'localCluster;absent',
        command: create,
      };
  }
}

export function describeNamespace(node: NamespaceNode, row: NamespaceRow | undefined): NodeDescription {
  const terminating = row?.phase === 'Terminating';
  return {
    id: node.id,
    label: node.name,
    ...(terminating ? { description: t('terminating') } : {}),
    icon: { name: 'symbol-namespace', ...(terminating ? { color: colors.idle } : {}) },
    contextValue: 'namespace',
    children: 'collapsed',
    spoken: t('Namespace {0}', node.name),
  };
}

const workloadIcons: Readonly<Record<string, string>> = {
  Deployment: 'layers',
  ReplicaSet: 'layers',
  StatefulSet: 'database',
  DaemonSet: 'broadcast',
  Job: 'checklist',
};

export function describeWorkload(node: WorkloadNode, pods: readonly PodRow[]): NodeDescription {
  const fine = pods.filter(isReady).length;
  const health = healthOf(pods);
  return {
    id: node.id,
    label: node.name,
    description: `${node.workload} ${fine}/${pods.length}`,
    icon: { name: workloadIcons[node.workload] ?? 'symbol-class', color: colors[health] },
    contextValue: `workload;${node.workload}`,
    children: 'collapsed',
    spoken: t('{0} {1}, {2} of {3} pods ready', node.workload, node.name, fine, pods.length),
  };
}

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
  if (row === undefined)
    return { ...messageNode(node.id, node.name, { name: 'circle-slash' }), description: t('gone') };
  const state = health(row);
  return {
    id: node.id,
    label: row.name,
    description: `${ready(row)} ${row.status}${row.restarts > 0 ? ` ↻${row.restarts}` : ''}`,
    icon: { name: healthIcons[state], color: colors[state] },
    tooltip: facts([
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
    spoken: t('Pod {0}, {1}, {2} of {3} containers ready', row.name, row.status, row.ready, row.containerCount),
  };
}

export function describeContainer(node: PodContainerNode, row: ContainerRow | undefined): NodeDescription {
  const state = row?.state || t('waiting');
  const color = row?.state === 'Running' ? colors.good : row?.state === 'Completed' ? colors.idle : colors.busy;
  return {
    id: node.id,
    label: node.name,
    description: [row?.init ? t('init') : '', state, row && row.restarts > 0 ? `↻${row.restarts}` : '']
      .filter(Boolean)
      .join(' '),
    icon: { name: 'package', color },
    contextValue: 'podContainer',
    children: 'none',
    spoken: t('Container {0}, {1}', node.name, state),
  };
}

export function describeService(node: ServiceNode, row: ServiceRow | undefined, now: number): NodeDescription {
  if (row === undefined)
    return { ...messageNode(node.id, node.name, { name: 'circle-slash' }), description: t('gone') };
  return {
    id: node.id,
    label: row.name,
    description: [row.type, row.type === 'ExternalName' ? row.externalIp : row.clusterIp].join(' '),
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
    contextValue: `service;${row.type}`,
    children: 'collapsed',
    spoken: t('Service {0}, {1}', row.name, row.type),
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
    spoken: t('Port {0} {1}', node.port, node.name),
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
  return {
    ...messageNode(node.id, t('Show more'), { name: 'ellipsis' }),
    description: t('{0} not shown', node.hidden),
    command: { id: 'gantry.kubernetes.showMore', args: [node] },
  };
}

/** Names and messages come from the cluster: what markdown would take for markup is shown as it is. */
const plain = (text: string): string => text.replace(/[\\`*_{}[\]<>()#+!|~$]/g, '\\$&');

const facts = (rows: readonly (readonly [string, string])[]): string =>
  rows.map(([name, value]) => `**${name}** ${plain(value)}`).join('  \n');
