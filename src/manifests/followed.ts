/** A cluster whose schemas, or version, manifests are judged by. It is asked in the background; nobody waits for it. */
import type { Clock } from '../core/backoff.ts';
import type { Disposable } from '../core/disposable.ts';
import { Emitter } from '../core/emitter.ts';
import { type Failure, toFailure } from '../core/failure.ts';
import type { Log } from '../core/log.ts';
import type { ClusterSchemas } from './clusterSchemas.ts';
import { narrowed, nearestVersion, type Served, type Target } from './target.ts';

/** Milliseconds for which an answer counts as new: kinds come and go, a version stays. */
const freshFor = { schemas: 3_000, version: 10 * 60_000 } as const;
/** Milliseconds until a cluster that did not answer is asked again. */
const retryAfter = 30_000;

export interface FollowedDeps {
  readonly log: Log;
  readonly clock: Pick<Clock, 'now'>;
  readonly schemas: () => Promise<Pick<ClusterSchemas, 'context' | 'served' | 'release'>>;
  /** The versions that are shipped. */
  readonly versions: () => Promise<readonly string[]>;
  /** Its context's id; undefined: the current one. */
  readonly context: string | undefined;
  readonly follows: keyof typeof freshFor;
}

/** What is known of the cluster. */
export interface Known {
  readonly cluster: string;
  readonly release: string;
  /** The shipped version nearest to it. */
  readonly nearest: string;
  readonly served?: Served;
}

export class FollowedCluster implements Disposable {
  readonly #deps: FollowedDeps;
  readonly #changed = new Emitter<void>();
  readonly #wanted = new Set<string>();
  readonly #closing = new AbortController();
  #known: Known | undefined;
  #failure: Failure | undefined;
  #asking = false;
  #askedAt = -Infinity;

  constructor(deps: FollowedDeps) {
    this.#deps = deps;
  }

  /** Fires when an answer, or that there is none, changes what `target`, `known` or `failure` say. */
  readonly onDidChange = this.#changed.event;

  get known(): Known | undefined {
    return this.#known;
  }

  /** Why there is no answer now. */
  get failure(): Failure | undefined {
    return this.#failure;
  }

  /**
   * What texts with objects of these group versions are judged by now; undefined while the cluster has not said enough.
   * Asks it, unless it just was.
   */
  target(apiVersions: readonly string[]): Target | undefined {
    for (const each of apiVersions) this.#wanted.add(each);
    const { served, nearest } = this.#known ?? {};
    const missing = this.#deps.follows === 'schemas' && !covers(served, apiVersions);
    const age = this.#deps.clock.now() - this.#askedAt;
    if (age > (this.#failure ? retryAfter : missing ? -1 : freshFor[this.#deps.follows])) void this.#ask();
    if (this.#deps.follows === 'version') return nearest;
    return missing || served === undefined ? undefined : narrowed(served, apiVersions);
  }

  dispose(): void {
    this.#closing.abort();
    this.#changed.dispose();
  }

  async #ask(): Promise<void> {
    if (this.#asking) return;
    this.#asking = true;
    const before = this.#summary();
    const asked = this.#wanted.size;
    try {
      this.#known = await this.#answer();
      this.#failure = undefined;
    } catch (error) {
      this.#failure = toFailure(error);
      if (!this.#closing.signal.aborted)
        this.#deps.log.warn(`asking a cluster for its schemas: ${this.#failure.message}`);
    }
    this.#asking = false;
    this.#askedAt = this.#deps.clock.now();
    if (this.#closing.signal.aborted) return;
    if (this.#summary() !== before) this.#changed.fire();
    if (this.#wanted.size > asked && this.#failure === undefined) void this.#ask();
  }

  async #answer(): Promise<Known> {
    const { signal } = this.#closing;
    const [schemas, versions] = await Promise.all([this.#deps.schemas(), this.#deps.versions()]);
    const context = await schemas.context(this.#deps.context);
    const about = (release: string): Known => ({
      cluster: context.name,
      release,
      nearest: nearestVersion(release, versions),
    });
    if (this.#deps.follows === 'version') return about(await schemas.release(context, signal));
    const served = await schemas.served(context, this.#wanted, signal);
    return { ...about(served.release), served };
  }

  #summary(): string {
    return JSON.stringify([this.#known, this.#failure?.message]);
  }
}

/** Every group version is either not served or its document is there. */
const covers = (served: Served | undefined, apiVersions: readonly string[]): boolean =>
  served !== undefined &&
  apiVersions.every((each) => Object.hasOwn(served.documents, each) || !served.apiVersions.includes(each));
