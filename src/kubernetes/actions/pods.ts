/** The pods and containers that an action on a pod, a workload or a service reaches. */
import { Failure } from '../../core/failure.ts';
import { t } from '../../core/l10n.ts';
import type { Subject } from './action.ts';
import { type ApiCall, type KubeObject, send } from './apiCall.ts';
import { podsCall } from './describe/related.ts';
import { listAt, textAt, textsAt } from './fields.ts';
import { title } from './confirmation.ts';

/** The pods behind an object, a pod itself being its only one; those that are on their way out come last. Throws Failure. */
export async function podsBehind({ ref, object, server, signal }: Subject): Promise<readonly KubeObject[]> {
  if (ref.kind === 'Pod') return [object];
  const call = ref.kind === 'Service' ? selectedPods(object) : podsCall(ref, object);
  if (call === undefined) return [];
  const { items } = await send<{ items: KubeObject[] }>(server, call, signal);
  const leaving = ({ metadata }: KubeObject): number => (metadata.deletionTimestamp === undefined ? 0 : 1);
  return items.toSorted((a, b) => leaving(a) - leaving(b));
}

/** The pod of several that a stream goes to: the first that runs. Throws Failure `notFound` when none does. */
export async function podBehind(subject: Subject): Promise<KubeObject> {
  const pods = await podsBehind(subject);
  const running = pods.find((pod) => textAt(pod, 'status', 'phase') === 'Running') ?? pods[0];
  if (running !== undefined) return running;
  throw new Failure('notFound', t('{0} has no pod. Explain its status to see why.', title(subject.ref)));
}

function selectedPods(service: KubeObject): ApiCall | undefined {
  const selector = Object.entries(textsAt(service, 'spec', 'selector'));
  if (selector.length === 0) return undefined;
  return {
    method: 'GET',
    path: `/api/v1/namespaces/${encodeURIComponent(service.metadata.namespace ?? '')}/pods`,
    query: { labelSelector: selector.map((pair) => pair.join('=')).join(',') },
    what: t('list the pods of {0}', service.metadata.name),
  };
}

/** Names of a pod's containers, in the order in which they start. */
export const containersOf = (pod: KubeObject): string[] =>
  [...listAt(pod, 'spec', 'initContainers'), ...listAt(pod, 'spec', 'containers')].map((each) => textAt(each, 'name'));

/** The container that is meant where none was named, as kubectl chooses it. */
export function usualContainer(pod: KubeObject): string {
  const named = pod.metadata.annotations?.['kubectl.kubernetes.io/default-container'];
  return named ?? textAt(listAt(pod, 'spec', 'containers')[0], 'name');
}
