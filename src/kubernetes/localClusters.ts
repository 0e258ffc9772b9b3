/** The port to the local clusters: what this domain needs to know of them. The composition fills it. */
import type { Event } from '../core/emitter.ts';

export interface LocalCluster {
  /** Also that of its context. */
  readonly name: string;
  /** Processes of this machine, or a container of an engine. */
  readonly kind: 'embedded' | 'container';
  readonly phase: 'building' | 'starting' | 'running' | 'stopping' | 'deleting' | 'stopped' | 'failed';
  /** What is being done, or what failed, in the person's language. */
  readonly message?: string;
  /** Path of its kubeconfig, while it runs. */
  readonly kubeconfig?: string;
}

export interface LocalClusters {
  /** In the order in which they are shown. */
  clusters(): readonly LocalCluster[];
  readonly onDidChange: Event<void>;
  /** Looks again how they stand. */
  refresh(): Promise<void>;
}
