/** One embedded cluster: found, started, mended, stopped, removed. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdir, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { systemClock } from '../core/backoff.ts';
import { Failure, errnoOf, messageOf } from '../core/failure.ts';
import { t } from '../core/l10n.ts';
import type { Log } from '../core/log.ts';
import { freePorts } from '../core/ports.ts';
import { type ProcessIdentity, isAlive, signalProcess } from '../core/identity.ts';
import { writeWhole } from '../core/storage.ts';
import { ApiClient } from './apiClient.ts';
import type { Report } from './build.ts';
import { type Changes, type Contents, Etcd, type Read } from './etcd.ts';
import { describeKubeconfig } from './kubeconfig.ts';
import { Layout, type Ports, type Programs } from './layout.ts';
import { isLocked, withLock } from './lock.ts';
import { type PartName, describeParts, nodeNames, partIdentities, partNames } from './parts.ts';
import { PortTaken, Started, endProcesses, endedFailure } from './processes.ts';
import { type Gate, apiServerGate, clusterGates, releaseNodes } from './readiness.ts';
import {
  type ResetTarget,
  changesTo,
  describeReset,
  readSnapshot,
  resetTargets,
  takenAt,
  writeSnapshot,
} from './snapshot.ts';
import { type Simulation, parseSimulation } from './simulation.ts';
import { type ClusterRecord, readRecord } from './state.ts';

export interface ControlPlaneOptions {
  /** `<cacheFolder>/cluster`; the cluster's own folder is `<name>` in it. */
  readonly folder: string;
  /** Name of folder, context, cluster and user. */
  readonly name: string;
  /** The programs, built if they are not there yet. */
  readonly programs: (report: Report, signal: AbortSignal) => Promise<Programs>;
  readonly log: Log;
  /** The processes end with this program, however it ends. Otherwise they stay for the next window. */
  readonly owned?: boolean;
}

export interface Running {
  /** Path of the administrator's kubeconfig, mode 0600. */
  readonly kubeconfig: string;
  /** `https://127.0.0.1:PORT`. */
  readonly server: string;
  readonly processes: Readonly<Partial<Record<PartName, ProcessIdentity>>>;
}

/** `broken`: a part has ended or does not answer. `changing`: somebody is starting or stopping it. */
export type Status = 'absent' | 'stopped' | 'running' | 'broken' | 'changing';

/** Milliseconds from starting the processes to ready; on two busy cores it takes ten thousand. */
const startPatience = 180_000;
/** Milliseconds after which the node counts as silent: the flag --node-lease-duration-seconds of kwok. */
const leaseLifetime = 40_000;
const pollEvery = 50;
const portAttempts = 3;
/** A look at all objects and the transaction after it take a tenth of a second. */
const resetAttempts = 10;
/** Milliseconds that an ended process may take to let go of its ports. */
const lettingGo = 2_000;

export class ControlPlane {
  readonly layout: Layout;
  readonly #options: ControlPlaneOptions;
  #owned: readonly Started[] = [];

  constructor(options: ControlPlaneOptions) {
    this.#options = options;
    this.layout = new Layout(join(options.folder, options.name));
  }

