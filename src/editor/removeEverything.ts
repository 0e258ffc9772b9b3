/** "Gantry: Remove Everything": what Gantry keeps outside the workspace, with sizes, gone after one question. */
import * as vscode from 'vscode';
import type { Disposable } from '../core/disposable.ts';
import { t } from '../core/l10n.ts';
import type { Log } from '../core/log.ts';
import { formatBytes, measure, removeFolders } from '../core/storage.ts';
import { registerCommand } from './commands.ts';

export interface RemoveDeps {
  readonly log: Log;
  readonly folders: readonly string[];
  /** Ends what still uses the folders, such as local clusters. */
  readonly release: () => Promise<void>;
}

export function registerRemoveEverything({ log, folders, release }: RemoveDeps): Disposable {
  return registerCommand(log, 'gantry.removeEverything', async () => {
    const stored = await measure(folders);
    if (stored.length === 0) {
      void vscode.window.showInformationMessage(t('Gantry keeps nothing outside the workspace.'));
      return;
    }
    const remove = t('Remove');
    const detail = stored.map(({ path, bytes }) => `${formatBytes(bytes)}  ${path}`).join('\n');
    const answer = await vscode.window.showWarningMessage(
      t(
        'Remove everything that Gantry keeps outside the workspace? Local clusters are ended with all that is in them. All of it can be made again, but for the drafts of gRPC requests.',
      ),
      { modal: true, detail },
      remove,
    );
    if (answer !== remove) return;
    await release();
    await removeFolders(stored.map(({ path }) => path));
    log.info(`removed ${stored.map(({ path }) => path).join(', ')}`);
    const total = stored.reduce((sum, { bytes }) => sum + bytes, 0);
    void vscode.window.showInformationMessage(t('Removed {0}.', formatBytes(total)));
  });
}
