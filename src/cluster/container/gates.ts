/** When a cluster in a container is ready: a pod that is created the moment after will run. */
import { t } from '../../core/l10n.ts';
import type { ApiClient } from '../apiClient.ts';
import { type Gate, apiServerGate, isReady, isRenewed } from '../readiness.ts';

/**
 * What its API has to show, in the order in which it appears.
 * @param since milliseconds since the epoch on the engine's clock: a sign of life that is older is one of an earlier run.
 */
export const nodeGates = (since: number): readonly Gate[] => [
  apiServerGate,
  {
    sentence: () => t('Waiting for the node to become ready.'),
    passed: async (api) => {
      const nodes = await items(api, '/api/v1/nodes');
      const leases = await items(api, '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases');
      return nodes.some(isReady) && leases.some((lease) => isRenewed(lease, since)) && hasAccount(api);
    },
  },
];

async function items(api: ApiClient, path: string): Promise<readonly unknown[]> {
  const { body } = await api.send('GET', path);
  return (body as { items?: readonly unknown[] }).items ?? [];
}

/** Pods of the namespace are refused until it is there. */
async function hasAccount(api: ApiClient): Promise<boolean> {
  return (await api.send('GET', '/api/v1/namespaces/default/serviceaccounts/default')).status === 200;
}
