/** One document about an object: itself, its conditions, its events and what is related to it. */
import { t } from '../../../core/l10n.ts';
import { Failure, isAbort, toFailure } from '../../../core/failure.ts';
import type { ObjectRef } from '../../apiResource.ts';
import type { Requester } from '../../connection.ts';
import { type ApiCall, type KubeObject, send } from '../apiCall.ts';
import { at, textAt } from '../fields.ts';
import { eventsCall, getCall } from '../look.ts';
import { type Section, documentText } from './document.ts';
import { conditions, dataKeys, eventsSection, plainFields, since, summary } from './general.ts';
import { nodeSections, podRows, serviceSections, workloadSections } from './kinds.ts';
import { podSections } from './pod.ts';
import { podsCall, replicaSetsCall, slicesCall } from './related.ts';

/** What a description is made of. What could not be read is a sentence instead. */
export interface Described {
  readonly object: KubeObject;
  readonly events: readonly KubeObject[] | string;
  /** Pods of a workload or a node, EndpointSlices of a service, ReplicaSets of a Deployment. */
  readonly pods: readonly KubeObject[] | string;
  readonly slices: readonly KubeObject[] | string;
  readonly replicaSets: readonly KubeObject[] | string;
}

/** Reads the object and what belongs to it. Throws Failure when the object itself cannot be read. */
export async function gather(ref: ObjectRef, server: Requester, signal: AbortSignal): Promise<Described> {
  const object = await send(server, getCall(ref), signal);
  const optional = async (call: ApiCall | undefined): Promise<KubeObject[] | string> => {
    if (call === undefined) return [];
    try {
      return (await send<{ items: KubeObject[] }>(server, call, signal)).items;
    } catch (error) {
      if (isAbort(error)) throw new Failure('cancelled', t('Cancelled.'), error);
      return toFailure(error).message;
    }
  };
  const [events, pods, slices, replicaSets] = await Promise.all([
    optional(eventsCall(ref)),
    optional(podsCall(ref, object)),
    optional(slicesCall(ref)),
    optional(ref.kind === 'Deployment' ? replicaSetsCall(ref, object) : undefined),
  ]);
  return { object, events, pods, slices, replicaSets };
}

/** @param now milliseconds since the epoch. */
export function describeText(described: Described, now: number): string {
  const { object, events } = described;
  const name =
    object.metadata.namespace === undefined
      ? object.metadata.name
      : `${object.metadata.namespace}/${object.metadata.name}`;
  return documentText(`${object.kind ?? ''} ${name}`, [
    summary(object, now),
    ...own(described, now),
    conditions(object, now),
    typeof events === 'string' ? told(t('Events'), events) : eventsSection(events, now),
  ]);
}

const told = (title: string, sentence: string): Section => ({ title, rows: [[sentence]] });

function own(described: Described, now: number): Section[] {
  const { object } = described;
  switch (object.kind) {
    case 'Pod':
      return podSections(object, now);
    case 'Deployment':
    case 'StatefulSet':
    case 'DaemonSet':
    case 'ReplicaSet':
      return [...workloadSections(object, now), ...related(described, now)];
    case 'Service':
      return typeof described.slices === 'string'
        ? [...serviceSections(object, []).slice(0, 2), told(t('Endpoints'), described.slices)]
        : serviceSections(object, described.slices);
    case 'Node':
      return typeof described.pods === 'string'
        ? [...nodeSections(object, [], now), told(t('Pods'), described.pods)]
        : nodeSections(object, described.pods, now);
    case 'Secret':
    case 'ConfigMap':
      return [dataKeys(object)];
    default:
      return [plainFields(t('Specification'), object, 'spec'), ...related(described, now), statusFields(object)];
  }
}

/** Conditions have a section of their own. */
function statusFields(object: KubeObject): Section {
  const section = plainFields(t('Status'), object, 'status');
  return { ...section, rows: section.rows.filter(([name]) => name !== 'conditions') };
}

function related({ object, pods, replicaSets }: Described, now: number): Section[] {
  const sets = typeof replicaSets === 'string' ? [] : replicaSets;
  const owned = sets.filter(({ metadata }) =>
    metadata.ownerReferences?.some((owner) => at(owner, 'uid') === object.metadata.uid),
  );
  const setRows = owned.map((set) => [
    set.metadata.name,
    t('revision {0}', set.metadata.annotations?.['deployment.kubernetes.io/revision'] ?? '?'),
    t('{0} pods', textAt(set, 'status', 'replicas') || '0'),
    since(set.metadata.creationTimestamp ?? '', now),
  ]);
  return [
    typeof replicaSets === 'string' ? told(t('Revisions'), replicaSets) : { title: t('Revisions'), rows: setRows },
    typeof pods === 'string' ? told(t('Pods'), pods) : { title: t('Pods'), rows: podRows(pods, now) },
  ];
}
