/** The local cluster that the loop from sources to pods works on: found, its nodes, and images brought to them. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { ContainerEngine } from './cluster/container/engine.ts';
import type { Node } from './cluster/container/load.ts';
import { loadIntoNodes, runsPods } from './cluster/container/otherClusters.ts';
import type { Cluster } from './cluster/domain.ts';
import { clusterEngines } from './clusterEngine.ts';
import { Failure } from './core/failure.ts';
import { t } from './core/l10n.ts';
import { writeTar } from './core/tar/write.ts';
import type { Place, Report } from './devloop/ports.ts';
import { repositoryOf } from './devloop/project.ts';
import type { Docker, ListedContainer } from './docker/domain.ts';
import { tagImage } from './docker/operations.ts';
import type { Kubernetes } from './kubernetes/domain.ts';
import { type KubeContext, contextNamed } from './kubernetes/kubeconfig.ts';

/** What is needed of the other domains to find it. */
export interface ClusterSources {
  readonly docker: () => Promise<Docker>;
  /** Of the contexts that the program shows. */
  readonly kubernetes: () => Promise<Kubernetes>;
  /** Of one kubeconfig, which the program does not show; the caller disposes it. */
  readonly kubernetesOf: (kubeconfig: string) => Promise<Kubernetes>;
}

/** A context that leads to a cluster in containers of this machine, and those. */
export interface LocalCluster {
  readonly kubernetes: Kubernetes;
  readonly context: KubeContext;
  readonly nodes: readonly ListedContainer[];
  /** Whether nobody else uses `kubernetes`. */
  readonly own: boolean;
}

/** Throws Failure for a cluster that is not of this machine. */
export async function findCluster(
  sources: ClusterSources,
  place: Place,
  signal: AbortSignal,
): Promise<{ readonly docker: Docker; readonly local: LocalCluster }> {
  const docker = await sources.docker();
  const containers = await docker.list(signal);
  const { kubeconfig, context } = place;
  const local =
    kubeconfig !== undefined
      ? await clusterIn(kubeconfig, context, sources, containers)
      : await shownCluster(context, sources, containers);
  return { docker, local };
}

/** The context of that name or, when none is named, the local one there is: the current one before others. */
async function shownCluster(
  name: string | undefined,
  sources: ClusterSources,
  containers: readonly ListedContainer[],
): Promise<LocalCluster> {
  const kubernetes = await sources.kubernetes();
  const configs = await kubernetes.contexts.loaded();
  const asked =
    name === undefined
      ? configs.contexts
      : [configs.contexts.find(({ id }) => id === name) ?? contextNamed(name, configs)];
  const locals = asked
    .map((context) => ({ kubernetes, context, nodes: nodesOf(context, containers), own: false }))
    .filter(({ nodes }) => nodes.length > 0);
  if (name !== undefined && locals.length === 0) throw notLocal(name);
  const local = locals.find(({ context }) => context.id === configs.current) ?? locals[0];
  if (local === undefined) {
    throw new Failure('notFound', t('No local cluster runs. Create one: gantry cluster create --container'));
  }
  // One cluster may have several contexts: its own, and one that was merged into the person's kubeconfig.
  const clusters = new Set(locals.map(({ nodes }) => nodes[0]!.container.id));
  if (clusters.size > 1 && local.context.id !== configs.current) {
    throw several(locals.map(({ context }) => context.name));
  }
  return local;
}

/** A context of one kubeconfig: that of the name, else the current one. */
async function clusterIn(
  kubeconfig: string,
  name: string | undefined,
  sources: ClusterSources,
  containers: readonly ListedContainer[],
): Promise<LocalCluster> {
  const kubernetes = await sources.kubernetesOf(kubeconfig);
  try {
    const configs = await kubernetes.contexts.loaded();
    const context =
      name === undefined ? configs.contexts.find(({ id }) => id === configs.current) : contextNamed(name, configs);
    if (context === undefined) {
      throw configs.failures[0] ?? new Failure('invalid', t('{0} names no current context.', kubeconfig));
    }
    const nodes = nodesOf(context, containers);
    if (nodes.length === 0) throw notLocal(context.name);
    return { kubernetes, context, nodes, own: true };
  } catch (error) {
    kubernetes.dispose();
    throw error;
  }
}

const notLocal = (name: string): Failure =>
  new Failure(
    'invalid',
    t(
      'The nodes of {0} are no containers of this machine, so they cannot be given an image. Create a cluster that is: gantry cluster create --container',
      name,
    ),
  );

