/** What the person chose to see of each context: favourites, and the namespaces that lists are limited to. */
import type { Disposable } from '../core/disposable.ts';
import { Emitter } from '../core/emitter.ts';
import type { Memory } from '../core/memory.ts';
import type { WatchableResource } from './kinds.ts';
import { type ApiResource, objectOf, pick, resourceName } from './apiResource.ts';
import type { KubernetesNode } from './nodes.ts';

export type Favourite =
  | { readonly type: 'namespace'; readonly name: string }
  | { readonly type: 'kind'; readonly api: WatchableResource }
  | { readonly type: 'object'; readonly api: ApiResource; readonly namespace: string; readonly name: string };

/** By id of the context. */
type PerContext<T> = Readonly<Record<string, T>> | undefined;

const favouritesKey = 'kubernetes.favourites';
const namespacesKey = 'kubernetes.namespaces';

export class Preferences implements Disposable {
  readonly #memory: Memory;
  readonly #changed = new Emitter<string>();

  constructor(memory: Memory) {
    this.#memory = memory;
  }

  /** Fires with the id of the context whose preferences changed. */
  readonly onDidChange = this.#changed.event;

  favourites(context: string): readonly Favourite[] {
    return (this.#memory.get(favouritesKey) as PerContext<readonly Favourite[]>)?.[context] ?? [];
  }

  isFavourite(context: string, favourite: Favourite): boolean {
    const key = keyOfFavourite(favourite);
    return this.favourites(context).some((each) => keyOfFavourite(each) === key);
  }

  setFavourite(context: string, favourite: Favourite, on: boolean): void {
    const key = keyOfFavourite(favourite);
    const others = this.favourites(context).filter((each) => keyOfFavourite(each) !== key);
    this.#set(favouritesKey, context, on ? [...others, favourite] : others);
  }

  /** The namespaces that are shown; empty for all. */
  namespaces(context: string): readonly string[] {
    return (this.#memory.get(namespacesKey) as PerContext<readonly string[]>)?.[context] ?? [];
  }

  setNamespaces(context: string, names: readonly string[]): void {
    this.#set(namespacesKey, context, [...new Set(names)].sort());
  }

  /** Keeps what was chosen when a context gets another id; forgets it when there is none. */
  move(from: string, to: string | undefined): void {
    for (const key of [favouritesKey, namespacesKey]) {
      const all = (this.#memory.get(key) as PerContext<readonly unknown[]>) ?? {};
      const { [from]: chosen = [], ...others } = all;
      this.#memory.set(key, to === undefined || chosen.length === 0 ? others : { ...others, [to]: chosen });
    }
  }

  dispose(): void {
    this.#changed.dispose();
  }

  #set(key: string, context: string, chosen: readonly unknown[]): void {
    const { [context]: _, ...others } = (this.#memory.get(key) as PerContext<readonly unknown[]>) ?? {};
    this.#memory.set(key, chosen.length === 0 ? others : { ...others, [context]: chosen });
    this.#changed.fire(context);
  }
}

function keyOfFavourite(favourite: Favourite): string {
  switch (favourite.type) {
    case 'namespace':
      return `namespace ${favourite.name}`;
    case 'kind':
      return `kind ${resourceName(favourite.api)}`;
    case 'object':
      return `object ${resourceName(favourite.api)} ${favourite.namespace}/${favourite.name}`;
  }
}

/** How a row is marked; undefined for rows that cannot be, such as pods, which come and go. */
export function favouriteOf(node: KubernetesNode): Favourite | undefined {
  if (node.kind === 'namespace') return { type: 'namespace', name: node.name };
  if (node.kind === 'kind') return { type: 'kind', api: node.api };
  if (node.kind !== 'workload' && node.kind !== 'service' && node.kind !== 'object') return undefined;
  const ref = objectOf(node);
  if (ref === undefined || ref.resource === 'pods') return undefined;
  return { type: 'object', api: pick(ref), namespace: ref.namespace, name: ref.name };
}
