/** What VS Code's terminals find beside the person's own programs: `gantry`, and the tools that Gantry installed. */
import { delimiter, join } from 'node:path';
import type * as vscode from 'vscode';
import { t } from '../core/l10n.ts';

/** VS Code keeps it from one session to the next. @param tools folder of what Gantry installs. */
export function offerTerminalPrograms(
  terminals: vscode.GlobalEnvironmentVariableCollection,
  extensionFolder: string,
  tools: string,
): void {
  terminals.description = t('The program gantry, and tools that Gantry installed');
  // Last, so that what the person has is found first.
  terminals.append('PATH', ['', join(extensionFolder, 'dist', 'bin'), tools].join(delimiter));
  terminals.replace('GANTRY_NODE', process.execPath); // Runs it, where the person has no Node.js.
}
