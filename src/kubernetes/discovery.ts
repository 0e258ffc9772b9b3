/** The kinds that each server has, asked for when somebody looks and again when its custom resources change. */
import type { Clock } from '../core/backoff.ts';
import type { Disposable } from '../core/disposable.ts';
import { Emitter } from '../core/emitter.ts';
import { toFailure } from '../core/failure.ts';
import { t } from '../core/l10n.ts';
import { type Loadable, failed, loading, ready } from '../core/loadable.ts';
import { type ApiResource, resourceName } from './apiResource.ts';
import type { Requester } from './connection.ts';
import { readJson } from './readJson.ts';

/** A kind as its server tells of it. */
export interface DiscoveredResource extends ApiResource {
  readonly singular: string;
  readonly shortNames: readonly string[];
  /** False for kinds that can be listed but not watched, such as metrics. */
  readonly watchable: boolean;
}

/** Aggregated discovery (1.26 on) names every kind in two answers; older servers send the plain lists instead. */
const accept = [
  'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList',
  'application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList',
  'application/json',
].join(',');

/** Milliseconds until the next question when a custom resource that was made is not served yet; doubled each time. */
const firstRetry = 250;
const mostRetries = 6;

export interface DiscoveryDeps {
  /** Throws Failure when there is no such context. */
  readonly connect: (context: string) => Requester;
  readonly clock: Clock;
}

export class Discovery implements Disposable {
  readonly #deps: DiscoveryDeps;
  readonly #changed = new Emitter<string>();
  readonly #known = new Map<string, Loadable<readonly DiscoveredResource[]>>();
  readonly #asking = new Map<string, Promise<void>>();
  readonly #closing = new AbortController();

  constructor(deps: DiscoveryDeps) {
    this.#deps = deps;
  }

  /** Fires with the id of a context whose kinds are others now. */
  readonly onDidChange = this.#changed.event;

  /** What is known now; asks nothing. Undefined when the context was never asked. */
  current(context: string): Loadable<readonly DiscoveredResource[]> | undefined {
    return this.#known.get(context);
  }

