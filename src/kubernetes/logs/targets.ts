/** Whose logs are meant by a row of the trees, or by words on a command line. */
import { Failure } from '../../core/failure.ts';
import { t } from '../../core/l10n.ts';
import { type ObjectRef, objectOf, workloadResources } from '../apiResource.ts';
import type { KubernetesNode } from '../nodes.ts';
import type { PodRow } from '../rows.ts';
import type { LogTarget } from './podLogs.ts';

interface Place {
  readonly context: string;
  readonly namespace: string;
}

export const podTarget = ({ context, namespace }: Place, pod: string, container?: string): LogTarget => ({
  context,
  namespace,
  name: container === undefined ? pod : `${pod}/${container}`,
  selects: ({ name }) => name === pod,
  container,
  single: true,
});

/** @param kind of the workload as its API object names it: `Deployment`. */
export const workloadTarget = ({ context, namespace }: Place, kind: string, name: string): LogTarget => ({
  context,
  namespace,
  name,
  selects: (pod: PodRow) => pod.ownerName === name && pod.ownerKind.toLowerCase() === kind.toLowerCase(),
  single: false,
});

/** Throws Failure `invalid` for rows that have no log. */
export function targetOf(node: KubernetesNode | undefined): LogTarget {
  switch (node?.kind) {
    case 'pod':
      return podTarget(node, node.name);
    case 'container':
      return podTarget(node, node.pod, node.name);
    case 'workload':
      return workloadTarget(node, node.workload, node.name);
    default:
      return objectTarget(node && objectOf(node));
  }
}

/** An object of a list of all kinds, which may be a pod or a workload. */
function objectTarget(ref: ObjectRef | undefined): LogTarget {
  if (ref?.kind === 'Pod' && ref.group === '') return podTarget(ref, ref.name);
  if (ref !== undefined && Object.hasOwn(workloadResources, ref.kind)) return workloadTarget(ref, ref.kind, ref.name);
  throw new Failure('invalid', t('Select a pod, a container or a workload of the Pods view first.'));
}
