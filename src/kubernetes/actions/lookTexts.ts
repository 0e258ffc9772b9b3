/** The texts of documents one looks at, each read from the server when it is shown. */
import { t } from '../../core/l10n.ts';
import type { ObjectRef } from '../apiResource.ts';
import { type KubeObject, send } from './apiCall.ts';
import { title } from './confirmation.ts';
import type { Actions } from './domain.ts';
import { describeText, gather } from './describe/describe.ts';
import { documentText } from './describe/document.ts';
import { eventsSection, since } from './describe/general.ts';
import { eventsCall } from './look.ts';
import { revisions } from './rollout.ts';

/** @param now milliseconds since the epoch. Throws Failure, as the others do. */
export async function describeObject(
  actions: Actions,
  ref: ObjectRef,
  signal: AbortSignal,
  now: number,
): Promise<string> {
  return describeText(await gather(ref, actions.server(ref.context), signal), now);
}

export async function eventsText(actions: Actions, ref: ObjectRef, signal: AbortSignal, now: number): Promise<string> {
  const { items } = await send<{ items: KubeObject[] }>(actions.server(ref.context), eventsCall(ref), signal);
  return documentText(title(ref), [eventsSection(items, now)]);
}

export async function historyText(actions: Actions, ref: ObjectRef, signal: AbortSignal, now: number): Promise<string> {
  const found = await revisions(await actions.subject(ref, signal));
  const head = [t('Revision'), t('Age'), t('Images'), t('Change cause')];
  const rows = found.map(({ number, created, images, cause, current }) => [
    current ? t('{0} (now)', number) : String(number),
    since(created, now),
    images.join(', '),
    cause,
  ]);
  return documentText(title(ref), [
    { title: t('Revisions'), rows: rows.length === 0 ? [[t('none yet')]] : [head, ...rows] },
  ]);
}