  /** Asks, unless the answer is there. Resolves when there is an answer or a failure in `current`; never rejects. */
  async want(context: string): Promise<void> {
    if (this.#known.get(context)?.state !== 'ready') await this.refresh(context);
  }

  /** Asks again; what was known stays until the answer is there. One question at a time. */
  refresh(context: string): Promise<void> {
    let asking = this.#asking.get(context);
    if (asking === undefined) {
      asking = this.#ask(context).finally(() => this.#asking.delete(context));
      this.#asking.set(context, asking);
    }
    return asking;
  }

  /**
   * Asks until the kinds of these custom resources (`crontabs.stable.example.com`) are served: a definition is there a
   * moment before its kind. Gives up after some seconds; a definition that is refused is never served.
   */
  async expect(context: string, definitions: ReadonlySet<string>): Promise<void> {
    let pause = firstRetry;
    for (let attempt = 0; attempt < mostRetries && !this.#closing.signal.aborted; attempt++, pause *= 2) {
      await this.refresh(context);
      const current = this.#known.get(context);
      if (current?.state !== 'ready') return;
      const served = new Set(current.value.map(resourceName));
      if ([...definitions].every((name) => served.has(name))) return;
      await this.#deps.clock.sleep(pause, this.#closing.signal).catch(() => {}); // Closing ends it.
    }
  }

  /** Forgets what was learnt over a connection that was given up. */
  forget(context: string): void {
    this.#known.delete(context);
  }

  dispose(): void {
    this.#closing.abort();
    this.#changed.dispose();
  }

  async #ask(context: string): Promise<void> {
    const before = this.#known.get(context);
    if (before === undefined) this.#known.set(context, loading);
    const next = await this.#answer(context, before);
    if (this.#closing.signal.aborted) return;
    this.#known.set(context, next);
    if (JSON.stringify(next) !== JSON.stringify(before)) this.#changed.fire(context);
  }

  async #answer(
    context: string,
    before: Loadable<readonly DiscoveredResource[]> | undefined,
  ): Promise<Loadable<readonly DiscoveredResource[]>> {
    try {
      return ready(await discover(this.#deps.connect(context), this.#closing.signal));
    } catch (error) {
      return failed(toFailure(error), before);
    }
  }
}

/** Every kind that can be listed, each in the version its server prefers. Throws Failure. */
export async function discover(server: Requester, signal: AbortSignal): Promise<DiscoveredResource[]> {
  const ask = <T>(path: string): Promise<T> =>
    readJson<T>(server, path, { accept, signal, what: t('list the kinds of the server') });
  const [core, groups] = await Promise.all([ask<Answer>('/api'), ask<Answer>('/apis')]);
  const found = [...(await kindsOf(core, ask)), ...(await kindsOf(groups, ask))];
  const first = new Map<string, DiscoveredResource>();
  // A kind that an older version has, too, comes again below the preferred one.
  for (const each of found) if (!first.has(resourceName(each))) first.set(resourceName(each), each);
  return [...first.values()];
}

interface AggregatedGroup {
  readonly metadata?: { readonly name?: string };
  readonly versions?: readonly {
    readonly version: string;
    readonly resources?: readonly {
      readonly resource: string;
      readonly responseKind?: { readonly kind?: string };
      readonly scope?: string;
      readonly singularResource?: string;
      readonly shortNames?: readonly string[];
      readonly verbs?: readonly string[];
    }[];
  }[];
}

interface PlainGroup {
  readonly name: string;
  readonly versions: readonly { readonly version: string }[];
  readonly preferredVersion?: { readonly version: string };
}

/** What `/api` and `/apis` answer: an APIGroupDiscoveryList, an APIVersions or an APIGroupList. */
interface Answer {
  readonly items?: readonly AggregatedGroup[];
  readonly versions?: readonly string[];
  readonly groups?: readonly PlainGroup[];
}

interface PlainResources {
  readonly resources: readonly {
    readonly name: string;
    readonly kind: string;
    readonly namespaced: boolean;
    readonly singularName?: string;
    readonly shortNames?: readonly string[];
    readonly verbs: readonly string[];
  }[];
}

async function kindsOf(answer: Answer, ask: <T>(path: string) => Promise<T>): Promise<DiscoveredResource[]> {
  if (answer.items !== undefined) return answer.items.flatMap(aggregated);
  const groups: readonly PlainGroup[] = answer.groups ?? [
    { name: '', versions: (answer.versions ?? []).map((version) => ({ version })) },
  ];
  const asked = groups.flatMap(({ name, versions, preferredVersion }) => {
    const preferred = preferredVersion?.version;
    const ordered = versions
      .map(({ version }) => version)
      .sort((a, b) => Number(b === preferred) - Number(a === preferred));
    return ordered.map((version) => plain(name, version, ask));
  });
  return (await Promise.all(asked)).flat();
}

function aggregated({ metadata, versions = [] }: AggregatedGroup): DiscoveredResource[] {
  return versions.flatMap(({ version, resources = [] }) =>
    resources
      .filter(({ verbs }) => verbs?.includes('list'))
      .map(({ resource, responseKind, scope, singularResource, shortNames = [], verbs }) => ({
        group: metadata?.name ?? '',
        version,
        resource,
        kind: responseKind?.kind ?? resource,
        namespaced: scope === 'Namespaced',
        singular: singularResource ?? '',
        shortNames,
        watchable: verbs?.includes('watch') ?? false,
      })),
  );
}

async function plain(
  group: string,
  version: string,
  ask: <T>(path: string) => Promise<T>,
): Promise<DiscoveredResource[]> {
  const path = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
  // The server behind one group may be away; the other groups are still worth showing.
  const { resources } = await ask<PlainResources>(path).catch((): PlainResources => ({ resources: [] }));
  return resources
    .filter(({ name, verbs }) => !name.includes('/') && verbs.includes('list'))
    .map(({ name, kind, namespaced, singularName = '', shortNames = [], verbs }) => ({
      group,
      version,
      resource: name,
      kind,
      namespaced,
      singular: singularName,
      shortNames,
      watchable: verbs.includes('watch'),
    }));
}
