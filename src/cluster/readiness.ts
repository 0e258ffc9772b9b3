/** When a cluster is ready: not when its processes run, but when a pod can be created and will run. */
import { t } from '../core/l10n.ts';
import type { ApiClient } from './apiClient.ts';
import { nodeName, nodeObject } from './parts.ts';

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
 * @param since milliseconds since the epoch: a sign of life of the node that is older is one of an earlier run.
 */
export const clusterGates = (since: number): readonly Gate[] => [
  {
    sentence: () => t('Adding the node {0}.', nodeName),
    passed: async (api) => {
      const { status } = await api.send('POST', '/api/v1/nodes', nodeObject);
      return status === 201 || status === 409;
    },
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
  {
    sentence: () => t('Waiting for the node {0} to become ready.', nodeName),
    passed: async (api) =>
      isRenewed((await api.send('GET', leasePath)).body, since) &&
      isReady((await api.send('GET', `/api/v1/nodes/${nodeName}`)).body),
  },
];

const leases = '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases';
const leasePath = `${leases}/${nodeName}`;

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
