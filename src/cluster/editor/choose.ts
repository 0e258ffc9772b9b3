/** Which cluster a command is about: the row's, the only one there is, or the one that the person picks. */
import * as vscode from 'vscode';
import { t } from '../../core/l10n.ts';
import { askText } from '../../editor/askText.ts';
import type { Commands } from '../../editor/contributions.ts';
import type { Cluster, ClusterState } from '../domain.ts';
import type { Kind } from '../layout.ts';

type Row = Commands['gantry.cluster.start'][0];

/** Undefined when the person picks none, or there is none that `fits`, which is said. */
export async function chosenCluster(
  cluster: Cluster,
  row: Row,
  fits: (state: ClusterState) => boolean = () => true,
): Promise<ClusterState | undefined> {
  const named = clusterOf(cluster, row);
  if (named !== undefined) return named;
  await cluster.refresh();
  const states = cluster.clusters().filter(fits);
  if (states.length === 1) return states[0];
  if (states.length === 0) {
    void vscode.window.showInformationMessage(t('There is no local cluster that this could be done with.'));
    return undefined;
  }
  const items = states.map((state) => ({ label: state.name, description: kindText(state.kind), state }));
  return (await vscode.window.showQuickPick(items, { placeHolder: t('Choose a cluster') }))?.state;
}

/** The local cluster that a row of the Pods view stands for. */
export function clusterOf(cluster: Cluster, row: Row): ClusterState | undefined {
  return cluster.clusters().find(({ name, kubeconfig }) => {
    if (row?.kind === 'localCluster') return row.name === name;
    // A context of a file of its own is called after both.
    return row?.kind === 'context' && row.context === `${kubeconfig}#${name}`;
  });
}

export const kindText = (kind: Kind): string => (kind === 'embedded' ? t('control plane') : t('container'));

export async function askKind(): Promise<Kind | undefined> {
  const items = [
    {
      label: `$(server-process) ${t('Control plane')}`,
      detail: t('A real Kubernetes API with simulated nodes: needs Go, but no container engine.'),
      of: 'embedded',
    },
    {
      label: `$(package) ${t('Container')}`,
      detail: t('k3s in one container, where pods really run: needs a container engine.'),
      of: 'container',
    },
  ] as const;
  return (await vscode.window.showQuickPick([...items], { title: t('Create a local cluster') }))?.of;
}

/** A name that no cluster has; one that is free is proposed. */
export async function askName(cluster: Cluster, kind: Kind): Promise<string | undefined> {
  await cluster.refresh();
  return askText({
    title: t('Name of the cluster'),
    value: cluster.freeName(kind),
    validateInput: (typed) => cluster.nameProblem(kind, typed),
  });
}
