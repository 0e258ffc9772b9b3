/** The rollouts of a workload: how far one is, which there were, and the way back. */
import { t } from '../../core/l10n.ts';
import { Failure } from '../../core/failure.ts';
import { type ObjectRef, objectPath } from '../apiResource.ts';
import { type Action, type Subject, isKind, onObject } from './action.ts';
import { type ApiCall, type KubeObject, send } from './apiCall.ts';
import { jsonPatch, strategicPatch } from './change.ts';
import { inNamespace, kubectl, typeAndName } from './commandLine.ts';
import { at, numberAt, textAt, textsAt } from './fields.ts';
import { getCall, placeOf } from './look.ts';

const rolls = isKind('Deployment', 'StatefulSet', 'DaemonSet');

/** One state that a workload was in. */
export interface Revision {
  readonly number: number;
  /** The annotation kubernetes.io/change-cause; empty where nobody wrote one. */
  readonly cause: string;
  readonly created: string;
  /** Images of its containers. */
  readonly images: readonly string[];
  readonly current: boolean;
  /** The ReplicaSet or ControllerRevision that keeps it. */
  readonly object: KubeObject;
}

const revisionKey = 'deployment.kubernetes.io/revision';

/** Where the revisions of a workload are kept: ReplicaSets for a Deployment, else ControllerRevisions. */
function revisionsCall({ ref, object }: Pick<Subject, 'ref' | 'object'>): ApiCall {
  const resource = ref.kind === 'Deployment' ? 'replicasets' : 'controllerrevisions';
  return {
    method: 'GET',
    path: `/apis/apps/v1/namespaces/${encodeURIComponent(ref.namespace)}/${resource}`,
    query: { labelSelector: selectorText(object) },
    what: t('list the revisions of {0}', placeOf(ref)),
  };
}

/** A label selector as the API takes it in a query (`metav1.FormatLabelSelector`: requirements in the order of their keys). */
export function selectorText(object: KubeObject): string {
  const labels = Object.entries(textsAt(object, 'spec', 'selector', 'matchLabels')).map(
    ([key, value]) => `${key}=${value}`,
  );
  const expressions = at(object, 'spec', 'selector', 'matchExpressions');
  const others = (Array.isArray(expressions) ? (expressions as unknown[]) : []).map((each) => {
    const [key, operator] = [textAt(each, 'key'), textAt(each, 'operator')];
    const values = ((at(each, 'values') ?? []) as string[]).toSorted().join(',');
    if (operator === 'Exists') return key;
    if (operator === 'DoesNotExist') return `!${key}`;
    return `${key} ${operator === 'In' ? 'in' : 'notin'} (${values})`;
  });
  return [...labels, ...others].sort().join(',');
}

/** The revisions of a workload, newest first. Throws Failure. */
export async function revisions(subject: Subject): Promise<Revision[]> {
  const { items } = await send<{ items: KubeObject[] }>(subject.server, revisionsCall(subject), subject.signal);
  const own = items.filter(({ metadata }) =>
    metadata.ownerReferences?.some((owner) => at(owner, 'uid') === subject.object.metadata.uid),
  );
  const found = own.map((object) => toRevision(subject.ref, object)).filter(({ number }) => number > 0);
  found.sort((a, b) => b.number - a.number);
  return found.map((revision, index) => ({ ...revision, current: index === 0 }));
}

function toRevision({ kind }: ObjectRef, object: KubeObject): Omit<Revision, 'current'> {
  const template = kind === 'Deployment' ? at(object, 'spec', 'template') : at(object, 'data', 'spec', 'template');
  const containers = (at(template, 'spec', 'containers') ?? []) as unknown[];
  return {
    number:
      kind === 'Deployment'
        ? Number(object.metadata.annotations?.[revisionKey] ?? 0)
        : (numberAt(object, 'revision') ?? 0),
    cause: object.metadata.annotations?.['kubernetes.io/change-cause'] ?? '',
    created: object.metadata.creationTimestamp ?? '',
    images: containers.map((container) => textAt(container, 'image')),
    object,
  };
}

export const rolloutHistory: Action<null> = {
  id: 'rolloutHistory',
  title: () => t('Rollout History'),
  effect: 'none',
  applies: rolls,
  needs: (api) => ({
    verb: 'list',
    group: 'apps',
    resource: api.kind === 'Deployment' ? 'replicasets' : 'controllerrevisions',
  }),
  example: () => null,
  plan: (subject) => ({
    calls: [getCall(subject.ref), revisionsCall(subject)],
    kubectl: kubectl(subject.target, [...inNamespace(subject.ref), 'rollout', 'history', typeAndName(subject.ref)]),
  }),
};

/** Annotations of a Deployment that say where it is, not what it was told: undoing keeps the present ones. */
const keptAnnotations = new Set([
  'kubectl.kubernetes.io/last-applied-configuration',
  revisionKey,
  'deployment.kubernetes.io/revision-history',
  'deployment.kubernetes.io/desired-replicas',
  'deployment.kubernetes.io/max-replicas',
  'deprecated.deployment.rollback.to',
]);

/** The input is the number of the revision to go back to; 0 for the one before the present. */
export const undo: Action<number> = {
  id: 'undo',
  title: () => t('Undo Rollout'),
  effect: 'loss',
  applies: rolls,
  needs: onObject('patch'),
  example: () => 0,
  plan: async (subject, wanted) => {
    const known = await revisions(subject);
    const revision = wanted === 0 ? known[1] : known.find(({ number }) => number === wanted);
    if (revision === undefined) {
      throw new Failure(
        'notFound',
        wanted === 0
          ? t('{0} has no earlier revision to go back to.', subject.ref.name)
          : t('{0} has no revision {1}.', subject.ref.name, wanted),
      );
    }
    const { ref, target } = subject;
    const line = [...inNamespace(ref), 'rollout', 'undo', typeAndName(ref), `--to-revision=${revision.number}`];
    return { calls: [undoCall(subject, revision)], kubectl: kubectl(target, line) };
  },
};

function undoCall({ ref, object }: Subject, { object: kept, number }: Revision): ApiCall {
  const what = t('take {0} back to revision {1}', placeOf(ref), number);
  const path = objectPath(ref);
  if (ref.kind !== 'Deployment') return { method: 'PATCH', path, type: strategicPatch, body: kept['data'], what };
  const { 'pod-template-hash': _, ...labels } = textsAt(kept, 'spec', 'template', 'metadata', 'labels');
  const template = at(kept, 'spec', 'template') as Record<string, unknown>;
  const metadata = at(template, 'metadata') as Record<string, unknown>;
  const annotations = Object.fromEntries([
    ...Object.entries(object.metadata.annotations ?? {}).filter(([key]) => keptAnnotations.has(key)),
    ...Object.entries(kept.metadata.annotations ?? {}).filter(([key]) => !keptAnnotations.has(key)),
  ]);
  const body = [
    { op: 'replace', path: '/spec/template', value: { ...template, metadata: { ...metadata, labels } } },
    { op: 'replace', path: '/metadata/annotations', value: annotations },
  ];
  return { method: 'PATCH', path, type: jsonPatch, body, what };
}
