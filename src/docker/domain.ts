/** The front door of the container engines' plain code. */
import type { Clock } from '../core/backoff.ts';
import type { Disposable } from '../core/disposable.ts';
import { Emitter, type Event, neverChanges } from '../core/emitter.ts';
import type { Log } from '../core/log.ts';
import type { TreeSource } from '../core/tree.ts';
import type { Upload } from './api.ts';
import type { BuildOutcome, BuildReport, BuildRequest } from './build/build.ts';
import type { BuildInputs } from './build/misses.ts';
import type { EngineClient, LogQuery } from './client.ts';
import type { DebugImage, DebugImageRequest, DebugRequest, DebugSession } from './debug/debug.ts';
import type { ComposeAction, ComposeProject, ComposeRun } from './compose/project.ts';
import type { Container } from './containers.ts';
import type { Output } from './demux.ts';
import { Failure } from '../core/failure.ts';
import { t } from '../core/l10n.ts';
import { type Examination, findingOf } from './doctor.ts';
import { type EndpointWorld, thisMachine } from './endpoints.ts';
import { Engines, type RunningEngine } from './engines.ts';
import { ContainerFiles } from './files.ts';
import type { LogFeed } from '../core/log/entry.ts';
import { type LogSource, followContainers } from './followLogs.ts';
import { containerLogs } from './logs.ts';
import { type ExecOptions, type Session, attach, exec } from './session.ts';
import { type Sample, containerStats } from './stats.ts';
import type { ContainerNode } from './nodes.ts';
import { type Credentials, RegistryCredentials, serverOf } from './credentials.ts';
import { record, text } from './fields.ts';
import { type Operation, type Prune, pull, push, simple } from './operations.ts';
import { parseReference } from './reference.ts';
import { type RunSpec, createContainer } from './runSpec.ts';
import { type Unused, unused, usagePath } from './usage.ts';
import { type ProgressLine, progressLines } from './progress.ts';
import type { ScanReport } from './scan/report.ts';
import { ContainerTree, type TreeParts, composeLabel } from './tree.ts';

export interface DockerDeps {
  readonly log: Log;
  /** The setting `gantry.docker.endpoint`, read at each search; empty means found by itself. */
  readonly endpoint: () => string;
  /** The machine to search; this one unless told. */
  readonly world?: EndpointWorld;
  readonly clock?: Clock;
  /** False in an untrusted workspace: then no credential helper is run. Trusted unless told. */
  readonly trusted?: () => boolean;
  /** Milliseconds between questions to an engine that says nothing; 30 s unless told. */
  readonly heartbeat?: number;
  /** The setting `gantry.docker.groupBy`: a label, or nothing for a flat list; Compose projects unless told. */
  readonly groupBy?: () => string;
  /** Fires with the setting that became another one; never unless told. */
  readonly onDidChange?: Event<'gantry.docker.endpoint' | 'gantry.docker.groupBy'>;
  /** The setting `gantry.docker.vulnerabilityDatabase`; empty, govulncheck's own, unless told. */
  readonly vulnerabilityDatabase?: () => string;
}

