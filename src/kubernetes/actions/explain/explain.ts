/** Explains an object that is not well, from what it says of itself, its events and what belongs to it. */
import { t } from '../../../core/l10n.ts';
import { printableLine } from '../../../core/printable.ts';
import type { ObjectRef } from '../../apiResource.ts';
import type { Requester } from '../../connection.ts';
import { type ApiCall, type KubeObject, send } from '../apiCall.ts';
import { title } from '../confirmation.ts';
import { gather } from '../describe/describe.ts';
import { podsCall } from '../describe/related.ts';
import { textsAt } from '../fields.ts';
import { eventsCall } from '../look.ts';
import type { Explanation, Lessons } from './explanation.ts';
import { explainConditions, explainService } from './others.ts';
import { explainPod } from './pod.ts';

/** Pods of a workload that are looked at: the others tell the same. */
const mostPods = 5;

/** Throws Failure when the object cannot be read. */
export async function explain(ref: ObjectRef, server: Requester, signal: AbortSignal): Promise<Explanation[]> {
  const { object, events, slices } = await gather(ref, server, signal);
  const own = typeof events === 'string' ? [] : events;
  if (ref.kind === 'Pod' && ref.group === '') return explainPod(object, own);
  const found = explainConditions(object, own);
  if (ref.kind === 'Service' && ref.group === '') {
    const pods = await list(selectedCall(ref, object), server, signal);
    return [...found, ...explainService(object, typeof slices === 'string' ? [] : slices, pods)];
  }
  const pods = ref.kind === 'Node' ? [] : await list(podsCall(ref, object), server, signal);
  return [...found, ...(await explainPods(ref, pods, server, signal))];
}

async function explainPods(
  ref: ObjectRef,
  pods: readonly KubeObject[],
  server: Requester,
  signal: AbortSignal,
): Promise<Explanation[]> {
  const found: Explanation[] = [];
  // The newest are those that a rollout waits for.
  const newest = pods.toSorted(
    (a, b) => Date.parse(b.metadata.creationTimestamp ?? '') - Date.parse(a.metadata.creationTimestamp ?? ''),
  );
  for (const pod of newest.slice(0, mostPods)) {
    const named = { ...ref, group: '', version: 'v1', resource: 'pods', kind: 'Pod', name: pod.metadata.name };
    const reasons = explainPod(pod, await list(eventsCall(named), server, signal));
    found.push(
      ...reasons.map((each) => ({ ...each, where: [pod.metadata.name, each.where].filter(Boolean).join('/') })),
    );
  }
  return found;
}

function selectedCall(ref: ObjectRef, service: KubeObject): ApiCall | undefined {
  const selector = Object.entries(textsAt(service, 'spec', 'selector')).map(([key, value]) => `${key}=${value}`);
  if (selector.length === 0) return undefined;
  const path = `/api/v1/namespaces/${encodeURIComponent(ref.namespace)}/pods`;
  return {
    method: 'GET',
    path,
    query: { labelSelector: selector.join(',') },
    what: t('list the pods of {0}', ref.name),
  };
}

/** Empty where nothing is asked or nothing may be known: the rest still explains. */
async function list(call: ApiCall | undefined, server: Requester, signal: AbortSignal): Promise<KubeObject[]> {
  if (call === undefined) return [];
  try {
    return (await send<{ items: KubeObject[] }>(server, call, signal)).items;
  } catch {
    signal.throwIfAborted();
    return [];
  }
}

/** What was found, as Markdown, with the lessons that teach it. */
export function explanationText(ref: ObjectRef, explanations: readonly Explanation[], lessons: Lessons): string {
  const heading = `# ${printableLine(title(ref))}`;
  if (explanations.length === 0) return `${heading}\n\n${t('Nothing is known to be wrong with it.')}\n`;
  const blocks = explanations.map(({ status, where, cause, next, topic }) => {
    const lesson = lessons.get(topic);
    const steps = next.map((step, index) => `${index + 1}. ${step}`);
    return [
      `## ${printableLine(where === '' ? status : `${status} – ${where}`)}`,
      printableLine(cause),
      [t('What to do:'), ...steps].join('\n'),
      ...(lesson === undefined ? [] : [t('Lesson: {0} ({1})', lesson.title, lesson.line)]),
    ].join('\n\n');
  });
  return `${[heading, ...blocks].join('\n\n')}\n`;
}
