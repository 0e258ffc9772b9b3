/** The engines that answer on this machine, each with its client and its store of containers. */
import type { Clock } from '../core/backoff.ts';
import { systemClock } from '../core/backoff.ts';
import type { Disposable } from '../core/disposable.ts';
import { disposeAll } from '../core/disposable.ts';
import { Emitter } from '../core/emitter.ts';
import { Failure } from '../core/failure.ts';
import { t } from '../core/l10n.ts';
import type { Log } from '../core/log.ts';
import { EngineClient } from './client.ts';
import { type Candidate, type EndpointWorld, candidates } from './endpoints.ts';
import { type Listings, eachListing, listingsOf } from './listing.ts';
import { type OpenWay, type Probe, type Runtime, probeAll, productName } from './probe.ts';
import { watchForSockets } from './socketWatch.ts';
import { ContainerStore } from './store.ts';
import { SshTunnel } from './ssh.ts';
import type { Target } from './target.ts';

export interface RunningEngine {
  /** Its address: what tells it from others. */
  readonly address: string;
  /** What people call it: `Docker`, `Colima (default)`, `Docker (DOCKER_HOST)`. */
  readonly name: string;
  readonly runtime: Runtime;
  /** The engine's own version when it was found. */
  readonly version: string | undefined;
  readonly client: EngineClient;
  readonly store: ContainerStore;
  /** What its folders show. */
  readonly listings: Listings;
}

export interface EnginesOptions {
  readonly log: Log;
  /** The setting `gantry.docker.endpoint`, read at each search. */
  readonly endpoint: () => string;
  readonly world: EndpointWorld;
  readonly clock?: Clock;
  /** Milliseconds between questions to an engine that says nothing, and between searches while none is known. */
  readonly heartbeat?: number;
}

type Answering = Extract<Probe, { readonly target: Target }>;

export class Engines implements Disposable {
  readonly #options: EnginesOptions;
  readonly #clock: Clock;
  readonly #changed = new Emitter<void>((error) => this.#options.log.error('a listener of engines failed', error));
  readonly #disposed = new AbortController();
  #engines: readonly RunningEngine[] = [];
  #probes: readonly Probe[] = [];
  #search: Promise<void> | undefined;
  #visible: AbortController | undefined;
  #sockets: Disposable | undefined;
  /** One for each far place, for as long as this lives. */
  readonly #tunnels = new Map<string, SshTunnel>();

