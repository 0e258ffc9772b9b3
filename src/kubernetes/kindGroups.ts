/** Where each kind stands among the folders below a context's "All Resources". */
import { t } from '../core/l10n.ts';
import { lookup } from '../core/lookup.ts';
import { type ApiResource, resourceName } from './apiResource.ts';

/** The fixed groups, in the order they are shown. Custom resources follow, by their API group. */
export const groups = ['workloads', 'network', 'config', 'storage', 'access', 'cluster'] as const;
export type FixedGroup = (typeof groups)[number];

const byApiGroup: Readonly<Record<string, FixedGroup>> = lookup({
  apps: 'workloads',
  batch: 'workloads',
  autoscaling: 'workloads',
  policy: 'workloads',
  'discovery.k8s.io': 'network',
  'networking.k8s.io': 'network',
  'gateway.networking.k8s.io': 'network',
  'storage.k8s.io': 'storage',
  'snapshot.storage.k8s.io': 'storage',
  'rbac.authorization.k8s.io': 'access',
  'certificates.k8s.io': 'access',
});

const byResource: Readonly<Record<string, FixedGroup>> = lookup({
  pods: 'workloads',
  podtemplates: 'workloads',
  replicationcontrollers: 'workloads',
  services: 'network',
  endpoints: 'network',
  configmaps: 'config',
  secrets: 'config',
  limitranges: 'config',
  resourcequotas: 'config',
  persistentvolumes: 'storage',
  persistentvolumeclaims: 'storage',
  serviceaccounts: 'access',
});

/** Kinds that only say again what another one says: the older name of events, and statuses that nothing fills since 1.19. */
const doubles = new Set(['events.events.k8s.io', 'componentstatuses']);

/** Kinds worth a folder, of what a server has. */
export const shownKinds = <R extends ApiResource>(kinds: readonly R[]): R[] =>
  kinds.filter((kind) => !doubles.has(resourceName(kind)));

/** A fixed group, or the API group of a custom resource: one whose name is not Kubernetes' own. */
export function groupOf(api: ApiResource): string {
  const { group, resource } = api;
  const fixed = group === '' ? byResource[resource] : byApiGroup[group];
  if (fixed !== undefined) return fixed;
  return group === '' || group.endsWith('.k8s.io') ? 'cluster' : group;
}

export function groupTitle(group: string): string {
  switch (group as FixedGroup) {
    case 'workloads':
      return t('Workloads');
    case 'network':
      return t('Network');
    case 'config':
      return t('Configuration');
    case 'storage':
      return t('Storage');
    case 'access':
      return t('Access');
    case 'cluster':
      return t('Cluster');
    default:
      return group;
  }
}
