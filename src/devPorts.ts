/** What the loop from sources to a local cluster needs of the other domains. Each is loaded when it is first needed. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { ContainerEngine } from './cluster/container/engine.ts';
import type { Node } from './cluster/container/load.ts';
import { loadIntoNodes, runsPods } from './cluster/container/otherClusters.ts';
import type { Cluster } from './cluster/domain.ts';
import { clusterEngines } from './clusterEngine.ts';
import { systemClock } from './core/backoff.ts';
import { Failure } from './core/failure.ts';
import { t } from './core/l10n.ts';
import { withoutColours } from './core/log/clean.ts';
import { run } from './core/processes.ts';
import { writeTar } from './core/tar/write.ts';
import type {
  Applied,
  DebugRequest,
  Debugged,
  DevPorts,
  Place,
  Reachable,
  Report,
  Rollout,
  Target,
  Workload,
} from './devloop/ports.ts';
import { StepFailure } from './devloop/ports.ts';
import { repositoryOf } from './devloop/project.ts';
import { BuildFailure } from './docker/build/build.ts';
import { contextFiles } from './docker/build/context.ts';
import { BuildLines } from './docker/build/lines.ts';
import type { Docker, ListedContainer } from './docker/domain.ts';
import { record, text } from './docker/fields.ts';
import { type Operation, inspect, tagImage } from './docker/operations.ts';
import { send } from './kubernetes/actions/apiCall.ts';
import {
  type Applied as AppliedObject,
  applyForGood,
  isChanged,
  outcomeText,
  tryFile,
} from './kubernetes/actions/applyFile.ts';
import { awaitRollout } from './kubernetes/actions/awaitRollout.ts';
import { deleteObject } from './kubernetes/actions/change.ts';
import { imagesOf, portsOf, withImage } from './kubernetes/actions/images.ts';
import { getCall } from './kubernetes/actions/look.ts';
import { readManifests } from './kubernetes/actions/manifest.ts';
import { type StuckPod, stuckPod, uidsOf } from './kubernetes/actions/stuckPod.ts';
import { type ObjectRef, known, workloadResources } from './kubernetes/apiResource.ts';
import type { Requester } from './kubernetes/connection.ts';
import type { Kubernetes } from './kubernetes/domain.ts';
import { specKey } from './kubernetes/forward/spec.ts';
import { intercept } from './kubernetes/intercept/intercept.ts';
import { type KubeContext, contextNamed } from './kubernetes/kubeconfig.ts';
import { debugWorkload } from './kubernetes/loans/debugWorkload.ts';
import type { Journal } from './kubernetes/loans/journal.ts';
import { giveBack } from './kubernetes/loans/lending.ts';
import { loanOf } from './kubernetes/loans/loan.ts';
import { mend } from './kubernetes/loans/mend.ts';
import { podLogs } from './kubernetes/logs/podLogs.ts';
import { workloadTarget } from './kubernetes/logs/targets.ts';

export interface DevSources {
  readonly cluster: () => Promise<Pick<Cluster, 'labkit'>>;
  readonly docker: () => Promise<Docker>;
  /** Of the contexts that the program shows. */
  readonly kubernetes: () => Promise<Kubernetes>;
  /** False in an untrusted workspace: a Dockerfile runs programs. */
  readonly trusted: () => boolean;
  /** Of one kubeconfig, which the program does not show; the caller disposes it. */
  readonly kubernetesOf: (kubeconfig: string) => Promise<Kubernetes>;
  /** What of clusters is on loan to this machine's processes. */
  readonly journal: Journal;
  /** Milliseconds, see `intercept`. */
  readonly patience?: number;
}

