/** Asks whether a kubeconfig's credential plugin may run. */
import * as vscode from 'vscode';
import { t } from '../../core/l10n.ts';
import type { PluginCall } from '../execPlugin.ts';
import { askingOnce, commandLine } from '../pluginConsent.ts';

const memoryKey = 'gantry.kubernetes.allowedPlugins';

/** @param memory lasts across windows and belongs to the person, not to a workspace. */
export function askAboutPlugins(memory: vscode.Memento): (call: PluginCall) => Promise<void> {
  const allowed = (): readonly string[] => memory.get<readonly string[]>(memoryKey, []);
  return askingOnce(
    { has: (key) => allowed().includes(key), add: (key) => memory.update(memoryKey, [...allowed(), key]) },
    ask,
  );
}

async function ask(call: PluginCall): Promise<boolean> {
  const run = t('Run');
  const question = t('The context {0} signs in by running a program. Run it?', call.context);
  const detail = t('{0}\n\nnamed by {1}. You are asked once for this command.', commandLine(call), call.file);
  return (await vscode.window.showWarningMessage(question, { modal: true, detail }, run)) === run;
}
