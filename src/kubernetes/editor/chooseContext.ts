/** The context a command is about: that of the row, or one the person picks. */
import * as vscode from 'vscode';
import { Failure } from '../../core/failure.ts';
import { t } from '../../core/l10n.ts';
import type { Kubernetes } from '../domain.ts';
import type { KubernetesNode } from '../nodes.ts';

/** The context's id; undefined when the person picks none. Throws Failure when there are no contexts. */
export async function chooseContext(
  kubernetes: Kubernetes,
  node: KubernetesNode | undefined,
): Promise<string | undefined> {
  if (node !== undefined && 'context' in node) return node.context;
  const { contexts } = await kubernetes.contexts.loaded();
  if (contexts.length === 0) {
    throw new Failure('notFound', t('There is no context yet: create a local cluster or add a kubeconfig first.'));
  }
  const items = contexts.map(({ id, name, cluster }) => ({ label: name, description: cluster.server, id }));
  if (items.length === 1) return items[0]!.id;
  const picked = await vscode.window.showQuickPick(items, {
    placeHolder: t('Choose a context'),
    matchOnDescription: true,
  });
  return picked?.id;
}