export interface Docker extends Disposable {
  readonly engines: Engines;
  tree(): TreeSource<ContainerNode>;
  /** Searches for engines again and lists their containers anew. */
  refresh(): Promise<void>;
  /** The containers of every engine that answers, asked now. Throws a Failure that says what to do when none does. */
  list(signal: AbortSignal): Promise<readonly ListedContainer[]>;
  /** Output of a container of the engine the docker command would use, or of the one at `engine`. */
  logs(container: string, query: LogQuery, signal: AbortSignal, engine?: string): AsyncIterable<Output>;
  /** Containers' logs as one, across their restarts and their engines', each line once. */
  follow(containers: readonly NamedRef[], tail: number): LogFeed;
  /** Searches for engines again and tells what became of every place. */
  examine(): Promise<Examination>;
  /** A container as it is now. Throws Failure `notFound` when it, or its engine, is gone. */
  container(ref: ContainerRef, signal: AbortSignal): Promise<Container>;
  /** Does it and gives the engine's answer. Throws its own words as a Failure when it refuses. */
  perform(engine: string, operation: Operation, signal: AbortSignal, file?: Upload): Promise<unknown>;
  /** Does what takes a while and tells how it goes; it is done when this ends. */
  progress(engine: string, operation: Operation, signal: AbortSignal, file?: Upload): AsyncIterable<ProgressLine>;
  /** Credentials for registries, as the docker command keeps them. */
  readonly credentials: RegistryCredentials;
  /** Has the engine try them at the registry, then keeps them as the docker command does. */
  signIn(registry: string, credentials: Credentials, signal: AbortSignal): Promise<void>;
  /** Pulls or pushes with the credentials of the image's registry. */
  transfer(engine: string, direction: 'pull' | 'push', image: string, signal: AbortSignal): AsyncIterable<ProgressLine>;
  /**
   * Builds an image and tells how it goes. Throws BuildFailure with the line that failed. Refused in an untrusted workspace:
   * a Dockerfile is a program.
   */
  build(engine: string, request: BuildRequest, report: BuildReport, signal: AbortSignal): Promise<BuildOutcome>;
  /** Known vulnerabilities of an image's Go programs, by govulncheck; its row shows them from then on. */
  scan(engine: string, image: string, say: (message: string) => void, signal: AbortSignal): Promise<ScanReport>;
  /** Starts the program of an image under Delve, compiled anew for it, and says how a debugger reaches it. */
  debug(
    engine: string,
    request: DebugRequest,
    say: (message: string) => void,
    signal: AbortSignal,
  ): Promise<DebugSession>;
  /** An image without a name for pods: that of a service with its program under Delve; see `debugImage`. */
  debugImage(
    engine: string,
    request: DebugImageRequest,
    say: (message: string) => void,
    signal: AbortSignal,
  ): Promise<DebugImage>;
  /** A Compose project as its containers name it: its files, and the folder they belong to. */
  composeProject(engine: string, project: string): Promise<ComposeProject>;
  /** Through the compose plugin. Refused in an untrusted workspace, as building is. */
  compose(engine: string, project: ComposeProject, action: ComposeAction, how: Omit<ComposeRun, 'env'>): Promise<void>;
  /** What a prune would take. */
  unused(engine: string, prune: Prune, signal: AbortSignal): Promise<Unused>;
  /** Makes a container of an image and starts it. Returns its id; one that does not start stays, to be looked at. */
  run(engine: string, spec: RunSpec, signal: AbortSignal): Promise<string>;
  /** A command in a running container, or the container's own terminal. */
  exec(ref: ContainerRef, options: ExecOptions, signal: AbortSignal): Promise<Session>;
  attach(ref: ContainerRef, signal: AbortSignal): Promise<Session>;
  /** What a container uses, about once a second, until it stops. */
  stats(ref: ContainerRef, signal: AbortSignal): AsyncIterable<Sample>;
  /** Its files, kept as they were read. */
  files(ref: ContainerRef): Promise<ContainerFiles>;
  /** The client of an engine, and of no other: that may hold a container of the same name. */
  client(engine: string): Promise<EngineClient>;
  /** The engine the docker command would use. Throws a Failure that says what to do when it does not answer. */
  preferred(): Promise<RunningEngine>;
}

/** One container among those of all engines. */
export interface ContainerRef {
  /** The engine's address. */
  readonly engine: string;
  readonly id: string;
}

export interface NamedRef extends ContainerRef {
  readonly name: string;
}

export interface ListedContainer {
  /** The engine's address. */
  readonly engine: string;
  readonly container: Container;
}