  /**
   * Makes the cluster run and resolves when it is ready. One that runs is reused; one of which a part is missing or
   * frozen is started again on its data and, if they are free, its ports. Throws Failure; `cancelled` leaves no process.
   * @param asked what kwok plays: as before unless given, and started anew when that changes.
   */
  async start(report: Report, signal: AbortSignal, asked?: Simulation): Promise<Running> {
    if (process.platform === 'win32') {
      throw new Failure(
        'toolMissing',
        t('The embedded cluster does not run on Windows. Open this folder in WSL and try again.'),
      );
    }
    this.#refuseContainer();
    const programs = await this.#options.programs(report, signal);
    return this.#locked(signal, report, async () => {
      this.#refuseContainer(); // One may have been made while the programs were built.
      try {
        const before = await this.#simulation();
        const simulation = asked ?? before;
        const same = JSON.stringify(simulation) === JSON.stringify(before);
        const reused = same ? await this.#reuse(programs, simulation, report, signal) : undefined;
        return reused ?? (await this.#startAnew(programs, simulation, report, signal));
      } catch (error) {
        throw systemFailure(error, this.layout.folder);
      }
    });
  }

  /** Ends the processes; the data stays. */
  async stop(signal: AbortSignal = new AbortController().signal): Promise<void> {
    if (!existsSync(this.layout.folder)) return;
    await this.#locked(
      signal,
      () => {},
      () => this.#end(),
    );
  }

  /** Ends the processes and deletes the data. */
  async remove(signal: AbortSignal = new AbortController().signal): Promise<void> {
    if (!existsSync(this.layout.folder)) return;
    await this.#locked(
      signal,
      () => {},
      async () => {
        await this.#end();
        await removeFolder(this.layout.folder);
      },
    );
  }

  /** Notes down all objects, in the place of what was noted down before. Throws Failure `notFound` unless it runs. */
  async snapshot(signal: AbortSignal): Promise<void> {
    await this.#locked(
      signal,
      () => {},
      async () => {
        const { etcd } = await this.#store();
        await writeSnapshot(this.layout.snapshot('snapshot'), (await etcd.read()).contents);
      },
    );
  }

  /** What `reset` can go back to, with when that was, in milliseconds since the epoch. */
  async resetTargets(): Promise<readonly { readonly to: ResetTarget; readonly at: number }[]> {
    const found = await Promise.all(
      resetTargets.map(async (to) => ({ to, at: await takenAt(this.layout.snapshot(to)) })),
    );
    return found.flatMap(({ to, at }) => (at === undefined ? [] : [{ to, at }]));
  }

  /** What `reset` would do to the objects, in sentences; none when nothing. Throws Failure `notFound`. */
  async resetLoses(to: ResetTarget): Promise<readonly string[]> {
    const { etcd } = await this.#store();
    const { changes, now } = await this.#changes(await this.#wanted(to), etcd);
    return describeReset(changes, now.contents);
  }

  /**
   * Sets all objects back, while the API server goes on: whoever watches is told of each object. The controllers begin
   * anew, because they remember what never was. Killed meanwhile, it is as before or as wanted, and starts again.
   * Throws Failure `notFound`; `conflict` when others write all the time.
   */
  async reset(to: ResetTarget, report: Report, signal: AbortSignal): Promise<void> {
    await this.#locked(signal, report, async () => {
      const began = Date.now();
      const { record, etcd } = await this.#store();
      const wanted = await this.#wanted(to);
      report(t('Setting the objects of {0} back.', this.#options.name));
      await this.#withoutControllers(record, () => this.#setBack(wanted, etcd));
      const { nodes } = await this.#simulation();
      await this.#pass(clusterGates(nodeNames(nodes), Date.now() - leaseLifetime), record.ports, [], report, signal);
      this.#options.log.info(`cluster ${this.#options.name}: reset to ${to} in ${Date.now() - began} ms`);
    });
  }

  /** How things stand, without changing them. */
  async status(): Promise<Status> {
    const record = await readRecord(this.layout.state);
    if (record === undefined) return existsSync(this.layout.data) ? 'stopped' : 'absent';
    const alive = aliveOf(record).length;
    if (alive === 0) return 'stopped';
    if (alive === partNames.length && (await this.#answers(record.ports))) return 'running';
    return (await isLocked(this.#lockFolder)) ? 'changing' : 'broken';
  }

  /** Where it can be reached while it runs. */
  async running(): Promise<Running | undefined> {
    const record = await readRecord(this.layout.state);
    return record !== undefined && (await this.status()) === 'running' ? this.#running(record) : undefined;
  }

  async #store(): Promise<{ readonly record: ClusterRecord; readonly etcd: Etcd }> {
    const record = await readRecord(this.layout.state);
    if (record === undefined || (await this.status()) !== 'running') {
      throw new Failure('notFound', t('The cluster {0} does not run. Start it first.', this.#options.name));
    }
    return { record, etcd: await Etcd.open(this.layout, record.ports.etcd) };
  }

  async #simulation(): Promise<Simulation> {
    return parseSimulation(await readFile(this.layout.simulation, 'utf8').catch(() => undefined));
  }

  async #wanted(to: ResetTarget): Promise<Contents> {
    const wanted = await readSnapshot(this.layout.snapshot(to));
    if (wanted !== undefined) return wanted;
    const { name } = this.#options;
    const sentence =
      to === 'snapshot'
        ? t('There is no snapshot of {0}. Take one: gantry cluster snapshot {0}', name)
        : t('How {0} was when it was new is not known. Delete it and create it again.', name);
    throw new Failure('notFound', sentence);
  }

  async #changes(wanted: Contents, etcd: Etcd): Promise<{ readonly changes: Changes; readonly now: Read }> {
    const now = await etcd.read();
    return { changes: changesTo(wanted, now.contents), now };
  }

  async #setBack(wanted: Contents, etcd: Etcd): Promise<void> {
    for (let attempt = 1; attempt <= resetAttempts; attempt++) {
      const { changes, now } = await this.#changes(wanted, etcd);
      if (await etcd.apply(changes, now.revision)) return;
    }
    throw new Failure(
      'conflict',
      t('Objects of {0} were changed all the time, so it was not reset. Stop what changes them and try again.', this.#options.name), // prettier-ignore
    );
  }

  /** Ends the controller manager for the time of the work. */
  async #withoutControllers(record: ClusterRecord, work: () => Promise<void>): Promise<void> {
    const name = 'kube-controller-manager';
    const before = record.processes[name]!;
    signalProcess(before, 'SIGKILL'); // It writes nothing at its end that would be missed.
    await endProcesses([before]);
    try {
      await work();
    } finally {
      const parts = describeParts(this.layout, record.ports, record.programs, await this.#simulation());
      const part = parts.find((each) => each.name === name)!;
      const started = new Started(part, this.layout);
      const processes = { ...record.processes, ...identities([started]) };
      await writeWhole(this.layout.state, JSON.stringify({ ...record, processes }, undefined, 2));
      if (this.#options.owned) this.#owned = [...this.#owned.filter((each) => each.name !== name), started];
      else await started.letGo();
    }
  }

  #refuseContainer(): void {
    if (this.layout.kind !== 'container') return;
    const { name } = this.#options;
    const sentence = t(
      '{0} is the name of a cluster in a container. Start it: gantry cluster start {0}. Or choose another name.',
      name,
    );
    throw new Failure('conflict', sentence);
  }

  get #lockFolder(): string {
    return join(this.#options.folder, `${this.#options.name}.lock`);
  }

  #locked<T>(signal: AbortSignal, report: Report, work: () => Promise<T>): Promise<T> {
    return withLock(this.#lockFolder, work, signal, () =>
      report(t('Waiting for another window that works on the cluster {0}.', this.#options.name)),
    );
  }

  /** The cluster that runs, if all of it does and it is of this build. */
  async #reuse(
    programs: Programs,
    { nodes }: Simulation,
    report: Report,
    signal: AbortSignal,
  ): Promise<Running | undefined> {
    const record = await readRecord(this.layout.state);
    if (record === undefined || aliveOf(record).length < partNames.length) return undefined;
    if (record.programs.controlPlane !== programs.controlPlane || record.programs.kwok !== programs.kwok)
      return undefined;
    if (!(await this.#answers(record.ports))) return undefined;
    await this.#pass(clusterGates(nodeNames(nodes), Date.now() - leaseLifetime), record.ports, [], report, signal);
    this.#options.log.info(`cluster ${this.#options.name}: reused`);
    return this.#running(record);
  }

  async #startAnew(programs: Programs, simulation: Simulation, report: Report, signal: AbortSignal): Promise<Running> {
    const began = Date.now();
    report(t('Starting the cluster {0}.', this.#options.name));
    const before = await readRecord(this.layout.state);
    await this.#end();
    await this.#forgetUnfinished();
    await this.#prepare(programs, signal);
    await writeWhole(this.layout.simulation, JSON.stringify(simulation));
    await writeWhole(this.layout.stages, simulation.stages);
    let ports = before !== undefined && (await becomeFree(before.ports, signal)) ? before.ports : await choosePorts();
    for (let attempt = 1; ; attempt++) {
      try {
        const running = await this.#launch(programs, simulation, ports, report, signal);
        this.#options.log.info(`cluster ${this.#options.name}: ready in ${((Date.now() - began) / 1000).toFixed(1)} s`);
        return running;
      } catch (error) {
        if (!(error instanceof PortTaken) || attempt === portAttempts) throw error;
        ports = await choosePorts();
      }
    }
  }

  /** Whether a start finished once; until then nothing of a person is in the cluster. */
  get #wasReady(): boolean {
    return existsSync(this.layout.state);
  }

  /** An etcd that was killed before it wrote its first member down never leads, and an API server waits for it in vain. */
  async #forgetUnfinished(): Promise<void> {
    if (!this.#wasReady) await removeFolder(this.layout.data);
  }

  /** Folders, certificates. Whatever a killed start left half done is done again. */
  async #prepare(programs: Programs, signal: AbortSignal): Promise<void> {
    await mkdir(this.layout.logs, { recursive: true, mode: 0o700 });
    await chmod(this.layout.folder, 0o700);
    if (existsSync(this.layout.certificates)) return;
    await promisify(execFile)(programs.controlPlane, ['certs', `--dir=${this.layout.certificates}`], { signal });
  }

  async #launch(
    programs: Programs,
    simulation: Simulation,
    ports: Ports,
    report: Report,
    signal: AbortSignal,
  ): Promise<Running> {
    await this.#writeKubeconfigs(ports);
    const started: Started[] = [];
    const began = Date.now();
    try {
      const parts = describeParts(this.layout, ports, programs, simulation);
      const launch = (names: readonly PartName[]): void => {
        for (const part of parts) if (names.includes(part.name)) started.push(new Started(part, this.layout));
      };
      launch(['etcd', 'kube-apiserver']);
      await this.#pass([apiServerGate], ports, started, report, signal);
      await releaseNodes(await ApiClient.open(this.layout, ports.api));
      // Only now: what asks before the roles are there is refused, and then waits seconds before it asks again.
      launch(['kube-controller-manager', 'kube-scheduler', 'kwok']);
      await this.#pass(clusterGates(nodeNames(simulation.nodes), began), ports, started, report, signal);
      if (!this.#wasReady) await this.#noteEmpty(ports);
      const record: ClusterRecord = { ports, programs, processes: identities(started) };
      await writeWhole(this.layout.state, JSON.stringify(record, undefined, 2));
      if (this.#options.owned) this.#owned = started;
      else await Promise.all(started.map((process) => process.letGo()));
      return this.#running(record);
    } catch (error) {
      await killAll(started);
      throw error;
    }
  }

  /** How a new cluster is, so that it can be made so again. */
  async #noteEmpty(ports: Ports): Promise<void> {
    const etcd = await Etcd.open(this.layout, ports.etcd);
    await writeSnapshot(this.layout.snapshot('empty'), (await etcd.read()).contents);
  }

  async #pass(
    gates: readonly Gate[],
    ports: Ports,
    started: readonly Started[],
    report: Report,
    signal: AbortSignal,
  ): Promise<void> {
    const api = await ApiClient.open(this.layout, ports.api);
    const until = Date.now() + startPatience;
    for (const gate of gates) {
      report(gate.sentence());
      let last: unknown;
      while (!(await gate.passed(api).catch((error: unknown) => void (last = error)))) {
        const ended = started.find((process) => process.hasEnded);
        if (ended !== undefined) throw await endedFailure(ended, this.layout);
        if (Date.now() > until) throw this.#late(gate.sentence(), last);
        await systemClock.sleep(pollEvery, signal);
      }
    }
  }

  #late(sentence: string, cause: unknown): Failure {
    const seconds = startPatience / 1000;
    return new Failure(
      'timeout',
      t('The cluster did not become ready within {0} s. {1} Its logs are in {2}.', seconds, sentence, this.layout.logs),
      cause,
    );
  }

  async #writeKubeconfigs(ports: Ports): Promise<void> {
    const read = (file: string): Promise<string> => readFile(this.layout.certificate(file), 'utf8');
    const ca = await read('ca.crt');
    const server = serverUrl(ports);
    const write = async (file: string, identity: string): Promise<void> => {
      const [certificate, key] = [await read(`${identity}.crt`), await read(`${identity}.key`)];
      await writeWhole(file, describeKubeconfig({ name: this.#options.name, server, ca, certificate, key }));
    };
    await write(this.layout.kubeconfig, 'admin');
    for (const [part, identity] of Object.entries(partIdentities))
      await write(this.layout.partKubeconfig(part), identity);
  }

  async #answers(ports: Ports): Promise<boolean> {
    try {
      const api = await ApiClient.open(this.layout, ports.api);
      return (await api.send('GET', '/readyz')).status === 200;
    } catch {
      return false;
    }
  }

  #running({ ports, processes }: ClusterRecord): Running {
    return { kubeconfig: this.layout.kubeconfig, server: serverUrl(ports), processes };
  }

  /** Ends what the record knows: etcd last, so that the others end while they still can write. */
  async #end(): Promise<void> {
    const record = await readRecord(this.layout.state);
    if (record !== undefined) {
      const { etcd, ...others } = record.processes;
      await endProcesses(Object.values(others));
      if (etcd !== undefined) await endProcesses([etcd]);
    }
    await killAll(this.#owned);
    this.#owned = [];
  }
}

