/** The container that a command on a row means; the person is asked where there are several. */
import * as vscode from 'vscode';
import { Failure } from '../../core/failure.ts';
import { t } from '../../core/l10n.ts';
import type { Kubernetes } from '../domain.ts';
import type { KubernetesNode } from '../nodes.ts';
import type { PodRow } from '../rows.ts';
import { complete } from '../complete.ts';
import { targetOf } from '../logs/targets.ts';
import type { RemotePlace } from '../streams/remoteCommand.ts';

/** Undefined when the person chooses none. Throws Failure where the row has no container that runs. */
export async function choosePlace(
  { store }: Kubernetes,
  node: KubernetesNode | undefined,
): Promise<(RemotePlace & { context: string }) | undefined> {
  const { context, namespace, selects, container, name } = targetOf(node);
  if (container !== undefined && node?.kind === 'container') return { context, namespace, pod: node.pod, container };
  const look = store.look({ context, kind: 'pods', namespace });
  try {
    await complete(look, AbortSignal.timeout(30_000));
    const pods = [...look.rows.values()].filter(selects).filter(({ status }) => status !== 'Terminating');
    const running = pods.flatMap((pod) => runningContainers(pod).map((each) => ({ pod: pod.name, container: each })));
    if (running.length === 0) {
      throw new Failure('notFound', t('No container of {0} runs. Its status and logs say why.', name));
    }
    const chosen = running.length === 1 ? running[0] : await pick(running);
    return chosen === undefined ? undefined : { context, namespace, ...chosen };
  } finally {
    look.dispose();
  }
}

/** Those that were added to look into the pod are chosen by their own rows. */
const runningContainers = (pod: PodRow): string[] =>
  pod.containers.filter(({ state, ephemeral }) => state === 'Running' && ephemeral !== true).map(({ name }) => name);

async function pick(
  running: readonly { readonly pod: string; readonly container: string }[],
): Promise<{ readonly pod: string; readonly container: string } | undefined> {
  const items = running.map((each) => ({ label: each.container, description: each.pod, each }));
  return (await vscode.window.showQuickPick(items, { placeHolder: t('Choose a container') }))?.each;
}
