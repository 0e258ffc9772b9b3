/** Kinds of the API and objects of them, as the API's paths name them. Actions and views speak of objects this way. */
import { lookup } from '../core/lookup.ts';
import type { KubernetesNode } from './nodes.ts';

/** One kind that a server has. */
export interface ApiResource {
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  /** The name in paths, plural: `deployments`. */
  readonly resource: string;
  /** `Deployment`. */
  readonly kind: string;
  readonly namespaced: boolean;
}

/** One object of a cluster. */
export interface ObjectRef extends ApiResource {
  /** Id of the context. */
  readonly context: string;
  /** Empty for what has no namespace. */
  readonly namespace: string;
  readonly name: string;
}

/** `deployments.apps`, or `pods` in the core group: unique among the kinds of a server, as kubectl takes it. */
export const resourceName = ({ group, resource }: Pick<ApiResource, 'group' | 'resource'>): string =>
  group === '' ? resource : `${resource}.${group}`;

/** `v1`, `apps/v1`: as manifests write it. */
export const apiVersion = ({ group, version }: Pick<ApiResource, 'group' | 'version'>): string =>
  group === '' ? version : `${group}/${version}`;

/** `/api/v1` or `/apis/GROUP/VERSION`. */
export const rootPath = ({ group, version }: Pick<ApiResource, 'group' | 'version'>): string =>
  group === '' ? `/api/${version}` : `/apis/${group}/${version}`;

/** The path of one object. */
export function objectPath(ref: ObjectRef): string {
  const within = ref.namespaced ? `/namespaces/${encodeURIComponent(ref.namespace)}` : '';
  return `${rootPath(ref)}${within}/${ref.resource}/${encodeURIComponent(ref.name)}`;
}

const resource = (group: string, version: string, name: string, kind: string, namespaced = true): ApiResource => ({
  group,
  version,
  resource: name,
  kind,
  namespaced,
});

/** The kinds that have views of their own; every server has them in this version. */
export const known = {
  pods: resource('', 'v1', 'pods', 'Pod'),
  services: resource('', 'v1', 'services', 'Service'),
  secrets: resource('', 'v1', 'secrets', 'Secret'),
  namespaces: resource('', 'v1', 'namespaces', 'Namespace', false),
  endpointSlices: resource('discovery.k8s.io', 'v1', 'endpointslices', 'EndpointSlice'),
  definitions: resource('apiextensions.k8s.io', 'v1', 'customresourcedefinitions', 'CustomResourceDefinition', false),
} as const;

/** What controls pods, by kind. */
export const workloadResources: Readonly<Record<string, ApiResource>> = lookup({
  Deployment: resource('apps', 'v1', 'deployments', 'Deployment'),
  ReplicaSet: resource('apps', 'v1', 'replicasets', 'ReplicaSet'),
  StatefulSet: resource('apps', 'v1', 'statefulsets', 'StatefulSet'),
  DaemonSet: resource('apps', 'v1', 'daemonsets', 'DaemonSet'),
  Job: resource('batch', 'v1', 'jobs', 'Job'),
  CronJob: resource('batch', 'v1', 'cronjobs', 'CronJob'),
  ReplicationController: resource('', 'v1', 'replicationcontrollers', 'ReplicationController'),
});

/**
 * The object that a row of the Pods or Services view stands for; undefined for what is none (contexts, folders,
 * messages, ports, containers, workloads of an unknown kind).
 */
export function objectOf(node: KubernetesNode): ObjectRef | undefined {
  const named = (
    api: ApiResource,
    { context, name }: { context: string; name: string },
    namespace = '',
  ): ObjectRef => ({
    ...pick(api),
    context,
    namespace,
    name,
  });
  switch (node.kind) {
    case 'pod':
      return named(known.pods, node, node.namespace);
    case 'service':
      return named(known.services, node, node.namespace);
    case 'namespace':
      return named(known.namespaces, node);
    case 'workload': {
      const api = Object.hasOwn(workloadResources, node.workload) ? workloadResources[node.workload] : undefined;
      return api === undefined ? undefined : named(api, node, node.namespace);
    }
    case 'object':
      return named(node.api, node, node.namespace);
    default:
      return undefined;
  }
}

/** Without what else a server told of the kind: refs are compared and stored. */
export const pick = ({ group, version, resource: name, kind, namespaced }: ApiResource): ApiResource => ({
  group,
  version,
  resource: name,
  kind,
  namespaced,
});