const several = (names: readonly string[]): Failure =>
  new Failure(
    'invalid',
    t(
      'Several local clusters run: {0}. Make one of them the current context, or name one with {1}.',
      names.join(', '),
      '--context',
    ),
  );

/** The nodes of a cluster whose API server is published on a port of this machine's loopback; empty for any other. */
function nodesOf({ cluster: { server } }: KubeContext, containers: readonly ListedContainer[]): ListedContainer[] {
  const url = URL.parse(server);
  if (url === null || !['127.0.0.1', 'localhost', '[::1]', '0.0.0.0'].includes(url.hostname)) return [];
  const entry = containers.find(({ container }) => container.node !== undefined && container.ports.some(({ host }) => host === Number(url.port))); // prettier-ignore
  if (entry === undefined) return [];
  const same = ({ engine, container: { node } }: ListedContainer): boolean =>
    engine === entry.engine &&
    node?.product === entry.container.node!.product &&
    node.cluster === entry.container.node!.cluster;
  return containers.filter(
    (each) => same(each) && each.container.state === 'running' && runsPods(each.container.labels),
  );
}

/** The engine that the nodes are on, and those. */
export async function nodesAt(
  docker: Docker,
  { nodes }: LocalCluster,
): Promise<{ readonly engine: ContainerEngine; readonly nodes: readonly Node[] }> {
  const engine = await clusterEngines(() => Promise.resolve(docker)).at(nodes[0]!.engine);
  return { engine, nodes: nodes.map(({ container: { id } }) => ({ engine, id })) };
}

/** Milliseconds for an engine to tell. */
const lookPatience = 5000;

/** Whether none of a cluster's nodes is left; false when their engine does not tell. */
export async function areGone(docker: Docker, local: LocalCluster): Promise<boolean> {
  try {
    const { engine, nodes } = await nodesAt(docker, local);
    const signal = AbortSignal.timeout(lookPatience);
    const left = await Promise.all(nodes.map(({ id }) => engine.container(id, signal)));
    return left.every((each) => each === undefined);
  } catch {
    return false;
  }
}

/** Brings an image of the cluster's engine to every node, under a name that no other image has. Returns that name. */
export async function loadById(
  docker: Docker,
  local: LocalCluster,
  image: string,
  id: string,
  report: Report,
  signal: AbortSignal,
): Promise<string> {
  // Named by what is in it: pods of another build have another image, and the same build is the same pods.
  const name = `${repositoryOf(image)}:gantry-${id.replace('sha256:', '').slice(0, 12)}`;
  const { engine, nodes } = await nodesAt(docker, local);
  await docker.perform(engine.address, tagImage(id, name), signal);
  try {
    await loadIntoNodes(nodes, name, report, signal);
  } finally {
    // The nodes have it; the engine keeps it by the name that it was built under.
    const request = { method: 'DELETE', path: `/images/${name}`, query: { noprune: true } } as const;
    await docker.perform(engine.address, { request, line: [] }, new AbortController().signal).catch(() => {});
  }
  return name;
}

/** Brings the relay of an intercept to every node, as an image of one program. Returns its name; the engine keeps it. */
export async function loadRelay(
  cluster: () => Promise<Pick<Cluster, 'labkit'>>,
  docker: Docker,
  local: LocalCluster,
  report: Report,
  signal: AbortSignal,
): Promise<string> {
  const { engine, nodes } = await nodesAt(docker, local);
  const { architecture: arch } = await engine.facts(signal);
  const program = await readFile(await (await cluster()).labkit('relay', report, signal, { os: 'linux', arch }));
  const hash = createHash('sha256').update(program).digest('hex').slice(0, 12);
  const name = `gantry-relay:${hash}`;
  if ((await engine.image(name, signal)) === undefined) {
    const archive = writeTar([{ path: 'gantry-relay', data: program, mode: 0o755, modified: 0 }]);
    const query = { fromSrc: '-', repo: 'gantry-relay', tag: hash, changes: 'ENTRYPOINT ["/gantry-relay"]' };
    const operation = { request: { method: 'POST', path: '/images/create', query }, line: [] } as const;
    for await (const { status } of docker.progress(engine.address, operation, signal, archive)) report(status);
  }
  await loadIntoNodes(nodes, name, report, signal);
  return name;
}
