/** One cluster in a container: created, started, stopped, removed. The container holds everything but the kubeconfig. */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { systemClock } from '../../core/backoff.ts';
import { Failure, isAbort, messageOf, toFailure } from '../../core/failure.ts';
import { t } from '../../core/l10n.ts';
import type { Log } from '../../core/log.ts';
import type { LogFeed } from '../../core/log/entry.ts';
import { freePorts } from '../../core/ports.ts';
import { writeWhole } from '../../core/storage.ts';
import { writeTar } from '../../core/tar/write.ts';
import { ApiClient } from '../apiClient.ts';
import type { Report } from '../build.ts';
import type { Status } from '../controlPlane.ts';
import { type Credentials, credentialsIn, describeKubeconfig } from '../kubeconfig.ts';
import { Layout } from '../layout.ts';
import { isLocked, withLock } from '../lock.ts';
import { logFiles } from '../logFiles.ts';
import type { Gate } from '../readiness.ts';
import { causeOf, portTaken, refusesPrivileged } from './causes.ts';
import type { ContainerEngine, ContainerEngines, ContainerFacts, EngineFacts } from './engine.ts';
import { nodeGates } from './gates.ts';
import type { Node } from './load.ts';
import { checkEngine, checkPlatform } from './preflight.ts';
import { type ContainerRecord, readContainerRecord } from './record.ts';
import { announceRegistry, ownRegistry, registryName, startRegistry } from './registry.ts';
import {
  type ContainerSettings,
  type Rights,
  clusterLabel,
  containerName,
  containerRequest,
  kubeconfigPath,
  nodeFiles,
  option,
} from './request.ts';

export interface ContainerClusterOptions {
  /** Of all clusters; the cluster's own is `<name>` in it. */
  readonly folder: string;
  readonly name: string;
  readonly engines: () => Promise<ContainerEngines>;
  readonly log: Log;
  /** Milliseconds from the start of the container to ready; three minutes unless told. */
  readonly patience?: number;
}

/** Where a running cluster is reached. */
export interface Reached {
  /** Path of the administrator's kubeconfig, mode 0600. */
  readonly kubeconfig: string;
  /** `https://127.0.0.1:PORT`. */
  readonly server: string;
  /** Name of its registry in image names, `localhost:PORT`, where it has one. */
  readonly registry?: string;
}

/** How a cluster stands; where something is wrong, why and what to do. */
export interface Standing {
  readonly status: Status;
  readonly message?: string;
}

const usualPatience = 180_000;
const pollEvery = 100;
const portAttempts = 3;
/** Milliseconds for a look at a container: a list of clusters does not wait for an engine that hangs. */
const lookPatience = 5000;
/** Lines of a failed container's log that are kept. */
const keptLines = 200;
const never = new AbortController().signal;

export class ContainerCluster {
  readonly layout: Layout;
  readonly #options: ContainerClusterOptions;

  constructor(options: ContainerClusterOptions) {
    this.#options = options;
    this.layout = new Layout(join(options.folder, options.name));
  }

