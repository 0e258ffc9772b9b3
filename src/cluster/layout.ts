/** Where a cluster keeps what. One folder per cluster, readable by its owner only. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** What a local cluster is made of: processes of this machine, or a container of an engine. */
export const kinds = ['embedded', 'container'] as const;
export type Kind = (typeof kinds)[number];

/** TCP ports of 127.0.0.1. */
export interface Ports {
  readonly api: number;
  readonly etcd: number;
  readonly etcdPeer: number;
}

export interface Programs {
  /** etcd, API server, controller manager and scheduler in one; see labkit/controlplane. */
  readonly controlPlane: string;
  readonly kwok: string;
}

export class Layout {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  /** What the folder holds; undefined while it holds nothing that would be missed. */
  get kind(): Kind | undefined {
    if (existsSync(this.container)) return 'container';
    return existsSync(this.certificates) ? 'embedded' : undefined;
  }

  get state(): string {
    return join(this.folder, 'state.json');
  }
  /** What is known of the container; see `ContainerRecord`. */
  get container(): string {
    return join(this.folder, 'container.json');
  }
  /** The administrator's; the one people use. */
  get kubeconfig(): string {
    return join(this.folder, 'kubeconfig');
  }
  get certificates(): string {
    return join(this.folder, 'pki');
  }
  get data(): string {
    return join(this.folder, 'etcd');
  }
  /** What kwok plays; see `Simulation`. */
  get simulation(): string {
    return join(this.folder, 'simulation.json');
  }
  /** The stages of it that the person wrote, for kwok to read. */
  get stages(): string {
    return join(this.folder, 'stages.yaml');
  }
  /** What the cluster can be set back to. */
  snapshot(of: 'snapshot' | 'empty'): string {
    return join(this.folder, `${of}.json`);
  }
  get logs(): string {
    return join(this.folder, 'logs');
  }
  /** The kubeconfig of one part. */
  partKubeconfig(name: string): string {
    return join(this.folder, `${name}.kubeconfig`);
  }
  log(name: string): string {
    return join(this.logs, `${name}.log`);
  }
  certificate(file: string): string {
    return join(this.certificates, file);
  }
}
