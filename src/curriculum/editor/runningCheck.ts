/** The running check in the status bar. */
import * as vscode from 'vscode';
import { type Disposable, DisposableStore } from '../../core/disposable.ts';
import { t } from '../../core/l10n.ts';
import type { Curriculum } from '../domain.ts';

/** Shown only while something is checked; a click opens the lesson, where it can be cancelled. */
export function showRunningCheck(curriculum: Curriculum): Disposable {
  const store = new DisposableStore();
  const item = store.add(vscode.window.createStatusBarItem('gantry.curriculum', vscode.StatusBarAlignment.Left));
  item.name = t('Running check');
  const draw = (): void => {
    const [running] = curriculum.running;
    if (running === undefined) return item.hide();
    const { item: id, step } = running;
    item.text = `$(loading~spin) ${id}${step === '' ? '' : `: ${step}`}`;
    item.tooltip = t('Gantry checks {0}. Click for its lesson, where you can cancel.', id);
    item.command = { command: 'gantry.curriculum.open', title: '', arguments: [{ kind: 'item', id }] };
    item.show();
  };
  store.add(curriculum.onDidProgress(draw));
  store.add(curriculum.onDidChange(draw));
  return store;
}
