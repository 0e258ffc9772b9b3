/** Calls for what belongs to an object: pods, endpoints, revisions. */
import { t } from '../../../core/l10n.ts';
import type { ObjectRef } from '../../apiResource.ts';
import type { ApiCall, KubeObject } from '../apiCall.ts';
import { at } from '../fields.ts';
import { selectorText } from '../rollout.ts';

const within = (ref: ObjectRef, root: string, resource: string): string =>
  `${root}/namespaces/${encodeURIComponent(ref.namespace)}/${resource}`;

/** Pods of a workload or a node; undefined for kinds that have none. */
export function podsCall(ref: ObjectRef, object: KubeObject): ApiCall | undefined {
  const what = t('list the pods of {0}', ref.name);
  if (ref.kind === 'Node') {
    return { method: 'GET', path: '/api/v1/pods', query: { fieldSelector: `spec.nodeName=${ref.name}` }, what };
  }
  if (at(object, 'spec', 'template') === undefined || at(object, 'spec', 'selector', 'matchLabels') === undefined) {
    return undefined;
  }
  return { method: 'GET', path: within(ref, '/api/v1', 'pods'), query: { labelSelector: selectorText(object) }, what };
}

export function slicesCall(ref: ObjectRef): ApiCall | undefined {
  if (ref.kind !== 'Service' || ref.group !== '') return undefined;
  return {
    method: 'GET',
    path: within(ref, '/apis/discovery.k8s.io/v1', 'endpointslices'),
    query: { labelSelector: `kubernetes.io/service-name=${ref.name}` },
    what: t('list the endpoints of {0}', ref.name),
  };
}

export const replicaSetsCall = (ref: ObjectRef, object: KubeObject): ApiCall => ({
  method: 'GET',
  path: within(ref, '/apis/apps/v1', 'replicasets'),
  query: { labelSelector: selectorText(object) },
  what: t('list the revisions of {0}', ref.name),
});