export function devPorts(sources: DevSources): DevPorts {
  return {
    fingerprint: async ({ folder, dockerfile }) => {
      const files = (await contextFiles(folder, dockerfile)).filter(({ kind }) => kind !== 'folder');
      return files.map(({ path, size, modified, mode }) => `${path} ${size} ${modified} ${mode}`).join('\n');
    },
    async kustomize(folder, report, signal) {
      const program = await (await sources.cluster()).labkit('kustomize', report, signal);
      const { code, stdout, stderr } = await run(program, [folder], { signal, timeout: 60_000 });
      if (code !== 0) throw new Failure('invalid', t('The kustomization of {0} is wrong: {1}', folder, stderr.trim()));
      return stdout;
    },
    target: (place, signal) => findTarget(sources, place, signal),
    async intercept(request, telling, signal) {
      (await mend(sources.journal, sources.kubernetesOf, signal)).forEach(telling.say);
      return withCluster(sources, request.place, signal, async (docker, local) => {
        const { kubernetes } = local;
        const relayImage = (report: Report, until: AbortSignal): Promise<string> =>
          loadRelay(sources, docker, local, report, until);
        const service = serviceRef(local, request);
        const { journal, patience } = sources;
        const isRemoved = (): Promise<boolean> => areGone(docker, local);
        const deps = { ...kubernetes, journal, relayImage, isRemoved, ...(patience === undefined ? {} : { patience }) };
        return intercept({ ...request, service }, deps, telling, signal);
      });
    },
    endIntercept: (place, service, signal) =>
      withCluster(sources, place, signal, async (_, local) => {
        const ref = serviceRef(local, { place, service });
        const server = local.kubernetes.contexts.connect(ref.context);
        const loan = loanOf((await local.kubernetes.actions.subject(ref, signal)).object);
        if (loan !== undefined) await giveBack(server, ref, loan.session, signal);
        return loan !== undefined;
      }),
    mend: (signal) => mend(sources.journal, sources.kubernetesOf, signal),
  };
}

/** Does something with the local cluster that is meant. */
async function withCluster<T>(
  sources: DevSources,
  place: Place,
  signal: AbortSignal,
  work: (docker: Docker, local: Local) => Promise<T>,
): Promise<T> {
  const { docker, local } = await findCluster(sources, place, signal);
  try {
    return await work(docker, local);
  } finally {
    if (local.own) local.kubernetes.dispose();
  }
}

const serviceRef = (
  { context }: Local,
  { place, service }: { readonly place: Place; readonly service: string },
): ObjectRef => ({
  ...known.services,
  context: context.id,
  namespace: place.namespace ?? context.namespace,
  name: service,
});

/** A context that leads to a cluster in containers of this machine, and those. */
interface Local {
  readonly kubernetes: Kubernetes;
  readonly context: KubeContext;
  readonly nodes: readonly ListedContainer[];
  /** Whether nobody else uses `kubernetes`. */
  readonly own: boolean;
}

async function findTarget(sources: DevSources, place: Place, signal: AbortSignal): Promise<Target> {
  if (!sources.trusted()) {
    throw new Failure('forbidden', t('Nothing is built in an untrusted workspace: a Dockerfile runs programs.'));
  }
  await mend(sources.journal, sources.kubernetesOf, signal);
  const { docker, local } = await findCluster(sources, place, signal);
  return new ClusterTarget(docker, local, place.namespace ?? local.context.namespace, sources.journal);
}