const serverUrl = ({ api }: Ports): string => `https://127.0.0.1:${api}`;

function aliveOf(record: ClusterRecord): ProcessIdentity[] {
  return Object.values(record.processes).filter(isAlive);
}

function identities(started: readonly Started[]): ClusterRecord['processes'] {
  return Object.fromEntries(
    started.flatMap(({ name, identity }) => (identity === undefined ? [] : [[name, identity]])),
  );
}

async function killAll(started: readonly Started[]): Promise<void> {
  const alive = started.flatMap(({ identity }) => identity ?? []);
  for (const process of started) process.kill();
  await endProcesses(alive);
}

/** Processes of a start that was killed a moment ago may still be writing to it. */
const removeFolder = (folder: string): Promise<void> =>
  rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });

async function choosePorts(): Promise<Ports> {
  const [api, etcd, etcdPeer] = (await freePorts(3)) as [number, number, number];
  return { api, etcd, etcdPeer };
}

/** Waits a little: the system shows a killed process as gone while its last threads still hold what it listened on. */
async function becomeFree(ports: Ports, signal: AbortSignal): Promise<boolean> {
  for (const until = Date.now() + lettingGo; ; await systemClock.sleep(pollEvery, signal)) {
    const free = await Promise.all([ports.api, ports.etcd, ports.etcdPeer].map(isFree));
    if (free.every(Boolean)) return true;
    if (Date.now() > until) return false;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

/** The system's own errors, in words that say what to do. */
function systemFailure(error: unknown, folder: string): unknown {
  switch (errnoOf(error)) {
    case 'ENOSPC':
    case 'EDQUOT':
      return new Failure(
        'internal',
        t('The disk is full: the cluster could not start. Make room and try again.'),
        error,
      );
    case 'EACCES':
    case 'EROFS':
      return new Failure('forbidden', t('{0} cannot be written: {1}', folder, messageOf(error)), error);
    default:
      return error;
  }
}
