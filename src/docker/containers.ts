/** A container as the engine lists it, parsed once. */
import { Failure } from '../core/failure.ts';
import { t } from '../core/l10n.ts';
import { printable } from '../core/printable.ts';
import { array, number, record, text } from './fields.ts';

export type ContainerState =
  'created' | 'running' | 'paused' | 'restarting' | 'removing' | 'exited' | 'dead' | 'unknown';

export interface PublishedPort {
  readonly host: number;
  readonly container: number;
  readonly protocol: string;
}

export interface Container {
  /** Full id. */
  readonly id: string;
  /** Without the engine's leading slash. */
  readonly name: string;
  readonly image: string;
  readonly state: ContainerState;
  /** Of the last run, when it ended. */
  readonly exitCode?: number;
  readonly health?: 'healthy' | 'unhealthy' | 'starting';
  readonly ports: readonly PublishedPort[];
  /** Compose project and service, from Compose's labels. */
  readonly project?: string;
  readonly service?: string;
  /** Its labels, when it has any. */
  readonly labels?: Readonly<Record<string, string>>;
  /** The cluster that it is a node of: kind's, k3d's, minikube's or Gantry's. */
  readonly node?: ClusterNode;
  /** Names of the volumes it mounts, when it mounts any. */
  readonly volumes?: readonly string[];
}

export interface ClusterNode {
  /** `kind`, `k3d`, `minikube`, `Gantry`. */
  readonly product: string;
  readonly cluster: string;
}

/** Labels by which products know the nodes of their clusters. */
const clusterLabels = [
  ['Gantry', 'gantry.cluster'],
  ['kind', 'io.x-k8s.kind.cluster'],
  ['k3d', 'k3d.cluster'],
  ['minikube', 'name.minikube.sigs.k8s.io'],
] as const;

/** Parses an item of `GET /containers/json`; throws Failure `invalid` when it has no id. */
export function fromList(item: unknown): Container {
  const row = record(item);
  return {
    ...identity(row['Id'], array(row['Names'])[0], row['Labels']),
    image: printable(text(row['Image'])),
    state: stateOf(text(row['State'])),
    ...fromStatus(text(row['Status'])),
    ports: distinct(array(row['Ports']).map(record).map(listedPort)),
    ...mounted(row['Mounts']),
  };
}

/** Parses `GET /containers/{id}/json`; throws Failure `invalid` when it has no id. */
export function fromInspect(answer: unknown): Container {
  const root = record(answer);
  const [config, state] = [record(root['Config']), record(root['State'])];
  const exited = stateOf(text(state['Status'])) === 'exited';
  const health = text(record(state['Health'])['Status']);
  return {
    ...identity(root['Id'], root['Name'], config['Labels']),
    image: printable(text(config['Image'])),
    state: stateOf(text(state['Status'])),
    ...(exited ? { exitCode: number(state['ExitCode']) } : {}),
    ...(isHealth(health) ? { health } : {}),
    ports: distinct(Object.entries(record(record(root['NetworkSettings'])['Ports'])).flatMap(boundPorts)),
    ...mounted(root['Mounts']),
  };
}

function identity(
  id: unknown,
  name: unknown,
  given: unknown,
): Pick<Container, 'id' | 'name' | 'project' | 'service' | 'labels' | 'node'> {
  if (text(id) === '') throw new Failure('invalid', t('The engine described a container without an id.'));
  const labels = Object.fromEntries(Object.entries(record(given)).map(([label, value]) => [label, text(value)]));
  const project = printable(labels['com.docker.compose.project'] ?? '');
  const service = printable(labels['com.docker.compose.service'] ?? '');
  const mark = clusterLabels.find(([, label]) => (labels[label] ?? '') !== '');
  return {
    id: text(id),
    name: printable(text(name)).replace(/^\//, '') || text(id).slice(0, 12),
    ...(project === '' ? {} : { project }),
    ...(service === '' ? {} : { service }),
    ...(Object.keys(labels).length === 0 ? {} : { labels }),
    ...(mark === undefined ? {} : { node: { product: mark[0], cluster: printable(labels[mark[1]]!) } }),
  };
}

const states = ['created', 'running', 'paused', 'restarting', 'removing', 'exited', 'dead'] as const;

/** Podman says `stopped`, `configured` and `initialized` where Docker says `exited` and `created`. */
function stateOf(state: string): ContainerState {
  if (state === 'stopped') return 'exited';
  if (state === 'configured' || state === 'initialized') return 'created';
  return states.find((one) => one === state) ?? 'unknown';
}

/** `Exited (137) 2 hours ago`, `Up 3 minutes (health: starting)`. The time in it is not kept: it would grow old unseen. */
function fromStatus(status: string): Pick<Container, 'exitCode' | 'health'> {
  const exit = /^Exited \((\d+)\)/.exec(status)?.[1];
  const health = /\((?:health: )?(\w+)\)/.exec(status)?.[1];
  return { ...(exit === undefined ? {} : { exitCode: Number(exit) }), ...(isHealth(health) ? { health } : {}) };
}

const isHealth = (word: string | undefined): word is NonNullable<Container['health']> =>
  word === 'healthy' || word === 'unhealthy' || word === 'starting';

function listedPort(port: Record<string, unknown>): PublishedPort {
  return { host: number(port['PublicPort']), container: number(port['PrivatePort']), protocol: text(port['Type']) };
}

function mounted(mounts: unknown): Pick<Container, 'volumes'> {
  const volumes = array(mounts)
    .map(record)
    .filter(({ Type }) => Type === 'volume')
    .map(({ Name }) => text(Name));
  return volumes.length === 0 ? {} : { volumes };
}

/** `"8080/tcp": [{ "HostIp": "0.0.0.0", "HostPort": "32768" }]` */
function boundPorts([name, bindings]: [string, unknown]): PublishedPort[] {
  const [container = '', protocol = 'tcp'] = name.split('/');
  return array(bindings).map((binding) => ({
    host: Number(text(record(binding)['HostPort'])),
    container: Number(container),
    protocol,
  }));
}

/** Published ports by number; an engine names one for IPv4 and one for IPv6. */
function distinct(ports: readonly PublishedPort[]): PublishedPort[] {
  const published = ports.filter(({ host }) => host > 0);
  return [...new Map(published.map((port) => [JSON.stringify(port), port])).values()].sort(
    (a, b) => a.host - b.host || a.container - b.container,
  );
}
