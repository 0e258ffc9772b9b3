/** "Show Equivalent": the kubectl line and the API call of an action, to learn from and to copy. */
import * as vscode from 'vscode';
import type { Disposable } from '../../core/disposable.ts';
import { t } from '../../core/l10n.ts';
import { registerCommand } from '../../editor/commands.ts';
import { withLateProgress } from '../../editor/lateProgress.ts';
import { everyKind } from '../actions/action.ts';
import { callText } from '../actions/apiCall.ts';
import { actionsOn } from '../actions/registry.ts';
import type { ActionCommandsDeps } from './actionCommands.ts';
import { choose, chooseObject } from './chooseObject.ts';

export function registerEquivalents({ log, domain, selection }: Omit<ActionCommandsDeps, 'named'>): Disposable {
  return registerCommand(log, 'gantry.kubernetes.showEquivalent', async (node, id) => {
    const kubernetes = await domain();
    const title = t('Show Equivalent');
    const ref = await chooseObject({ kubernetes, selection }, { applies: everyKind, title: () => title }, node);
    if (ref === undefined) return;
    const items = actionsOn(ref).map((action) => ({ label: action.title(), action }));
    const action =
      items.find((item) => item.action.id === id)?.action ??
      (await choose(items, title, t('Of which action?')))?.action;
    if (action === undefined) return;
    const plan = await withLateProgress(t('Reading {0}…', ref.name), async (_, signal) => {
      const subject = await kubernetes.actions.subject(ref, signal);
      return action.plan(subject, action.example(subject));
    });
    const calls = plan.calls.map(callText).join('\n\n');
    const [firstLine = ''] = calls.split('\n');
    const copied = await choose(
      [
        { label: t('Copy kubectl Line'), detail: plan.kubectl, text: plan.kubectl },
        { label: t('Copy API Call'), detail: firstLine, text: calls },
      ],
      action.title(),
      t('Which one?'),
    );
    if (copied !== undefined) await vscode.env.clipboard.writeText(copied.text);
  });
}
