/** What rows of the Containers view look like. */
import { lastValue } from '../core/loadable.ts';
import { t } from '../core/l10n.ts';
import { type Icon, type NodeDescription, messageNode } from '../core/node.ts';
import type { Container, ContainerState, PublishedPort } from './containers.ts';
import type { RunningEngine } from './engines.ts';
import type { GroupNode } from './nodes.ts';
import { type Probe, productName } from './probe.ts';
import { stateText } from './stateText.ts';

/** An engine: who runs there, in which version, and whether what is shown is fresh. */
export function describeEngine(
  engine: Pick<RunningEngine, 'address' | 'name' | 'runtime' | 'version' | 'store'>,
): NodeDescription {
  const { state } = engine.store;
  const away = state.state === 'failed';
  const product = productName(engine.runtime);
  const version = engine.version === undefined ? product : `${product} ${engine.version}`;
  const stale = away && lastValue(state) !== undefined ? t('not answering; last known state') : t('not answering');
  return {
    id: `engine ${engine.address}`,
    label: engine.name,
    description: away ? stale : (engine.version ?? ''),
    icon: away ? { name: 'warning', color: 'list.warningForeground' } : { name: 'server-environment' },
    tooltip: [code(version), code(engine.address), ...(away ? [escape(state.failure.message)] : [])].join('  \n'),
    contextValue: away ? 'engine;away' : 'engine',
    children: 'expanded',
    spoken: `${engine.name}, ${away ? stale : version}`,
  };
}

/** A Compose project, with how many of its containers run. */
export function describeProject(engine: string, project: string, containers: readonly Container[]): NodeDescription {
  const running = runningOf(containers);
  return {
    id: `project ${engine} ${project}`,
    label: project,
    description: running,
    spoken: t('Compose project {0}, {1}', project, running),
    icon: { name: 'layers' },
    contextValue: 'project',
    children: 'expanded',
  };
}

/** Containers with the same value of a label. */
export function describeGroup({ engine, label, value }: GroupNode, containers: readonly Container[]): NodeDescription {
  const running = runningOf(containers);
  return {
    id: `group ${engine} ${label} ${value}`,
    label: value,
    description: running,
    spoken: `${value}, ${running}`,
    icon: { name: 'tag' },
    tooltip: code(`${label}=${value}`),
    contextValue: 'group',
    children: 'expanded',
  };
}

const runningOf = (containers: readonly Container[]): string =>
  t('{0} of {1} running', containers.filter(({ state }) => state === 'running').length, containers.length);

/** A container. `stale` greys its icon: the engine no longer vouches for the state. */
export function describeContainer(engine: string, container: Container, stale: boolean): NodeDescription {
  const state = stateText(container);
  const ports = container.ports.map(portText).join(', ');
  const icon = iconOf(container);
  const { node } = container;
  const role = node === undefined ? '' : t('node of the {0} cluster {1}', node.product, node.cluster);
  return {
    id: `container ${engine} ${container.id}`,
    label: container.service ?? container.name,
    description: [state, role, container.image, ports].filter((part) => part !== '').join(' · '),
    icon: stale ? { name: icon.name } : icon,
    tooltip: [
      `**${escape(container.name)}** ${escape(state)}`,
      ...(role === '' ? [] : [escape(role)]),
      code(container.image),
      ...container.ports.map((port) => code(portText(port))),
      code(container.id.slice(0, 12)),
    ].join('  \n'),
    contextValue: `container;${container.state}`,
    children: 'collapsed',
    spoken: [container.name, state, stale ? t('last known state') : '', role, container.image]
      .filter((part) => part !== '')
      .join(', '),
  };
}

/** Something that went while its row was being drawn. */
export function describeGone(id: string, label: string): NodeDescription {
  return { id, label, description: t('removed'), children: 'none', spoken: t('{0}, removed', label) };
}

/** Every place that was tried and what became of it, for the row that says that no engine answers. */
export function describeProbes(probes: readonly Probe[]): string {
  return probes
    .map((probe) => {
      const { origin, address } = probe.candidate;
      if (!('failure' in probe)) return `- ${escape(origin)} ${code(address)}: ${t('answers')}`;
      const errno = probe.errno === undefined ? '' : `${probe.errno}: `;
      return `- ${escape(origin)} ${code(address)}: ${escape(errno + probe.failure.message)}`;
    })
    .join('\n');
}

/** A row that starts a new search when it is chosen. */
export function describeNoEngine(probes: readonly Probe[]): NodeDescription {
  return {
    ...messageNode('noEngine', t('No container engine answers'), { name: 'debug-disconnect' }, describeProbes(probes)),
    command: { id: 'gantry.docker.refresh', args: [] },
  };
}

/** `8080→80`, with the protocol unless it is TCP. */
export function portText({ host, container, protocol }: PublishedPort): string {
  return `${host}→${container}${protocol === 'tcp' ? '' : `/${protocol}`}`;
}

/** A row that says what could not be read; choosing it has everything asked again. */
export const failedNode = (id: string, why: string): NodeDescription => ({
  ...messageNode(id, why, { name: 'warning', color: 'list.warningForeground' }),
  command: { id: 'gantry.docker.refresh', args: [] },
});

const failedIcon = 'testing.iconFailed';
const waiting = 'testing.iconQueued';
const icons: Readonly<Record<ContainerState, Icon>> = {
  created: { name: 'vm-outline' },
  running: { name: 'vm-running', color: 'testing.iconPassed' },
  paused: { name: 'debug-pause', color: waiting },
  restarting: { name: 'sync', color: waiting },
  removing: { name: 'sync', color: waiting },
  exited: { name: 'vm-outline' },
  dead: { name: 'error', color: failedIcon },
  unknown: { name: 'question' },
};

function iconOf({ state, health, exitCode = 0, node }: Container): Icon {
  // A node that runs looks like the clusters of the Pods view; one that does not, like any container that does not.
  if (node !== undefined && state === 'running') return { name: 'server-process', color: 'testing.iconPassed' };
  if (state === 'running' && health === 'unhealthy') return { name: 'error', color: failedIcon };
  if (state === 'exited' && exitCode !== 0) return { name: 'vm-outline', color: failedIcon };
  return icons[state];
}

/** Text of the engine as Markdown shows it unchanged. */
export const escape = (text: string): string => text.replace(/[\\`*_{}[\]()#+\-.!|<>~$]/g, '\\$&').replace(/\s+/g, ' ');
export const code = (text: string): string => `\`${text.replace(/[`\s]+/g, ' ')}\``;
