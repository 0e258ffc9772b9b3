/** What becomes of an entry for the Go debugger: it stands in launch.json, and is begun where the Go extension is there. */
import * as vscode from 'vscode';
import type { DebugConfiguration } from '../core/goDebug.ts';
import { t } from '../core/l10n.ts';

/** Puts the entry into launch.json, in the place of the one of that name. */
export async function keepConfiguration(
  workspace: vscode.WorkspaceFolder,
  configuration: DebugConfiguration,
): Promise<void> {
  const launch = vscode.workspace.getConfiguration('launch', workspace.uri);
  await launch.update('configurations', [...others(launch, configuration.name), configuration], vscode.ConfigurationTarget.WorkspaceFolder); // prettier-ignore
}

/** Takes the entry of that name out of launch.json. */
export async function forgetConfiguration(workspace: vscode.WorkspaceFolder, name: string): Promise<void> {
  const launch = vscode.workspace.getConfiguration('launch', workspace.uri);
  await launch.update('configurations', others(launch, name), vscode.ConfigurationTarget.WorkspaceFolder);
}

function others(launch: vscode.WorkspaceConfiguration, name: string): readonly { readonly name: string }[] {
  const there = launch.inspect<{ readonly name: string }[]>('configurations')?.workspaceFolderValue ?? [];
  return there.filter((each) => each.name !== name);
}

/** Without the Go extension it says where Delve waits, and offers to find the extension. */
export async function beginDebugging(
  workspace: vscode.WorkspaceFolder,
  { name, host, port }: DebugConfiguration,
): Promise<void> {
  if (vscode.extensions.getExtension('golang.go') !== undefined) {
    await vscode.debug.startDebugging(workspace, name);
    return;
  }
  const find = t('Find Extension');
  const sentence = t('Delve waits at {0}:{1}. Install the Go extension to debug here.', host, port);
  if ((await vscode.window.showInformationMessage(sentence, find)) !== find) return;
  await vscode.commands.executeCommand('workbench.extensions.search', '@id:golang.go');
}
