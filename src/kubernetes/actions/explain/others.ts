/** What is wrong with objects that are no pods. */
import { t } from '../../../core/l10n.ts';
import type { KubeObject } from '../apiCall.ts';
import { at, listAt, numberAt, textAt } from '../fields.ts';
import type { Explanation, Topic } from './explanation.ts';

/** Explanations from an object's own conditions. */
export function explainConditions(object: KubeObject, events: readonly KubeObject[]): Explanation[] {
  const bad = listAt(object, 'status', 'conditions').flatMap((condition) => explainCondition(object, condition));
  const claim = object.kind === 'PersistentVolumeClaim' ? explainClaim(object, events) : [];
  return [...bad, ...claim];
}

function explainCondition(object: KubeObject, condition: unknown): Explanation[] {
  const [type, status] = [textAt(condition, 'type'), textAt(condition, 'status')];
  const [reason, message] = [textAt(condition, 'reason'), textAt(condition, 'message')];
  const found = (cause: string, topic: Topic, ...next: string[]): Explanation[] => [
    { status: reason || type, where: type, cause, next, topic },
  ];
  if (type === 'Progressing' && reason === 'ProgressDeadlineExceeded') {
    return found(
      t(
        'The rollout made no progress for {0} s: new pods do not become available.',
        numberAt(object, 'spec', 'progressDeadlineSeconds') ?? 600,
      ),
      'rollouts',
      t('Explain one of its new pods: there is the reason.'),
      t('Undo the rollout, so that the last good revision runs meanwhile.'),
    );
  }
  if (type === 'ReplicaFailure' && status === 'True') {
    return found(
      t('Its pods cannot be made: {0}', message),
      'rollouts',
      t('A quota, a policy or an admission webhook refuses them: do what the message says.'),
    );
  }
  if (type === 'Failed' && status === 'True' && object.kind === 'Job') {
    return found(
      reason === 'BackoffLimitExceeded'
        ? t('The job gave up: its pods failed more often than backoffLimit allows.')
        : t('The job failed: {0}', message),
      'crashes',
      t('Read the logs of its last pod; a failed job is not tried again: make it anew.'),
    );
  }
  if (object.kind === 'Node' && type === 'Ready' && status !== 'True') {
    return found(
      status === 'Unknown'
        ? t('The node’s kubelet has not been heard of: the machine is off, or cut off.')
        : t('The node is not ready: {0}', message),
      'scheduling',
      t('Look at the machine: is it on, is the kubelet running, does it reach the API server?'),
    );
  }
  if (object.kind === 'Node' && type.endsWith('Pressure') && status === 'True') {
    return found(
      t('The node runs short: {0}', message),
      'eviction',
      t('Pods are evicted until there is enough again: end what needs it, or add a node.'),
    );
  }
  return [];
}

function explainClaim(claim: KubeObject, events: readonly KubeObject[]): Explanation[] {
  if (textAt(claim, 'status', 'phase') !== 'Pending') return [];
  const said = events.findLast((event) => textAt(event, 'message') !== '');
  return [
    {
      status: 'Pending',
      where: '',
      cause: t('No volume is bound to the claim yet. {0}', textAt(said, 'message')),
      next: [
        t('With WaitForFirstConsumer it waits for a pod that uses it; that is no fault.'),
        t('Compare its storage class and size with what the cluster offers.'),
      ],
      topic: 'storage',
    },
  ];
}

/** @param slices its EndpointSlices; @param pods those its selector names. */
export function explainService(
  service: KubeObject,
  slices: readonly KubeObject[],
  pods: readonly KubeObject[],
): Explanation[] {
  if (at(service, 'spec', 'selector') === undefined) return [];
  const ready = slices
    .flatMap((slice) => listAt(slice, 'endpoints'))
    .filter((each) => at(each, 'conditions', 'ready') !== false);
  if (ready.length > 0) return [];
  return [
    {
      status: 'NoEndpoints',
      where: '',
      cause:
        pods.length === 0
          ? t('No pod has the labels that the service selects: calls to it are refused.')
          : t('{0} pods have its labels, but none is ready: calls to it are refused.', pods.length),
      next:
        pods.length === 0
          ? [t('Compare the selector with the labels of the pods it should reach.')]
          : [t('Explain one of these pods: there is the reason.')],
      topic: 'services',
    },
  ];
}