  /**
   * Makes the cluster run and resolves when it is ready. One that runs is reused, one that was stopped started again; one
   * that never got ready, or whose container is gone, is made anew. Throws Failure with a cause and what to do. One that
   * was cancelled leaves nothing behind; the container of one that failed stays, stopped, with its log beside it.
   * @param settings for a container that is made; those of the one before unless given. Throws Failure `notFound` when
   * there are neither, `conflict` when a cluster that has been ready was made with others.
   */
  start(report: Report, signal: AbortSignal, settings?: ContainerSettings): Promise<Reached> {
    const { name } = this.#options;
    return this.#locked(signal, report, async () => {
      if (this.layout.kind === 'embedded') throw embeddedName(name);
      const record = await readContainerRecord(this.layout.container);
      if (record?.ready === true && settings !== undefined && !isDeepStrictEqual(settings, record.settings)) {
        throw otherSettings(name);
      }
      const wanted = settings ?? record?.settings;
      if (wanted === undefined) throw notRunning(name);
      const again = record === undefined ? undefined : await this.#startAgain(record, report, signal);
      return again ?? this.#create(wanted, report, signal);
    });
  }

  /** Stops the container; the objects stay. */
  stop(): Promise<void> {
    return this.#locked(never, () => {}, async () => {
      const { engine, container } = await this.#find(await this.#record(), never);
      const registry = await ownRegistry(engine, this.#options.name, never);
      for (const each of [registry, container]) if (each?.running === true) await engine.stop(each.id, never);
    }); // prettier-ignore
  }

  /** Removes the container with its volumes, and the kubeconfig. */
  remove(): Promise<void> {
    return this.#locked(never, () => {}, async () => {
      const record = await readContainerRecord(this.layout.container);
      if (record !== undefined) {
        const { engine } = await this.#find(record, never);
        await this.#removeContainers(engine);
      }
      await rm(this.layout.folder, { recursive: true, force: true });
    }); // prettier-ignore
  }

  /** How things stand, without changing them. */
  async standing(): Promise<Standing> {
    const record = await readContainerRecord(this.layout.container);
    if (record === undefined) return { status: 'absent' };
    if (await isLocked(this.#lockFolder)) return { status: 'changing' };
    // Its certificate proves that it runs, which spares the engine the question.
    if (record.ready && (await this.#answers(record))) return { status: 'running' };
    let container: ContainerFacts | undefined;
    try {
      ({ container } = await this.#find(record, AbortSignal.timeout(lookPatience)));
    } catch (error) {
      return { status: 'broken', message: messageOf(error) };
    }
    if (container === undefined) return { status: 'broken', message: causeOf(undefined, '') };
    if (!record.ready) {
      const interrupted = t('Its creation was interrupted. Create it again.');
      return { status: 'broken', message: record.failure ?? interrupted };
    }
    if (!container.running) {
      return { status: 'stopped', ...(record.failure === undefined ? {} : { message: record.failure }) };
    }
    return {
      status: 'broken',
      message: t('Its container runs, but the API server does not answer. Look at its logs.'),
    };
  }

  /** See `ContainerEngine.changes`. */
  async *changes(signal: AbortSignal): AsyncGenerator<void> {
    const engine = await (await this.#options.engines()).at((await this.#record()).engine);
    yield* engine.changes(containerName(this.#options.name), signal);
  }

  /** Where it can be reached while it runs. */
  async running(): Promise<Reached | undefined> {
    const record = await readContainerRecord(this.layout.container);
    return record !== undefined && (await this.standing()).status === 'running' ? this.#reached(record) : undefined;
  }

  /** Its one node, which runs. Throws Failure. */
  async node(signal: AbortSignal): Promise<Node> {
    const { engine, container } = await this.#find(await this.#record(), signal);
    if (container?.running !== true) throw notRunning(this.#options.name);
    return { engine, id: container.id };
  }

  /** The engine that it is on. Throws Failure. */
  async engine(): Promise<ContainerEngine> {
    return (await this.#options.engines()).at((await this.#record()).engine);
  }

  /** The end of what its container wrote. */
  async logs(lines: number, signal: AbortSignal): Promise<string> {
    const { engine, container } = await this.#find(await this.#record(), signal);
    if (container === undefined) throw new Failure('notFound', causeOf(undefined, ''));
    return engine.logs(container.id, lines, signal);
  }

  /** As `logs`, and then what it goes on to write; of one that is gone, what was kept of its log. */
  async follow(lines: number, signal: AbortSignal): Promise<LogFeed> {
    const { engine, container } = await this.#find(await this.#record(), signal);
    if (container === undefined && existsSync(this.layout.log('k3s'))) return logFiles(this.layout.logs, lines);
    if (container === undefined) throw new Failure('notFound', causeOf(undefined, ''));
    return engine.follow(container.id, containerName(this.#options.name), lines);
  }

  get #lockFolder(): string {
    return join(this.#options.folder, `${this.#options.name}.lock`);
  }

  #locked<T>(signal: AbortSignal, report: Report, work: () => Promise<T>): Promise<T> {
    return withLock(this.#lockFolder, work, signal, () =>
      report(t('Waiting for another window that works on the cluster {0}.', this.#options.name)),
    );
  }

  async #record(): Promise<ContainerRecord> {
    const record = await readContainerRecord(this.layout.container);
    if (record === undefined) throw notRunning(this.#options.name);
    return record;
  }

  async #keep(record: ContainerRecord): Promise<void> {
    await writeWhole(this.layout.container, `${JSON.stringify(record, undefined, 2)}\n`);
  }

  /** The engine and, on it, the container that bears the name and the mark of this cluster. */
  async #find(
    { engine: address }: ContainerRecord,
    signal: AbortSignal,
  ): Promise<{ engine: ContainerEngine; container: ContainerFacts | undefined }> {
    const engine = await (await this.#options.engines()).at(address);
    return { engine, container: await this.#own(engine, signal) };
  }

  async #own(engine: ContainerEngine, signal: AbortSignal): Promise<ContainerFacts | undefined> {
    const container = await engine.container(containerName(this.#options.name), signal);
    return container?.labels[clusterLabel] === this.#options.name ? container : undefined;
  }

  async #removeContainers(engine: ContainerEngine): Promise<void> {
    const registry = await ownRegistry(engine, this.#options.name, never);
    const node = await this.#own(engine, never);
    for (const each of [registry, node]) if (each !== undefined) await engine.remove(each.id, never);
  }

  /** The container that is there, started if it was ready once; what is left of a failed start is cleared away. */
  async #startAgain(record: ContainerRecord, report: Report, signal: AbortSignal): Promise<Reached | undefined> {
    const { engine, container } = await this.#find(record, signal);
    if (container === undefined || !record.ready) {
      await this.#removeContainers(engine);
      await rm(this.layout.folder, { recursive: true, force: true });
      return undefined;
    }
    try {
      if (!container.running) {
        report(t('Starting the cluster {0}.', this.#options.name));
        await engine.start(container.id, never);
      }
      const registry = await ownRegistry(engine, this.#options.name, never);
      if (!container.running || registry?.running !== true) await this.#startRegistry(engine, record, container.id);
      signal.throwIfAborted();
      const reached = await this.#ready(engine, container.id, record, report, signal);
      const { failure: _, ...clean } = record;
      await this.#keep(clean);
      return reached;
    } catch (error) {
      if (!isAbort(error)) throw await this.#failed(engine, record, error);
      if (!container.running) await engine.stop(container.id, never);
      throw error;
    }
  }

  async #create(settings: ContainerSettings, report: Report, signal: AbortSignal): Promise<Reached> {
    const { name, engines, log } = this.#options;
    const began = Date.now();
    report(t('Looking at the container engine.'));
    const engine = await (await engines()).preferred();
    const facts = await engine.facts(signal);
    checkEngine(settings, facts);
    if ((await engine.container(containerName(name), signal)) !== undefined) throw nameTaken(name);
    await this.#image(engine, facts, 'image', settings.image, report, signal);
    if (settings.registry !== '') await this.#image(engine, facts, 'registry', settings.registry, report, signal);
    let record: ContainerRecord = { engine: engine.address, settings, port: 0, registryPort: 0, ready: false };
    await mkdir(this.layout.folder, { recursive: true, mode: 0o700 });
    try {
      await this.#keep(record);
      const made = await this.#run(engine, facts, settings, report, signal);
      await this.#keep((record = { ...record, port: made.port, registryPort: made.registryPort }));
      await this.#startRegistry(engine, record, made.id);
      signal.throwIfAborted();
      const reached = await this.#ready(engine, made.id, record, report, signal);
      await this.#keep({ ...record, ready: true });
      log.info(`cluster ${name}: ready in ${((Date.now() - began) / 1000).toFixed(1)} s`);
      return reached;
    } catch (error) {
      if (isAbort(error) || !(await this.#hasRun(engine))) await this.#discard(engine);
      throw isAbort(error) ? error : await this.#failed(engine, record, error);
    }
  }

  /** Sees that the engine has the image, and can run it. */
  async #image(
    engine: ContainerEngine,
    facts: EngineFacts,
    flag: 'image' | 'registry',
    name: string,
    report: Report,
    signal: AbortSignal,
  ): Promise<void> {
    let image = await engine.image(name, signal);
    if (image === undefined) {
      report(t('Pulling {0}.', name));
      try {
        await engine.pull(name, report, signal);
        image = await engine.image(name, signal);
      } catch (error) {
        if (isAbort(error)) throw error;
        throw imageMissing(name, flag, toFailure(error));
      }
    }
    if (image === undefined) throw imageMissing(name, flag, new Failure('notFound', ''));
    checkPlatform(name, image, facts);
  }

  /** Makes the container and starts it: on another port when one was taken meanwhile, with listed rights where all are refused. */
  async #run(
    engine: ContainerEngine,
    facts: EngineFacts,
    settings: ContainerSettings,
    report: Report,
    signal: AbortSignal,
  ): Promise<{ readonly id: string; readonly port: number; readonly registryPort: number }> {
    const { name: cluster, log } = this.#options;
    const token = randomBytes(16).toString('hex');
    let rights: Rights = 'privileged';
    for (let attempt = 1; ;) {
      signal.throwIfAborted();
      report(t('Creating the container {0}.', containerName(cluster)));
      const [port, second] = (await freePorts(2)) as [number, number];
      const registryPort = settings.registry === '' ? 0 : second;
      const request = containerRequest({ cluster, settings, facts, port, registryPort, token, rights });
      // What was asked of an engine is done, whoever still listens: so it is waited for, and then undone.
      const id = await engine.create(containerName(cluster), request, never);
      try {
        const files = nodeFiles(settings, registryPort, rights).map(({ path, text }) => ({ path, data: Buffer.from(text), mode: 0o600, modified: Date.now() })); // prettier-ignore
        if (files.length > 0) await engine.put(id, '/', writeTar(files), never);
        signal.throwIfAborted();
        await engine.start(id, never);
        return { id, port, registryPort };
      } catch (error) {
        await engine.remove(id, never);
        const message = messageOf(error);
        if (portTaken(message) && attempt < portAttempts) attempt++;
        else if (refusesPrivileged(message) && rights === 'privileged') {
          log.info(`cluster ${cluster}: no --privileged here: ${message}`);
          rights = 'listed';
        } else throw error;
      }
    }
  }

  /** Passes the gates and writes the kubeconfig. */
  async #ready(
    engine: ContainerEngine,
    id: string,
    record: ContainerRecord,
    report: Report,
    signal: AbortSignal,
  ): Promise<Reached> {
    const { name, patience = usualPatience } = this.#options;
    const until = Date.now() + patience;
    const look = async (): Promise<ContainerFacts> => {
      const container = await engine.container(id, signal);
      if (container?.running !== true) throw new Stopped(container);
      return container;
    };
    const pass = async (sentence: string, passed: () => Promise<boolean>): Promise<void> => {
      report(sentence);
      let last: unknown;
      while (!(await passed().catch((error: unknown) => void (last = error)))) {
        await look();
        if (Date.now() > until) throw late(name, patience, sentence, last);
        await systemClock.sleep(pollEvery, signal);
      }
    };
    report(t('Waiting for the container to run.'));
    const { started } = await look();
    let credentials: Credentials | undefined;
    await pass(t('Waiting for k3s to write its kubeconfig.'), async () => {
      const file = await engine.read(id, kubeconfigPath, signal);
      if (file === undefined) return false;
      credentials = credentialsIn(file.toString(), kubeconfigPath);
      return true;
    });
    const api = apiClient(record.port, credentials!);
    for (const gate of nodeGates(started)) await pass(gate.sentence(), () => passes(gate, api));
    if (record.registryPort !== 0) await announceRegistry(api, record.registryPort);
    const reached = this.#reached(record);
    const access = { name, server: reached.server, ...credentials! };
    await writeWhole(this.layout.kubeconfig, describeKubeconfig(access));
    return reached;
  }

  async #answers(record: ContainerRecord): Promise<boolean> {
    try {
      const text = await readFile(this.layout.kubeconfig, 'utf8');
      const api = apiClient(record.port, credentialsIn(text, this.layout.kubeconfig));
      return (await api.send('GET', '/readyz')).status === 200;
    } catch {
      return false;
    }
  }

  #reached({ port, registryPort }: ContainerRecord): Reached {
    const registry = registryPort === 0 ? {} : { registry: registryName(registryPort) };
    return { kubeconfig: this.layout.kubeconfig, server: `https://127.0.0.1:${port}`, ...registry };
  }

  async #startRegistry(
    engine: ContainerEngine,
    { settings, registryPort }: ContainerRecord,
    node: string,
  ): Promise<void> {
    if (registryPort === 0) return;
    await startRegistry(engine, this.#options.name, settings.registry, registryPort, node);
  }

  /** Whether its container ever ran; true, too, when the engine does not tell. */
  async #hasRun(engine: ContainerEngine): Promise<boolean> {
    try {
      const container = await this.#own(engine, AbortSignal.timeout(lookPatience));
      return container !== undefined && container.started > 0;
    } catch {
      return true;
    }
  }

  /** Removes what a start has made; where that cannot be done, what is known of it stays to be seen. */
  async #discard(engine: ContainerEngine): Promise<void> {
    try {
      await this.#removeContainers(engine);
    } catch (error) {
      this.#options.log.warn(`cluster ${this.#options.name}: not removed: ${messageOf(error)}`);
      return;
    }
    await rm(this.layout.folder, { recursive: true, force: true });
  }

  /** Keeps the evidence of a failed start, and makes of it what the person is told. */
  async #failed(engine: ContainerEngine, record: ContainerRecord, error: unknown): Promise<Failure> {
    const { name } = this.#options;
    if (!existsSync(this.layout.folder)) return explained(error);
    let failure = explained(error);
    try {
      const container = await this.#own(engine, AbortSignal.timeout(lookPatience));
      const logs = container === undefined ? '' : await engine.logs(container.id, keptLines, never);
      if (error instanceof Stopped || failure.kind === 'timeout') {
        await mkdir(this.layout.logs, { recursive: true, mode: 0o700 });
        await writeFile(this.layout.log('k3s'), logs, { mode: 0o600 });
        const cause = causeOf(container, logs);
        const place = logs === '' ? '' : t('Its log is {0}.', this.layout.log('k3s'));
        const what = failure.kind === 'timeout' ? failure.message : t('The cluster {0} ended while it started.', name);
        failure = new Failure(failure.kind, [what, cause, place].filter(Boolean).join(' '), error);
      }
      const registry = await ownRegistry(engine, name, never);
      for (const each of [registry, container]) if (each?.running === true) await engine.stop(each.id, never);
    } catch (told) {
      this.#options.log.warn(`cluster ${name}: no evidence: ${messageOf(told)}`);
    }
    await this.#keep({ ...record, failure: failure.message });
    return failure;
  }
}

/** The container ended, or is gone. */
class Stopped extends Error {
  readonly container: ContainerFacts | undefined;

  constructor(container: ContainerFacts | undefined) {
    super(container === undefined ? 'the container is gone' : `the container ended with status ${container.exitCode}`);
    this.container = container;
  }
}

const apiClient = (port: number, { ca, certificate, key }: Credentials): ApiClient =>
  new ApiClient(port, { ca, cert: certificate, key });

const passes = (gate: Gate, api: ApiClient): Promise<boolean> => gate.passed(api);

/** What an engine refused, with what to do where that is known. */
function explained(error: unknown): Failure {
  const failure = toFailure(error);
  if (portTaken(failure.message)) {
    return new Failure(
      'conflict',
      t('The port of the cluster was taken by another program. End that one and start the cluster again.'),
      error,
    );
  }
  if (refusesPrivileged(failure.message) && failure.kind === 'internal') {
    return new Failure(
      'forbidden',
      t('The engine does not allow what a cluster needs: {0} Use an engine that runs as root.', failure.message),
      error,
    );
  }
  return failure;
}

function late(name: string, patience: number, sentence: string, cause: unknown): Failure {
  const seconds = Math.round(patience / 1000);
  return new Failure(
    'timeout',
    t('The cluster {0} did not become ready within {1} s. {2}', name, seconds, sentence),
    cause,
  );
}

const nameTaken = (name: string): Failure =>
  new Failure(
    'conflict',
    t(
      'The engine has a container {0} already. Remove it, or give the cluster another name than {1}.',
      containerName(name),
      name,
    ),
  );

const imageMissing = (name: string, flag: 'image' | 'registry', cause: Failure): Failure =>
  new Failure(
    cause.kind,
    t(
      'The image {0} cannot be had. {1} Choose another with {2}, or pull it yourself.',
      name,
      cause.message,
      option(flag),
    ),
    cause,
  );

const otherSettings = (name: string): Failure =>
  new Failure(
    'conflict',
    t(
      'The cluster {0} was created with other settings. Start it as it is: gantry cluster start {0}. Or delete it first: gantry cluster delete {0}',
      name,
    ),
  );

/** For a cluster in a container that would have the name of an embedded one. */
export const embeddedName = (name: string): Failure =>
  new Failure('conflict', t('{0} is the name of an embedded cluster. Choose another name.', name));

const notRunning = (name: string): Failure =>
  new Failure('notFound', t('No cluster {0} runs. Create it: gantry cluster create --container {0}', name));
