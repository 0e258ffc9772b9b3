/** The port to the embedded cluster: what this domain needs to know of it. The composition fills it. */
import type { Event } from '../core/emitter.ts';

export type LocalClusterPhase = 'absent' | 'building' | 'starting' | 'running' | 'failed';

export interface LocalCluster {
  readonly phase: LocalClusterPhase;
  /** What is being done, or what failed, in the person's language. */
  readonly message?: string;
  /** Path of its kubeconfig, once it runs. */
  readonly kubeconfig?: string;
}

export interface LocalClusters {
  current(): LocalCluster;
  readonly onDidChange: Event<void>;
}
