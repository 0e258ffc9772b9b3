/** When a cluster is ready: not when its processes run, but when a pod can be created and will run. */
import { t } from '../core/l10n.ts';
import type { ApiClient } from './apiClient.ts';
import { isOurNode, nodeObject } from './parts.ts';

export interface Gate {
  /** What is waited for, for the person. */
  sentence(): string;
  /** True once passed; may throw while nothing answers. */
  passed(api: ApiClient): Promise<boolean>;
}

const exists = async (api: ApiClient, path: string): Promise<boolean> => (await api.send('GET', path)).status === 200;

/** The API server serves, with its roles and priority classes in place. */
export const apiServerGate: Gate = {
  sentence: () => t('Waiting for the API server.'),
  passed: (api) => exists(api, '/readyz'),
};

/**
 * What the other parts make of it, in the order in which it appears.
 * @param nodes names of those that there are to be.
 * @param since milliseconds since the epoch: a sign of life of a node that is older is one of an earlier run.
 */
export const clusterGates = (nodes: readonly string[], since: number): readonly Gate[] => [
  {
    sentence: () => t('Adding the node {0}.', nodes.join(', ')),
    passed: (api) => setNodes(api, nodes),
  },
  {
    sentence: () => t('Waiting for the namespace {0}.', 'default'),
    passed: (api) => exists(api, '/api/v1/namespaces/default'),
  },
  {
    // Pods without one are refused, so a pod created a moment after /readyz would be.
    sentence: () => t('Waiting for the service account {0}.', 'default/default'),
    passed: (api) => exists(api, '/api/v1/namespaces/default/serviceaccounts/default'),
  },
  ...nodes.map((node) => ({
    sentence: () => t('Waiting for the node {0} to become ready.', node),
    passed: async (api: ApiClient) =>
      isRenewed((await api.send('GET', `${leases}/${node}`)).body, since) &&
      isReady((await api.send('GET', `/api/v1/nodes/${node}`)).body),
  })),
];

/** Makes those that are missing and deletes those that are too many, of ours. */
async function setNodes(api: ApiClient, nodes: readonly string[]): Promise<boolean> {
  for (const node of nodes) {
    const { status } = await api.send('POST', '/api/v1/nodes', nodeObject(node));
    if (status !== 201 && status !== 409) return false;
  }
  const { body } = await api.send('GET', '/api/v1/nodes');
  const there = (body as { items?: readonly { metadata: { name: string } }[] }).items ?? [];
  const surplus = there.map(({ metadata }) => metadata.name).filter((name) => isOurNode(name) && !nodes.includes(name));
  for (const node of surplus) await api.send('DELETE', `/api/v1/nodes/${node}`);
  return true;
}

const leases = '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases';

/**
 * To be done before kwok starts: it leaves a node alone for as long as the lease of the kwok before it lasts, and has a
 * new identity with each start.
 */
export async function releaseNodes(api: ApiClient): Promise<void> {
  await api.send('DELETE', leases);
}

/** kwok renews the node's lease when it starts and every ten seconds. */
export function isRenewed(lease: unknown, since: number): boolean {
  const { spec } = lease as { spec?: { renewTime?: string } };
  return spec?.renewTime !== undefined && Date.parse(spec.renewTime) >= since;
}

/** Ready, and without the taint that keeps pods away until the node controller has seen that. */
export function isReady(node: unknown): boolean {
  const { status, spec } = node as {
    status?: { conditions?: readonly { type: string; status: string }[] };
    spec?: { taints?: readonly { key: string }[] };
  };
  const ready = status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false;
  return ready && !spec?.taints?.some(({ key }) => key === 'node.kubernetes.io/not-ready');
}
