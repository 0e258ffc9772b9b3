/** "Take Snapshot of Local Cluster" and "Reset Local Cluster…", from the row of an embedded cluster and from the palette. */
import * as vscode from 'vscode';
import { type Disposable, DisposableStore } from '../../core/disposable.ts';
import { t } from '../../core/l10n.ts';
import { givenText, registerCommand, withProgress } from '../../editor/commands.ts';
import type { Cluster, ClusterState } from '../domain.ts';
import { type ResetTarget, resetTargets } from '../snapshot.ts';
import { chosenCluster } from './choose.ts';
import type { ClusterEditorDeps } from './register.ts';

const never = new AbortController().signal;
const fits = ({ kind, phase }: ClusterState): boolean => kind === 'embedded' && phase === 'running';

export function registerReset({ log, domain }: ClusterEditorDeps): Disposable {
  const store = new DisposableStore();
  store.add(
    registerCommand(log, 'gantry.cluster.snapshot', async (node) => {
      const cluster = await domain();
      const chosen = await chosenCluster(cluster, node, fits);
      if (chosen === undefined) return;
      await cluster.snapshot(never, chosen.name);
      void vscode.window.showInformationMessage(t('The snapshot of {0} is taken.', chosen.name));
    }),
  );
  store.add(
    registerCommand(log, 'gantry.cluster.reset', async (node, given) => {
      const cluster = await domain();
      const chosen = await chosenCluster(cluster, node, fits);
      if (chosen === undefined) return;
      const { name } = chosen;
      const to = resetTargets.find((each) => each === givenText(given)) ?? (await askTarget(cluster, name));
      if (to === undefined || !(await agreed(name, await cluster.resetLoses(to, name)))) return;
      await withProgress(t('Resetting the cluster {0}', name), (report, signal) =>
        cluster.reset(to, report, signal, name),
      );
    }),
  );
  return store;
}

async function askTarget(cluster: Cluster, name: string): Promise<ResetTarget | undefined> {
  const items = (await cluster.resetTargets(name)).map(({ to, at }) => ({
    label: to === 'empty' ? t('Empty, as it was when new') : t('Snapshot of {0}', new Date(at).toLocaleString()),
    to,
  }));
  return (await vscode.window.showQuickPick(items, { placeHolder: t('What the cluster is set back to') }))?.to;
}

/** Whether the person wants to lose that. */
async function agreed(name: string, loses: readonly string[]): Promise<boolean> {
  if (loses.length === 0) {
    void vscode.window.showInformationMessage(t('Nothing would change: all objects of {0} are as they were.', name));
    return false;
  }
  const reset = t('Reset');
  const question = t('Reset the cluster {0}?', name);
  return (await vscode.window.showWarningMessage(question, { modal: true, detail: loses.join('\n') }, reset)) === reset;
}
