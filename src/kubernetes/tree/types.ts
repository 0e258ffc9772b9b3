/** What a node type is, and what it sees of the world: the parts of the tree that its rows are made of. */
import type { NodeDescription } from '../../core/node.ts';
import type { Contexts } from '../contexts.ts';
import type { Discovery } from '../discovery.ts';
import type { Filter } from '../filter.ts';
import type { Releases } from '../helm/releases.ts';
import type { Forwards } from '../forward/forwards.ts';
import type { LocalClusters } from '../localClusters.ts';
import type { KubernetesNode } from '../nodes.ts';
import type { Preferences } from '../preferences.ts';
import type { Query } from '../store.ts';
import type { Looks } from './looks.ts';

export type View = 'pods' | 'services';

export interface Scene {
  readonly view: View;
  readonly looks: Pick<Looks, 'rows' | 'state' | 'statesOf'>;
  readonly contexts: Pick<Contexts, 'configs' | 'get' | 'local'>;
  readonly discovery: Pick<Discovery, 'current'>;
  readonly releases: Pick<Releases, 'current'>;
  readonly preferences: Preferences;
  readonly local: LocalClusters;
  readonly forwards: Pick<Forwards, 'states'>;
  readonly filter: Filter;
  /** Milliseconds since the epoch, by the clock of a context's server. */
  readonly now: (context: string) => number;
  /** The first rows of a folder and, when there are more, the row that shows them. */
  page<T>(folder: KubernetesNode, rows: readonly T[], toNode: (row: T) => KubernetesNode): KubernetesNode[];
}

/** Pure functions of a node and the scene. */
export interface NodeType<N extends KubernetesNode> {
  describe(node: N, scene: Scene): NodeDescription;
  children?(node: N, scene: Scene): KubernetesNode[];
  /** The rows that the folder waits for before it is shown the first time. */
  needs?(node: N, scene: Scene): readonly Query[];
  /** Rows that make the folder more complete; it is shown before they are there. */
  extras?(node: N, scene: Scene): readonly Query[];
  /** What the node's own row is made of. */
  reads?(node: N, scene: Scene): readonly Query[];
  /** The key of the one row that the node stands for: other rows do not change it. */
  key?(node: N): string;
}
