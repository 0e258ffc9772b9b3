/** How far a rollout is, by the rules of kubectl's status viewers (k8s.io/kubectl/pkg/polymorphichelpers/rollout_status.go). */
import { t } from '../../core/l10n.ts';
import { Failure } from '../../core/failure.ts';
import { type Action, isKind, onObject } from './action.ts';
import type { KubeObject } from './apiCall.ts';
import { inNamespace, kubectl, typeAndName } from './commandLine.ts';
import { listAt, numberAt, textAt } from './fields.ts';
import { getCall } from './look.ts';

export interface RolloutState {
  readonly done: boolean;
  /** For people. */
  readonly text: string;
}

export const rolloutStatus: Action<null> = {
  id: 'rolloutStatus',
  title: () => t('Rollout Status'),
  effect: 'none',
  applies: isKind('Deployment', 'StatefulSet', 'DaemonSet'),
  needs: onObject('get'),
  example: () => null,
  plan: ({ ref, target }) => ({
    calls: [getCall(ref)],
    kubectl: kubectl(target, [...inNamespace(ref), 'rollout', 'status', typeAndName(ref)]),
  }),
};

/** @throws Failure when the rollout can get no further by itself. */
export function rolloutState(object: KubeObject): RolloutState {
  const { name, generation = 0 } = object.metadata;
  const status = (field: string): number => numberAt(object, 'status', field) ?? 0;
  if (status('observedGeneration') < generation) return waiting(t('Waiting for the controller to see the change…'));
  switch (object.kind) {
    case 'DaemonSet':
      return daemonSet(status, name);
    case 'StatefulSet':
      return statefulSet(object, status, name);
    default:
      return deployment(object, status, name);
  }
}

const waiting = (text: string): RolloutState => ({ done: false, text });
const finished = (name: string): RolloutState => ({ done: true, text: t('{0} is rolled out.', name) });

type StatusNumber = (field: string) => number;

function deployment(object: KubeObject, status: StatusNumber, name: string): RolloutState {
  const progressing = listAt(object, 'status', 'conditions').find((each) => textAt(each, 'type') === 'Progressing');
  if (textAt(progressing, 'reason') === 'ProgressDeadlineExceeded') {
    throw new Failure(
      'timeout',
      t('The rollout of {0} made no progress within its deadline. Explain its pods, or undo the rollout.', name),
    );
  }
  const wanted = numberAt(object, 'spec', 'replicas') ?? 1;
  const [updated, all, available] = [status('updatedReplicas'), status('replicas'), status('availableReplicas')];
  if (updated < wanted) return waiting(t('{0} of {1} new pods were made…', updated, wanted));
  if (all > updated) return waiting(t('{0} old pods are still ending…', all - updated));
  if (available < updated) return waiting(t('{0} of {1} new pods are available…', available, updated));
  return finished(name);
}

function daemonSet(status: StatusNumber, name: string): RolloutState {
  const wanted = status('desiredNumberScheduled');
  if (status('updatedNumberScheduled') < wanted) {
    return waiting(t('{0} of {1} new pods were made…', status('updatedNumberScheduled'), wanted));
  }
  if (status('numberAvailable') < wanted) {
    return waiting(t('{0} of {1} new pods are available…', status('numberAvailable'), wanted));
  }
  return finished(name);
}

function statefulSet(object: KubeObject, status: StatusNumber, name: string): RolloutState {
  const wanted = numberAt(object, 'spec', 'replicas') ?? 1;
  if (status('readyReplicas') < wanted) {
    return waiting(t('{0} of {1} pods are ready…', status('readyReplicas'), wanted));
  }
  const partition = numberAt(object, 'spec', 'updateStrategy', 'rollingUpdate', 'partition') ?? 0;
  const due = wanted - partition;
  if (partition > 0) {
    if (status('updatedReplicas') >= due) return finished(name);
    return waiting(t('{0} of {1} new pods were made…', status('updatedReplicas'), due));
  }
  if (textAt(object, 'status', 'updateRevision') === textAt(object, 'status', 'currentRevision')) return finished(name);
  return waiting(t('{0} of {1} new pods were made…', status('updatedReplicas'), wanted));
}