/** Throws Failure for a cluster that is not of this machine. */
async function findCluster(
  sources: DevSources,
  place: Place,
  signal: AbortSignal,
): Promise<{ readonly docker: Docker; readonly local: Local }> {
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
  sources: DevSources,
  containers: readonly ListedContainer[],
): Promise<Local> {
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
  sources: DevSources,
  containers: readonly ListedContainer[],
): Promise<Local> {
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
async function nodesAt(
  docker: Docker,
  { nodes }: Local,
): Promise<{ readonly engine: ContainerEngine; readonly nodes: readonly Node[] }> {
  const engine = await clusterEngines(() => Promise.resolve(docker)).at(nodes[0]!.engine);
  return { engine, nodes: nodes.map(({ container: { id } }) => ({ engine, id })) };
}

/** Milliseconds for an engine to tell. */
const lookPatience = 5000;

/** Whether none of a cluster's nodes is left; false when their engine does not tell. */
async function areGone(docker: Docker, local: Local): Promise<boolean> {
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
async function loadById(
  docker: Docker,
  local: Local,
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
async function loadRelay(
  { cluster }: DevSources,
  docker: Docker,
  local: Local,
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

const exists = (server: Requester, ref: ObjectRef, signal: AbortSignal): Promise<boolean> =>
  send(server, getCall(ref), signal).then(
    () => true,
    (error: unknown) => {
      if (error instanceof Failure && error.kind === 'notFound') return false;
      throw error;
    },
  );

class ClusterTarget implements Target {
  readonly #docker: Docker;
  readonly #local: Local;
  readonly #namespace: string;
  /** Objects that were not there before. */
  readonly #made = new Map<string, ObjectRef>();
  readonly #forwarded = new Set<string>();
  readonly #journal: Journal;

  constructor(docker: Docker, local: Local, namespace: string, journal: Journal) {
    this.#docker = docker;
    this.#local = local;
    this.#namespace = namespace;
    this.#journal = journal;
  }

  get name(): string {
    return this.#local.context.name;
  }

  get #engine(): string {
    return this.#local.nodes[0]!.engine;
  }

  images(manifests: string): readonly string[] {
    return [...new Set(readManifests(manifests, t('The manifests')).flatMap(imagesOf))];
  }

  async build(
    { folder, dockerfile }: Parameters<Target['build']>[0],
    image: string,
    output: (line: string) => void,
    signal: AbortSignal,
  ): Promise<string> {
    const lines = new BuildLines();
    const tag = image.replace(/@.*$/, ''); // A digest is of what was pulled, not of what is built.
    try {
      const request = { folder, dockerfile, tag };
      await this.#docker.build(this.#engine, request, (news) => lines.of(news).forEach((one) => output(one.text)), signal); // prettier-ignore
    } catch (error) {
      if (!(error instanceof BuildFailure) || error.step === undefined) throw error;
      const { line } = error.step;
      const place = line === undefined ? [] : [`${dockerfile}:${line + 1}`];
      throw new StepFailure(error, [...place, ...compilerLines(error.output)]);
    }
    const named = { id: tag, name: tag };
    return text(record(await this.#docker.perform(this.#engine, inspect.image(named), signal))['Id']);
  }

  load(image: string, id: string, report: Report, signal: AbortSignal): Promise<string> {
    return loadById(this.#docker, this.#local, image, id, report, signal);
  }

  async running(
    manifests: string,
    image: string,
    signal: AbortSignal,
  ): Promise<readonly (Workload & { readonly there: boolean })[]> {
    const target = this.#local.kubernetes.actions.applyTarget(this.#local.context.id, signal, this.#namespace);
    const found = readManifests(manifests, t('The manifests')).filter((object) => imagesOf(object).includes(image));
    const workloads = found.flatMap(({ kind = '', metadata: { name, namespace = this.#namespace } }) =>
      debuggedKinds.includes(kind) ? [{ kind, name, namespace }] : [],
    );
    const there = await Promise.all(workloads.map((each) => exists(target.server, this.#refOf(each), signal)));
    return workloads.map((each, i) => ({ ...each, there: there[i]! }));
  }

  async debug(request: DebugRequest, report: Report, signal: AbortSignal): Promise<Debugged> {
    const { kubernetes } = this.#local;
    const ref = this.#refOf(request.workload);
    const others = await uidsOf(kubernetes.store, ref, signal);
    return debugWorkload(
      { ...request, ref },
      {
        kubernetes,
        rolledOut: () => this.#rollout(ref, others).done(report, signal),
        isRemoved: () => areGone(this.#docker, this.#local),
        journal: this.#journal,
        build: (how, say) => this.#docker.debugImage(this.#engine, how, say, signal),
        load: async (id) => {
          try {
            return await this.load(request.image, id, report, signal);
          } finally {
            await this.#perform({ method: 'DELETE', path: `/images/${id}` }).catch(() => {}); // The nodes have it.
          }
        },
      },
      report,
      signal,
    );
  }

  #refOf({ kind, name, namespace }: Workload): ObjectRef {
    return { ...workloadResources[kind]!, context: this.#local.context.id, namespace, name };
  }

  #perform(request: Operation['request']): Promise<unknown> {
    return this.#docker.perform(this.#engine, { request, line: [] }, new AbortController().signal);
  }

  async apply(manifests: string, images: ReadonlyMap<string, string>, signal: AbortSignal): Promise<Applied> {
    const { actions, store } = this.#local.kubernetes;
    const context = this.#local.context.id;
    const objects = readManifests(manifests, t('The manifests')).map((object) =>
      [...images].reduce((done, [from, to]) => withImage(done, from, to), object),
    );
    const target = actions.applyTarget(context, signal, this.#namespace);
    const tried = await tryFile(objects, target, false);
    const refused = tried.filter(({ after }) => after === undefined);
    if (refused.length > 0) {
      throw new StepFailure(new Failure('invalid', t('Nothing was applied.')), refused.map(outcomeText));
    }
    const rollouts: Rollout[] = [];
    for (const each of tried.filter(({ ref }) => rollsOut(ref))) {
      // Of a workload that stays as it is, the pods that are there are those of the rollout.
      const others = isChanged(each) ? await uidsOf(store, each.ref, signal) : new Set<string>();
      rollouts.push(this.#rollout(each.ref, others));
    }
    for (const each of tried) {
      if (isChanged(each)) await applyForGood(each, target, false);
      if (each.live === undefined) this.#made.set(JSON.stringify(each.ref), each.ref);
    }
    return { lines: tried.map(outcomeText), rollouts, reachable: reachable(tried) };
  }

  logs(workload: Workload, signal: AbortSignal): AsyncIterable<readonly string[]> {
    const { store, contexts } = this.#local.kubernetes;
    const target = workloadTarget({ ...workload, context: this.#local.context.id }, workload.kind, workload.name);
    const feed = podLogs({ store, connect: contexts.connect, clock: systemClock }, target, { follow: true, tail: 0 });
    return (async function* () {
      for await (const entries of feed(signal)) {
        yield entries.map(({ source, text: line }) =>
          [source, withoutColours(line)].filter((part) => part !== '').join(' '),
        );
      }
    })();
  }

  async forward({ port, ...of }: Reachable): Promise<string> {
    const { forwards } = this.#local.kubernetes;
    const spec = { ...of, context: this.#local.context.id, remotePort: port };
    const key = specKey({ ...spec, localPort: 0 });
    this.#forwarded.add(key);
    const before = forwards.states().find((state) => state.key === key);
    // A browser keeps its connections, and these lead to pods of before.
    if (before !== undefined) forwards.stop(key);
    const localPort = Number(before?.address?.split(':').at(-1) ?? (port < 1024 ? 8000 + port : port));
    const { address, problem } = await forwards.start({ ...spec, localPort }).catch((error: unknown) => {
      if (error instanceof Failure && error.kind === 'conflict') return forwards.start({ ...spec, localPort: 0 });
      throw error;
    });
    if (address === undefined) throw problem ?? new Failure('unreachable', of.name);
    return address;
  }

  async remove(signal: AbortSignal): Promise<void> {
    const { actions } = this.#local.kubernetes;
    for (const ref of [...this.#made.values()].reverse()) {
      try {
        await actions.run(deleteObject, await actions.subject(ref, signal), { force: false });
      } catch (error) {
        if (!(error instanceof Failure) || error.kind !== 'notFound') throw error;
      }
    }
  }

  dispose(): void {
    for (const key of this.#forwarded) this.#local.kubernetes.forwards.stop(key);
    if (this.#local.own) this.#local.kubernetes.dispose();
  }

  #rollout(ref: ObjectRef, others: ReadonlySet<string>): Rollout {
    const { actions, store, contexts } = this.#local.kubernetes;
    return {
      workload: ref,
      async done(report, signal) {
        const ending = new AbortController();
        const either = AbortSignal.any([signal, ending.signal]);
        const stuck = stuckPod({ store, connect: contexts.connect }, ref, others, either).then((pod) => {
          if (pod !== undefined) throw stuckFailure(ref, pod);
        });
        try {
          // One that is stuck rejects; one that is not never settles before the rollout does.
          await Promise.race([awaitRollout(actions, ref, report, either), stuck.then(() => new Promise(() => {}))]);
        } finally {
          ending.abort();
          await stuck.catch(() => {});
        }
      },
    };
  }
}

/** Kinds whose pods are as their template says, now and after. */
const debuggedKinds = ['Deployment', 'StatefulSet', 'DaemonSet'];

const rollsOut = ({ kind, group }: ObjectRef): boolean => group === 'apps' && debuggedKinds.includes(kind);

/** Services, or where there is none what they would lead to. */
function reachable(objects: readonly AppliedObject[]): Reachable[] {
  const of = (kinds: readonly string[]): Reachable[] =>
    objects
      .filter(({ ref }) => kinds.includes(ref.kind))
      .flatMap(({ ref: { kind, name, namespace }, object }) =>
        portsOf(object).map((port) => ({ kind, name, namespace, port })),
      );
  const services = of(['Service']);
  return services.length > 0 ? services : of(Object.keys(workloadResources));
}

/** Lines of a step's output that are shown where no compiler spoke. */
const mostLines = 8;

/** What Go's compiler said, with the places; else the end of what was said. */
function compilerLines(output: string): string[] {
  const lines = output.split('\n').map(withoutColours).map((line) => line.trimEnd()).filter((line) => line !== ''); // prettier-ignore
  const places = lines.filter((line) => /^\S+\.go:\d+:\d+: /.test(line));
  return places.length > 0 ? places : lines.slice(-mostLines);
}

function stuckFailure({ kind, name }: ObjectRef, { name: pod, explanations, log }: StuckPod): StepFailure {
  const [first] = explanations;
  const why = first === undefined ? '' : first.cause;
  const failure = new Failure('invalid', t('The new pods of {0} {1} get no further: {2}', kind, name, why || pod));
  return new StepFailure(failure, [
    ...(log.length === 0 ? [] : [t('The end of the log of {0}:', pod), ...log.map((line) => `  ${line}`)]),
    ...explanations.flatMap(({ next }) => next),
  ]);
}