export function createDocker(deps: DockerDeps): Docker {
  const world = deps.world ?? thisMachine();
  const engines = new Engines({ ...deps, world });
  const files = new WeakMap<EngineClient, Map<string, ContainerFiles>>();
  let tree: ContainerTree | undefined;
  const following = (deps.onDidChange ?? neverChanges)((setting) => {
    if (setting === 'gantry.docker.groupBy') tree?.regroup();
    else void engines.refresh();
  });
  /** Engine and image → what the last scan found. */
  const scans = new Map<string, ScanReport>();
  const onDidScan = new Emitter<string>();
  const clientAt = async (address: string): Promise<RunningEngine['client']> => {
    await engines.found();
    const engine = engines.byAddress(address);
    if (engine === undefined) throw new Failure('notFound', t('No engine answers at {0} any more.', address));
    return engine.client;
  };
  /** What the last build of each file began from. */
  const builds = new Map<string, BuildInputs>();
  const credentials = new RegistryCredentials({ ...world, trusted: deps.trusted ?? (() => true) });
  const needTrust = (sentence: string): void => {
    if (deps.trusted?.() === false) throw new Failure('forbidden', sentence);
  };
  const progress: Docker['progress'] = async function* (engine, { request }, signal, file) {
    const { api } = await clientAt(engine);
    yield* progressLines(await api.stream(request, signal, file), api.address);
  };
  const stats: Docker['stats'] = async function* ({ engine, id }, signal) {
    yield* containerStats(await clientAt(engine), id, signal);
  };
  const filesOf: Docker['files'] = async ({ engine, id }) => {
    const client = await clientAt(engine);
    const ofEngine = files.get(client) ?? new Map<string, ContainerFiles>();
    files.set(client, ofEngine);
    const known = ofEngine.get(id) ?? new ContainerFiles(client, id);
    ofEngine.set(id, known);
    return known;
  };
  const logSource = ({ engine, id, name }: NamedRef): LogSource => ({
    name,
    async *read(query, signal) {
      yield* containerLogs(await clientAt(engine), id, query, signal);
    },
    running: async (signal) => (await clientAt(engine)).started(id, signal),
  });
  const parts: TreeParts = {
    stats,
    files: filesOf,
    client: clientAt,
    scanned: (engine, image) => scans.get(`${engine} ${image}`),
    onDidScan: onDidScan.event,
    groupBy: deps.groupBy ?? (() => composeLabel),
  };
  return {
    engines,
    credentials,
    tree: () => (tree ??= new ContainerTree(engines, parts, deps.clock)),
    refresh: () => engines.refresh(),
    preferred: () => engines.preferred(),
    async list(signal) {
      await engines.preferred();
      const lists = await Promise.all(
        engines.all.map(async ({ address, client }) =>
          (await client.listContainers(signal)).map((container) => ({ engine: address, container })),
        ),
      );
      return lists.flat().sort((a, b) => a.container.name.localeCompare(b.container.name));
    },
    follow: (containers, tail) =>
      followContainers(containers.map(logSource), { tail, ...(deps.clock && { clock: deps.clock }) }),
    async examine() {
      await engines.refresh();
      const findings = engines.probes.map((probe) => findingOf(probe, world.platform));
      const used = engines.askedFailure === undefined ? engines.all[0]?.address : undefined;
      return used === undefined ? { advice: engines.advice().message, findings } : { used, findings };
    },
    async container({ engine, id }, signal) {
      const container = await (await clientAt(engine)).container(id, signal);
      if (container === undefined) throw new Failure('notFound', t('The container is gone: somebody removed it.'));
      return container;
    },
    client: clientAt,
    async perform(engine, { request }, signal, file) {
      return (await clientAt(engine)).ask(request, signal, file);
    },
    progress,
    exec: async ({ engine, id }, options, signal) => exec(await clientAt(engine), id, options, signal),
    attach: async ({ engine, id }, signal) => attach(await clientAt(engine), id, signal),
    stats,
    files: filesOf,
    async signIn(registry, given, signal) {
      const { client } = await engines.preferred();
      const serveraddress = serverOf(registry);
      const request = { method: 'POST', path: '/auth', body: { ...given, serveraddress } } as const;
      const identitytoken = text(record(await client.ask(request, signal))['IdentityToken']);
      await credentials.store(registry, identitytoken === '' ? given : { identitytoken }, signal);
    },
    async *transfer(engine, direction, image, signal) {
      const auth = await credentials.header(parseReference(image).registry, signal);
      yield* progress(engine, direction === 'pull' ? pull(image, auth) : push(image, auth), signal);
    },
    async build(engine, request, report, signal) {
      needTrust(t('Nothing is built in an untrusted workspace: a Dockerfile runs programs.'));
      const { buildImage } = await import('./build/build.ts');
      const client = await clientAt(engine);
      const kept = JSON.stringify([engine, request.folder, request.dockerfile, request.tag]);
      const keep = <T extends { readonly inputs: BuildInputs }>(outcome: T): T => {
        builds.set(kept, outcome.inputs);
        return outcome;
      };
      const needs = {
        client,
        env: world.env,
        now: () => Date.now(),
        credentials: (bases: readonly string[]) => credentials.configHeader(registriesOf(bases), signal),
      };
      return keep(await buildImage(needs, request, report, signal, builds.get(kept)));
    },
    async scan(engine, image, say, signal) {
      needTrust(t('Nothing is scanned in an untrusted workspace: govulncheck is a program of this machine.'));
      const { scanImage } = await import('./scan/scan.ts');
      const database = deps.vulnerabilityDatabase?.() ?? '';
      const client = await clientAt(engine);
      const scanned = await scanImage({ client, env: world.env, database }, image, say, signal);
      scans.set(`${engine} ${scanned.image}`, scanned);
      onDidScan.fire(engine);
      return scanned;
    },
    async debug(engine, request, say, signal) {
      needTrust(t('Nothing is debugged in an untrusted workspace: its program would run.'));
      const { debugInContainer } = await import('./debug/debug.ts');
      return debugInContainer({ client: await clientAt(engine), env: world.env }, request, say, signal);
    },
    async debugImage(engine, request, say, signal) {
      needTrust(t('Nothing is debugged in an untrusted workspace: its program would run.'));
      const { debugImage } = await import('./debug/debug.ts');
      return debugImage({ client: await clientAt(engine), env: world.env }, request, say, signal);
    },
    async composeProject(engine, project) {
      const client = await clientAt(engine);
      const { projectOf } = await import('./compose/project.ts');
      const never = new AbortController().signal;
      const one = (await client.listContainers(never)).find((container) => container.project === project);
      const found = one === undefined ? undefined : projectOf(await client.inspectContainer(one.id, never));
      if (found === undefined) throw new Failure('notFound', t('The containers of {0} are gone.', project));
      return found;
    },
    async compose(engine, project, action, how) {
      needTrust(t('Compose is not run in an untrusted workspace: its files start programs.'));
      const client = await clientAt(engine);
      const { runCompose } = await import('./compose/project.ts');
      await runCompose(project, action, { ...how, env: client.commandEnv(world.env) });
    },
    async unused(engine, kind, signal) {
      const client = await clientAt(engine);
      const get = (path: string): Promise<unknown> => client.ask({ method: 'GET', path }, signal);
      if (kind !== 'networks') return unused(kind, await get(usagePath), [], client.version);
      const networks = await client.list('networks', signal);
      return unused(kind, {}, await Promise.all(networks.map(({ key }) => get(`/networks/${key}`))), client.version);
    },
    async run(engine, spec, signal) {
      const client = await clientAt(engine);
      const id = text(record(await client.ask(createContainer(spec).request, signal))['Id']);
      await client.ask(simple.start({ id, name: id }).request, signal);
      return id;
    },
    async *logs(container, query, signal, engine) {
      const { client } = (engine === undefined ? undefined : engines.byAddress(engine)) ?? (await engines.preferred());
      yield* containerLogs(client, container, query, signal);
    },
    dispose() {
      following.dispose();
      onDidScan.dispose();
      tree?.dispose();
      engines.dispose();
    },
  };
}

/** Registries of base images; what is no image name is left to the builder. */
function registriesOf(bases: readonly string[]): readonly string[] {
  const registries = bases.flatMap((base) => {
    try {
      return parseReference(base).registry;
    } catch {
      return [];
    }
  });
  return [...new Set(registries)];
}
