/** What else happens when an action is done, in words for the question before it. */
import { t } from '../../core/l10n.ts';
import type { ObjectRef } from '../apiResource.ts';
import type { Action } from './action.ts';
import { type KubeObject, send } from './apiCall.ts';
import { podsCall } from './describe/related.ts';
import type { Departure } from './nodes.ts';
import { drain } from './nodes.ts';
import type { Requester } from '../connection.ts';

/** Empty where there is nothing to add. */
export function consequenceOf(action: Pick<Action, 'id'>, input: unknown): string {
  if (action.id === 'restart') return t('Its pods are replaced, one after the other as its strategy says.');
  return action.id === drain.id ? drainConsequence(input as Departure) : '';
}

function drainConsequence({ evicted, withData, alone, staying }: Departure): string {
  return [
    t('{0} pods are evicted; {1} stay, for they belong to the node.', evicted.length, staying),
    withData > 0 ? t('{0} keep data in an emptyDir, which is lost.', withData) : '',
    alone > 0 ? t('{0} belong to no controller and do not come back.', alone) : '',
  ]
    .filter(Boolean)
    .join('\n');
}

/** What goes with objects that are deleted: the pods of a workload, all of a namespace. Throws Failure. */
export async function deletionConsequence(
  refs: readonly ObjectRef[],
  subjects: (ref: ObjectRef) => Promise<{ readonly object: KubeObject; readonly server: Requester }>,
  signal: AbortSignal,
): Promise<string> {
  const [only, ...others] = refs;
  if (only === undefined || others.length > 0) return '';
  if (only.kind === 'Namespace') return t('Everything in the namespace goes with it.');
  const { object, server } = await subjects(only);
  const call = podsCall(only, object);
  if (call === undefined || only.kind === 'Node') return '';
  const { items } = await send<{ items: KubeObject[] }>(server, call, signal).catch(() => ({ items: [] }));
  return items.length === 0 ? '' : t('Its {0} pods go with it.', items.length);
}
