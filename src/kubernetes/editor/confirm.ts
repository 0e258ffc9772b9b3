/** Asks before something is taken away. */
import { t } from '../../core/l10n.ts';
import { askText } from '../../editor/askText.ts';
import { askModal } from '../../editor/lateProgress.ts';
import { readSetting } from '../../editor/settings.ts';
import type { Action } from '../actions/action.ts';
import { isProtected, question } from '../actions/confirmation.ts';
import type { ObjectRef } from '../apiResource.ts';
import type { Kubernetes } from '../domain.ts';

/** True when there is nothing to ask or the person said yes; in a protected context, by typing the name. */
export async function confirmed(
  kubernetes: Kubernetes,
  action: Pick<Action, 'title' | 'effect'>,
  refs: readonly ObjectRef[],
  consequence = '',
): Promise<boolean> {
  const { context } = kubernetes.actions.target(refs[0]!.context);
  const guarded = isProtected(context, readSetting('gantry.kubernetes.protectedContexts'));
  const asked = question(action, refs, context, guarded, consequence);
  if (asked === undefined) return true;
  if (asked.typed === undefined) return (await askModal(asked.message, asked.detail, asked.button)) === asked.button;
  const typed = await askText({
    title: asked.message,
    prompt: [asked.detail, t('This context is protected: type {0} to go on.', asked.typed)].filter(Boolean).join(' '),
    validateInput: (text) => (text === asked.typed ? undefined : t('Type {0} exactly.', asked.typed!)),
  });
  return typed === asked.typed;
}
