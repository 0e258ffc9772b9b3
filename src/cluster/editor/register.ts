/** The commands of the local cluster. Its progress stands in the Pods view, too. */
import * as vscode from 'vscode';
import { type Disposable, DisposableStore } from '../../core/disposable.ts';
import { t } from '../../core/l10n.ts';
import type { Log } from '../../core/log.ts';
import { registerCommand, withProgress } from '../../editor/commands.ts';
import type { Cluster } from '../domain.ts';

export interface ClusterEditorDeps {
  readonly log: Log;
  /** Loads the domain; called when a command runs. */
  readonly domain: () => Promise<Cluster>;
}

export function registerCluster({ log, domain }: ClusterEditorDeps): Disposable {
  const store = new DisposableStore();
  store.add(
    registerCommand(log, 'gantry.cluster.create', async () => {
      const cluster = await domain();
      await withProgress(t('Local cluster'), (report, signal) => cluster.start(report, signal));
    }),
  );
  store.add(
    registerCommand(log, 'gantry.cluster.stop', async () => {
      const cluster = await domain();
      await withProgress(t('Stopping the local cluster'), () => cluster.stop());
    }),
  );
  store.add(
    registerCommand(log, 'gantry.cluster.delete', async () => {
      const remove = t('Delete');
      const question = t('Delete the local cluster with all objects in it?');
      if ((await vscode.window.showWarningMessage(question, { modal: true }, remove)) !== remove) return;
      const cluster = await domain();
      await withProgress(t('Deleting the local cluster'), () => cluster.remove());
    }),
  );
  return store;
}
