/** The front door of the container engines' plain code. */
import type { Clock } from '../core/backoff.ts';
import type { Disposable } from '../core/disposable.ts';
import type { Log } from '../core/log.ts';
import type { TreeSource } from '../core/tree.ts';
import type { Action, LogQuery } from './client.ts';
import type { Container } from './containers.ts';
import type { Output } from './demux.ts';
import { Failure } from '../core/failure.ts';
import { t } from '../core/l10n.ts';
import { type Examination, findingOf } from './doctor.ts';
import { type EndpointWorld, thisMachine } from './endpoints.ts';
import { Engines, type RunningEngine } from './engines.ts';
import { containerLogs } from './logs.ts';
import type { ContainerNode } from './nodes.ts';
import { ContainerTree } from './tree.ts';

export interface DockerDeps {
  readonly log: Log;
  /** The setting `gantry.docker.endpoint`, read at each search; empty means found by itself. */
  readonly endpoint: () => string;
  /** The machine to search; this one unless told. */
  readonly world?: EndpointWorld;
  readonly clock?: Clock;
  /** Milliseconds between questions to an engine that says nothing; 30 s unless told. */
  readonly heartbeat?: number;
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
  /** Searches for engines again and tells what became of every place. */
  examine(): Promise<Examination>;
  /** A container as it is now. This and what changes one throw Failure `notFound` when it, or its engine, is gone. */
  container(ref: ContainerRef, signal: AbortSignal): Promise<Container>;
  act(action: Action, ref: ContainerRef, signal: AbortSignal): Promise<void>;
  /** Removes a container and leaves its volumes. `force` kills it first if it runs. */
  remove(ref: ContainerRef, options: { readonly force: boolean }, signal: AbortSignal): Promise<void>;
  /** The engine the docker command would use. Throws a Failure that says what to do when it does not answer. */
  preferred(): Promise<RunningEngine>;
}

/** One container among those of all engines. */
export interface ContainerRef {
  /** The engine's address. */
  readonly engine: string;
  readonly id: string;
}

export interface ListedContainer {
  /** The engine's address. */
  readonly engine: string;
  readonly container: Container;
}

export function createDocker(deps: DockerDeps): Docker {
  const world = deps.world ?? thisMachine();
  const engines = new Engines({ ...deps, world });
  let tree: ContainerTree | undefined;
  /** Never another engine than the one that was named: it may hold a container of the same name. */
  const clientAt = async (address: string): Promise<RunningEngine['client']> => {
    await engines.found();
    const engine = engines.byAddress(address);
    if (engine === undefined) throw new Failure('notFound', t('No engine answers at {0} any more.', address));
    return engine.client;
  };
  return {
    engines,
    tree: () => (tree ??= new ContainerTree(engines, deps.clock)),
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
    act: async (action, { engine, id }, signal) => (await clientAt(engine)).act(action, id, signal),
    remove: async ({ engine, id }, options, signal) => (await clientAt(engine)).remove(id, options, signal),
    async *logs(container, query, signal, engine) {
      const { client } = (engine === undefined ? undefined : engines.byAddress(engine)) ?? (await engines.preferred());
      yield* containerLogs(client, container, query, signal);
    },
    dispose() {
      tree?.dispose();
      engines.dispose();
    },
  };
}
