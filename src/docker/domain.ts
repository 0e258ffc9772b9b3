/** The front door of the container engines' plain code. */
import type { Clock } from '../core/backoff.ts';
import type { Disposable } from '../core/disposable.ts';
import type { Log } from '../core/log.ts';
import type { TreeSource } from '../core/tree.ts';
import type { LogQuery } from './client.ts';
import type { Container } from './containers.ts';
import type { Output } from './demux.ts';
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
  /** The engine the docker command would use. Throws a Failure that says what to do when it does not answer. */
  preferred(): Promise<RunningEngine>;
}

export interface ListedContainer {
  /** The engine's address. */
  readonly engine: string;
  readonly container: Container;
}

export function createDocker(deps: DockerDeps): Docker {
  const engines = new Engines({ world: thisMachine(), ...deps });
  let tree: ContainerTree | undefined;
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
