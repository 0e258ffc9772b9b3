/** The VS Code program. */
import * as vscode from 'vscode';
import { installLanguage } from './core/l10n.ts';
import { registerCommand } from './editor/commands.ts';
import { channelLog } from './editor/log.ts';

export function activate(context: vscode.ExtensionContext): void {
  installLanguage((vscode.l10n.bundle as Record<string, string> | undefined) ?? {});
  const channel = vscode.window.createOutputChannel('Gantry', { log: true });
  const log = channelLog(channel);
  context.subscriptions.push(channel, registerCommand(log, 'gantry.showLog', () => channel.show()));
}
