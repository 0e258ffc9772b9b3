/** The states that an object of a cluster passes through, however short: two looks may miss what is between them. */
import type { ClusterLab } from './clusterLab.ts';
import type { ClusterClient } from './clusterProxy.ts';
import { type Kept, follow } from './clusterWatch.ts';
import type { CheckContext } from './context.ts';

/** An object as the server has it. */
interface Stored extends Kept {
  readonly metadata: Kept['metadata'] & { readonly name: string; readonly resourceVersion: string };
}

/** Milliseconds between two looks at what a watch told. */
const lookEvery = 20;
/** Milliseconds a watch may tell of a change after the server has it. */
const patience = 5000;

export class ObjectStates {
  readonly #versions = new Set<string>();
  #unwanted = false;
  #lost: unknown;

  private constructor() {}

  /**
   * Watches an object from now on, until aborted.
   * @param object as `ClusterLab.path` takes it.
   */
  static async watch(
    object: string,
    isUnwanted: (json: unknown) => boolean,
    { lab, client }: { readonly lab: ClusterLab; readonly client: ClusterClient },
    given: Pick<CheckContext, 'clock' | 'signal'>,
  ): Promise<ObjectStates> {
    const states = new ObjectStates();
    const [, list, name] = /^(.*)\/([^/]+)$/.exec(lab.path(object))!;
    await new Promise<void>((resolve) => {
      const tell = (objects: readonly Kept[]): void => {
        const stored = (objects as readonly Stored[]).find(({ metadata }) => metadata.name === name);
        if (stored !== undefined) {
          states.#versions.add(stored.metadata.resourceVersion);
          states.#unwanted ||= isUnwanted(stored);
        }
        resolve();
      };
      follow(client, list!, tell, given).catch((error: unknown) => {
        states.#lost = error;
        resolve();
      });
    });
    return states;
  }

  /** Whether it was in an unwanted state at any time before this one, which was read from the server. */
  async wasUnwanted(
    json: unknown,
    { clock, signal, pace }: Pick<CheckContext, 'clock' | 'signal' | 'pace'>,
  ): Promise<boolean> {
    const { resourceVersion } = (json as Stored).metadata;
    const until = clock.now() + patience * pace;
    while (!this.#versions.has(resourceVersion) && this.#lost === undefined && clock.now() < until)
      await clock.sleep(lookEvery, signal);
    if (this.#lost !== undefined) throw this.#lost;
    return this.#unwanted;
  }
}
