/**
 * The nodes of the Pods and Services views: plain references; what they stand for is looked up when they are drawn.
 * `objectOf` of `apiResource.ts` names the API object behind one, whatever its node is.
 *
 * A row's context value begins with the tag below, and further tags follow it, in any order, each after a `;`:
 *
 *   context            `local;embedded` | `local;container` | `kind` | `k3d` … · `live` | `loading` | `reconnecting` |
 *                      `stale` | `failed` · `signIn`
 *   namespace          `favourite`
 *   workload;KIND      `favourite`
 *   pod;STATUS         (no favourites: pods come and go)
 *   service;TYPE       `intercepted`, `favourite`
 *   object;RESOURCE    `favourite`; RESOURCE is `nodes`, `ingresses.networking.k8s.io` …
 *   kind;RESOURCE      `favourite`
 *   release;STATUS     a Helm release: `deployed`, `failed`, `superseded` …
 *   forwards, forward  a port that is forwarded to this machine, `problem` when it cannot be served
 *   localCluster;PHASE `embedded` | `container`
 *   podContainer, port, folder, group, message
 */
import type { Icon } from '../core/node.ts';
import type { ApiResource } from './apiResource.ts';
import type { WatchableResource } from './kinds.ts';

/** What a workload is. `CronJob` never owns a pod itself: its jobs do. */
export type WorkloadKind = 'Deployment' | 'ReplicaSet' | 'DaemonSet' | 'StatefulSet' | 'Job' | (string & {});

interface In {
  /** Unique in its view and stable across refreshes. */
  readonly id: string;
  /** Id of the context, see `kubeconfig.ts`. */
  readonly context: string;
}

interface Namespaced extends In {
  readonly namespace: string;
}

export interface ContextNode extends In {
  readonly kind: 'context';
  readonly name: string;
}

export interface NamespaceNode extends In {
  readonly kind: 'namespace';
  readonly name: string;
}

export interface WorkloadNode extends Namespaced {
  readonly kind: 'workload';
  readonly workload: WorkloadKind;
  readonly name: string;
}

export interface PodNode extends Namespaced {
  readonly kind: 'pod';
  readonly name: string;
}

export interface PodContainerNode extends Namespaced {
  readonly kind: 'container';
  readonly pod: string;
  readonly name: string;
}

export interface ServiceNode extends Namespaced {
  readonly kind: 'service';
  readonly name: string;
}

export interface PortNode extends Namespaced {
  readonly kind: 'port';
  readonly service: string;
  /** `8080:30080/TCP`, as kubectl prints it. */
  readonly port: string;
  readonly name: string;
}

/** A fixed folder of a context: what the person marked, every kind of the server, Helm's releases. */
export interface FolderNode extends In {
  readonly kind: 'folder';
  readonly folder: 'favourites' | 'resources' | 'releases';
}

/** Kinds that belong together. */
export interface GroupNode extends In {
  readonly kind: 'group';
  /** `workloads`, `network` … of `kindGroups.ts`, or the API group of custom resources. */
  readonly group: string;
}

/** One kind of the server; below it stand its objects. */
export interface KindNode extends In {
  readonly kind: 'kind';
  readonly api: WatchableResource;
}

/** An object of any kind that has no node of its own. */
export interface ObjectNode extends In {
  readonly kind: 'object';
  readonly api: ApiResource;
  /** Empty for what has no namespace. */
  readonly namespace: string;
  readonly name: string;
}

/** A Helm release, by its newest revision. */
export interface ReleaseNode extends Namespaced {
  readonly kind: 'release';
  readonly name: string;
}

/** A local cluster while it is not running: being built, starting, stopping, stopped or failed. */
export interface LocalClusterNode {
  readonly kind: 'localCluster';
  readonly id: string;
  readonly name: string;
}

/** A row that says how things stand and, where something can be done, does it when chosen. */
export interface MessageNode {
  readonly kind: 'message';
  readonly id: string;
  readonly text: string;
  readonly icon: Icon;
  readonly detail?: string;
  readonly command?: { readonly id: string; readonly args: readonly unknown[] };
}

/** The folder of forwarded ports, and one of them. */
export interface ForwardsNode {
  readonly kind: 'forwards';
  readonly id: 'forwards';
}

export interface ForwardNode {
  readonly kind: 'forward';
  readonly id: string;
  /** See `forward/spec.ts`. */
  readonly key: string;
}

/** Shows the next rows of a long folder. */
export interface MoreNode {
  readonly kind: 'more';
  readonly id: string;
  readonly folder: KubernetesNode;
  /** Rows that are not shown yet. */
  readonly hidden: number;
}

export type KubernetesNode =
  | ContextNode
  | NamespaceNode
  | WorkloadNode
  | PodNode
  | PodContainerNode
  | ServiceNode
  | PortNode
  | FolderNode
  | GroupNode
  | KindNode
  | ObjectNode
  | ReleaseNode
  | ForwardsNode
  | ForwardNode
  | LocalClusterNode
  | MessageNode
  | MoreNode;
