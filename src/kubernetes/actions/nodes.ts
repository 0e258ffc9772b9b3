/** Actions on nodes: keep new pods away, move the present ones elsewhere. */
import { t } from '../../core/l10n.ts';
import type { ApiMetadata } from '../api.ts';
import { objectPath } from '../apiResource.ts';
import { type Action, type Subject, isKind, onObject } from './action.ts';
import { type ApiCall, type KubeObject, send } from './apiCall.ts';
import { strategicPatch } from './change.ts';
import { kubectl } from './commandLine.ts';
import { at, listAt, textAt } from './fields.ts';

const schedulable = ({ ref }: Pick<Subject, 'ref'>, unschedulable: true | null): ApiCall => ({
  method: 'PATCH',
  path: objectPath(ref),
  type: strategicPatch,
  body: { spec: { unschedulable } },
  what: t('change the node {0}', ref.name),
});

export const cordon: Action<null> = {
  id: 'cordon',
  title: () => t('Cordon'),
  effect: 'change',
  applies: isKind('Node'),
  needs: onObject('patch'),
  example: () => null,
  plan: (subject) => ({
    calls: [schedulable(subject, true)],
    kubectl: kubectl(subject.target, ['cordon', subject.ref.name]),
  }),
};

export const uncordon: Action<null> = {
  id: 'uncordon',
  title: () => t('Uncordon'),
  effect: 'change',
  applies: isKind('Node'),
  needs: onObject('patch'),
  example: () => null,
  plan: (subject) => ({
    calls: [schedulable(subject, null)],
    kubectl: kubectl(subject.target, ['uncordon', subject.ref.name]),
  }),
};

/** What of a node's pods a drain moves, loses or leaves. */
export interface Departure {
  readonly evicted: readonly ApiMetadata[];
  /** Of the evicted: how many keep data in an emptyDir, which goes with them. */
  readonly withData: number;
  /** Of the evicted: how many nothing will start again elsewhere. */
  readonly alone: number;
  /** Pods of DaemonSets and static pods stay: they belong to the node. */
  readonly staying: number;
}

export function departure(pods: readonly KubeObject[]): Departure {
  const stays = (pod: KubeObject): boolean =>
    pod.metadata.annotations?.['kubernetes.io/config.mirror'] !== undefined || controllerKind(pod) === 'DaemonSet';
  const ended = (pod: KubeObject): boolean => /^(Succeeded|Failed)$/.test(textAt(pod, 'status', 'phase'));
  const going = pods.filter((pod) => !stays(pod));
  return {
    evicted: going.map(({ metadata }) => metadata),
    withData: going.filter(
      (pod) => !ended(pod) && listAt(pod, 'spec', 'volumes').some((volume) => at(volume, 'emptyDir')),
    ).length,
    alone: going.filter((pod) => !ended(pod) && controllerKind(pod) === undefined).length,
    staying: pods.length - going.length,
  };
}

const controllerKind = ({ metadata }: KubeObject): string | undefined =>
  metadata.ownerReferences?.find(({ controller }) => controller === true)?.kind;

/** The pods of a node. Throws Failure. */
export async function podsOn({ ref, server, signal }: Pick<Subject, 'ref' | 'server' | 'signal'>): Promise<Departure> {
  const call: ApiCall = {
    method: 'GET',
    path: '/api/v1/pods',
    query: { fieldSelector: `spec.nodeName=${ref.name}` },
    what: t('list the pods of the node {0}', ref.name),
  };
  const { items } = await send<{ items: KubeObject[] }>(server, call, signal);
  return departure(items);
}

/** The input is what was found before the person agreed: what is evicted is what they were told of. */
export const drain: Action<Departure | undefined> = {
  id: 'drain',
  title: () => t('Drain'),
  effect: 'loss',
  applies: isKind('Node'),
  needs: () => ({ verb: 'create', group: '', resource: 'pods/eviction' }),
  example: () => undefined,
  plan: async (subject, known) => {
    const found = known ?? (await podsOn(subject));
    const flags = [
      '--ignore-daemonsets',
      ...(found.withData > 0 ? ['--delete-emptydir-data'] : []),
      ...(found.alone > 0 ? ['--force'] : []),
    ];
    return {
      calls: [schedulable(subject, true), ...found.evicted.map(evict)],
      kubectl: kubectl(subject.target, ['drain', subject.ref.name, ...flags]),
    };
  },
};

function evict({ name, namespace = '' }: ApiMetadata): ApiCall {
  return {
    method: 'POST',
    path: `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(name)}/eviction`,
    body: { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name, namespace } },
    what: t('evict the pod {0}', `${namespace}/${name}`),
  };
}
