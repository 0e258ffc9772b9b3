/** Actions on one object of most kinds: delete it, scale it, start its pods anew. */
import { t } from '../../core/l10n.ts';
import { objectPath } from '../apiResource.ts';
import { type Action, everyKind, isKind, onObject } from './action.ts';
import type { ApiCall } from './apiCall.ts';
import { inNamespace, kubectl, typeAndName } from './commandLine.ts';
import { numberAt } from './fields.ts';
import { placeOf } from './look.ts';

export const mergePatch = 'application/merge-patch+json';
export const strategicPatch = 'application/strategic-merge-patch+json';
export const jsonPatch = 'application/json-patch+json';

export interface Deletion {
  /** Do not wait for the kubelet: the object goes at once, whatever still runs. */
  readonly force: boolean;
}

export const deleteObject: Action<Deletion> = {
  id: 'delete',
  title: () => t('Delete'),
  effect: 'loss',
  applies: everyKind,
  needs: onObject('delete'),
  example: () => ({ force: false }),
  plan: ({ ref, target }, { force }) => ({
    calls: [
      {
        method: 'DELETE',
        path: objectPath(ref),
        body: { propagationPolicy: 'Background', ...(force ? { gracePeriodSeconds: 0 } : {}) },
        what: t('delete {0}', placeOf(ref)),
      },
    ],
    kubectl: kubectl(target, [
      ...inNamespace(ref),
      'delete',
      typeAndName(ref),
      ...(force ? ['--force', '--grace-period=0'] : []),
    ]),
  }),
};

export const scale: Action<number> = {
  id: 'scale',
  title: () => t('Scale'),
  effect: 'change',
  applies: isKind('Deployment', 'StatefulSet', 'ReplicaSet', 'ReplicationController'),
  needs: onObject('patch', '/scale'),
  example: ({ object }) => numberAt(object, 'spec', 'replicas') ?? 1,
  plan: ({ ref, target }, replicas) => ({
    calls: [
      {
        method: 'PATCH',
        path: `${objectPath(ref)}/scale`,
        type: mergePatch,
        body: { spec: { replicas } },
        what: t('scale {0}', placeOf(ref)),
      },
    ],
    kubectl: kubectl(target, [...inNamespace(ref), 'scale', typeAndName(ref), `--replicas=${replicas}`]),
  }),
};

/** As `kubectl rollout restart` writes it into the pod template: a new value is a new rollout. */
export const restartedAt = 'kubectl.kubernetes.io/restartedAt';

export const restart: Action<Date> = {
  id: 'restart',
  title: () => t('Restart'),
  effect: 'loss',
  applies: isKind('Deployment', 'StatefulSet', 'DaemonSet'),
  needs: onObject('patch'),
  example: () => new Date(),
  plan: ({ ref, target }, now) => {
    const stamp = now.toISOString().replace(/\.\d+Z$/, 'Z');
    const body = { spec: { template: { metadata: { annotations: { [restartedAt]: stamp } } } } };
    const call: ApiCall = {
      method: 'PATCH',
      path: objectPath(ref),
      type: strategicPatch,
      body,
      what: t('restart {0}', placeOf(ref)),
    };
    return {
      calls: [call],
      kubectl: kubectl(target, [...inNamespace(ref), 'rollout', 'restart', typeAndName(ref)]),
    };
  },
};