  constructor(options: EnginesOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  /** Fires when the list of engines became another one. */
  readonly onDidChange = this.#changed.event;

  /** The engines that answered the last search, the one that the docker command would use first. */
  get all(): readonly RunningEngine[] {
    return this.#engines;
  }

  /** What became of each place of the last search. */
  get probes(): readonly Probe[] {
    return this.#probes;
  }

  byAddress(address: string): RunningEngine | undefined {
    return this.#engines.find((engine) => engine.address === address);
  }

  /** Searches unless it has been done. Never rejects: what failed stands in `probes`. */
  found(): Promise<void> {
    return this.#search ?? this.#searchAgain(false);
  }

  /** Searches again; engines that still answer keep their store, which starts over. */
  refresh(): Promise<void> {
    return this.#searchAgain(true);
  }

  /** One search after the other, so that no two open the same engine. */
  #searchAgain(startOver: boolean): Promise<void> {
    return (this.#search = (this.#search ?? Promise.resolve()).then(() => this.#find(startOver)));
  }

  /** The failure of the place the person asked for, when that place failed. */
  get askedFailure(): Failure | undefined {
    const probe = this.#probes.find(({ candidate }) => candidate.asked);
    return probe !== undefined && 'failure' in probe ? probe.failure : undefined;
  }

  /** The engine that the docker command would use. Throws a Failure that says what to do when it does not answer. */
  async preferred(): Promise<RunningEngine> {
    await this.found();
    // Since that search one may have been started, or was only slow to answer.
    if (this.#preferred === undefined) await this.#searchAgain(false);
    if (this.#preferred === undefined) throw this.advice();
    return this.#preferred;
  }

  /** Whether a place of the last search did not answer in time. */
  get #isSilent(): boolean {
    return this.#probes.some((probe) => 'failure' in probe && probe.failure.kind === 'timeout');
  }

  get #preferred(): RunningEngine | undefined {
    return this.askedFailure === undefined ? this.#engines[0] : undefined;
  }

  /** What to do when no engine answers, taken from the place that is nearest to working. */
  advice(): Failure {
    const failures = this.#probes.flatMap((probe) => ('failure' in probe ? [probe] : []));
    const nearest = failures.find(({ errno }) => errno !== 'ENOENT' && errno !== 'ENOTDIR')?.failure;
    return (
      this.askedFailure ??
      nearest ??
      new Failure('unreachable', t('Install Docker or Podman, or start the one you have.'))
    );
  }

  setVisible(visible: boolean): void {
    if (visible === (this.#visible !== undefined) || (visible && this.#disposed.signal.aborted)) return;
    this.#visible?.abort();
    this.#visible = visible ? new AbortController() : undefined;
    for (const { store } of this.#engines) store.setVisible(visible);
    if (this.#visible !== undefined) void this.#lookOut(this.#visible.signal);
    this.#watchSockets();
  }

  dispose(): void {
    this.setVisible(false);
    this.#disposed.abort();
    this.#drop(this.#engines);
    disposeAll([...this.#tunnels.values()]);
    this.#changed.dispose();
  }

  async #find(startOver: boolean): Promise<void> {
    const { world, endpoint, log } = this.#options;
    const probes = await probeAll(await candidates(world, endpoint()), this.#openWay, this.#disposed.signal).catch(
      () => [],
    );
    if (this.#disposed.signal.aborted) return;
    for (const probe of probes)
      log.trace(`${probe.candidate.address}: ${'failure' in probe ? probe.failure.message : 'answers'}`);
    const answering = await this.#distinct(probes.flatMap((probe) => ('target' in probe ? [probe] : [])));
    const [before, wasSilent] = [this.#engines, this.#isSilent];
    const opened = answering.map(
      (probe) =>
        before.find(({ address, version }) => address === probe.candidate.address && version === probe.ping.version) ??
        this.#open(probe),
    );
    this.#probes = probes;
    this.#engines = await this.#withoutTwins(opened);
    this.#drop([...before, ...opened].filter((engine) => !this.#engines.includes(engine)));
    if (this.#disposed.signal.aborted) return this.#drop(this.#engines);
    this.#watchSockets();
    for (const { store } of this.#engines) {
      if (startOver) store.setVisible(false);
      store.setVisible(this.#visible !== undefined);
    }
    this.#changed.fire();
    if (this.#isSilent && !wasSilent && this.#engines.length === 0) void this.#meet();
  }

  readonly #openWay: OpenWay = async ({ ssh, address }) => {
    const tunnel = this.#tunnels.get(address) ?? new SshTunnel(ssh, address, this.#options.world.env);
    this.#tunnels.set(address, tunnel);
    const open = (): Promise<string> => tunnel.open();
    return { socketPath: await open(), via: { address, open } };
  };

  #open({ candidate, target, ping, runtime }: Answering): RunningEngine {
    const { log, heartbeat } = this.#options;
    const client = new EngineClient(target, runtime, ping.apiVersion);
    const store = new ContainerStore(client, {
      log,
      clock: this.#clock,
      ...(heartbeat === undefined ? {} : { heartbeat }),
    });
    const listings = listingsOf(client, { log, clock: this.#clock });
    store.onDidHear((about) => {
      for (const listing of about === 'all' ? eachListing(listings) : [listings[about]]) listing.touch();
    });
    return {
      address: candidate.address,
      name: nameOf(candidate, runtime),
      runtime,
      version: ping.version,
      client,
      store,
      listings,
    };
  }

  #drop(engines: readonly RunningEngine[]): void {
    disposeAll(engines.flatMap(({ store, listings, client }) => [...eachListing(listings), store, client]));
  }

  /** Several sockets may be links to one: Desktop and Colima link theirs to /var/run/docker.sock. */
  async #distinct(probes: readonly Answering[]): Promise<Answering[]> {
    const places = await Promise.all(
      probes.map(async ({ target, candidate }) =>
        'socketPath' in target ? this.#options.world.resolve(target.socketPath) : candidate.address,
      ),
    );
    return probes.filter((_, i) => places.indexOf(places[i]!) === i);
  }

  /** One engine may listen at several addresses; then it says the same of itself at each. The first one stays. */
  async #withoutTwins(engines: readonly RunningEngine[]): Promise<readonly RunningEngine[]> {
    if (engines.length < 2) return engines;
    const identities = await Promise.all(
      engines.map(({ client, address }) =>
        client.identity(this.#disposed.signal).then(
          (identity) => identity || address,
          () => address, // It does not tell; better shown twice than not at all.
        ),
      ),
    );
    return engines.filter((_, i) => identities.indexOf(identities[i]!) === i);
  }

  /** A socket that appears is an engine that starts: the file system tells, so nobody has to be asked. */
  #watchSockets(): void {
    this.#sockets?.dispose();
    this.#sockets = undefined;
    if (this.#visible === undefined) return;
    const absent = this.#probes.flatMap((probe) => {
      const { target } = probe.candidate;
      return 'failure' in probe && 'socketPath' in target ? [target.socketPath] : [];
    });
    this.#sockets = watchForSockets(absent, () => void this.#meet());
  }

  /**
   * Looks for the engine of a new socket, or of one that did not answer in time: one that is just starting accepts questions
   * seconds before it answers, and a machine with much to do, as when VS Code starts, is slow.
   */
  async #meet(): Promise<void> {
    const known = this.#engines.length;
    for (const wait of [0, 1000, 2000, 4000, 8000]) {
      await this.#clock.sleep(wait, this.#disposed.signal).catch(() => undefined);
      if (this.#visible === undefined || this.#engines.length !== known) return;
      await this.#searchAgain(false);
    }
  }

  /** While no engine is known there are no events to wait for: look again at the pace of a ping. */
  async #lookOut(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#clock.sleep(this.#options.heartbeat ?? 30_000, signal).catch(() => undefined);
      if (!signal.aborted && this.#search !== undefined && this.#engines.length === 0) await this.refresh();
    }
  }
}

/** A product's own socket bears its name; `podman-docker` puts Podman where Docker's would be. */
function nameOf({ origin, asked }: Candidate, runtime: Runtime): string {
  const product = productName(runtime);
  if (asked) return `${product} (${origin})`;
  return origin === 'Docker' ? product : origin;
}
