/** Shows an object's row: what other views and documents lead to. */
import { type Disposable, DisposableStore } from '../../core/disposable.ts';
import { Failure } from '../../core/failure.ts';
import { t } from '../../core/l10n.ts';
import type { Log } from '../../core/log.ts';
import type { TreeSource } from '../../core/tree.ts';
import { registerCommand } from '../../editor/commands.ts';
import { views } from '../../editor/contributions.ts';
import { type Shown, selectRow, showView } from '../../editor/revealRow.ts';
import { type ObjectRef, objectOf } from '../apiResource.ts';
import type { Kubernetes } from '../domain.ts';
import type { KubernetesNode } from '../nodes.ts';
import { contextNode, namespaceNode } from '../tree/places.ts';

export interface RevealDeps {
  readonly log: Log;
  readonly kubernetes: () => Promise<Kubernetes>;
  readonly pods: Shown<KubernetesNode>;
  readonly services: Shown<KubernetesNode>;
}

export function registerReveal({ log, kubernetes, pods, services }: RevealDeps): Disposable {
  const store = new DisposableStore();
  store.add(
    registerCommand(log, 'gantry.kubernetes.revealNamespace', async (name, namespace) => {
      if (name === undefined || namespace === undefined) return;
      const { contexts, preferences } = await kubernetes();
      const context = (await contexts.loaded()).contexts.find((one) => one.name === name);
      if (context === undefined) throw new Failure('notFound', t('There is no context {0}.', name));
      showNamespace(preferences, context.id, namespace);
      await showView(views.pods, pods.view);
      const above = contextNode(context.id, name);
      await pods.tree.children(undefined);
      await pods.tree.children(above); // VS Code does not wait for a server that is slow.
      // One that was made a moment ago may be no row yet.
      await selectRow(pods.view, namespaceNode(above)(namespace), true);
    }),
  );
  store.add(
    registerCommand(log, 'gantry.kubernetes.reveal', async (ref) => {
      if (ref === undefined) return;
      const { contexts, preferences } = await kubernetes();
      await contexts.loaded();
      showNamespace(preferences, ref.context, ref.namespace);
      const [id, shown] = ref.kind === 'Service' ? [views.services, services] : [views.pods, pods];
      await showView(id, shown.view);
      const folder = await namespaceRow(shown.tree, ref.context, ref.namespace);
      if (folder === undefined)
        throw new Failure('notFound', t('It is not among the rows: its cluster cannot be reached, or it is gone.'));
      await selectRow(shown.view, (await rowBelow(shown.tree, folder, ref)) ?? folder, true);
    }),
  );
  return store;
}

/** Has it shown where others were chosen to be shown. */
function showNamespace(preferences: Kubernetes['preferences'], context: string, name: string): void {
  const chosen = preferences.namespaces(context);
  if (chosen.length > 0) preferences.setNamespaces(context, [...chosen, name]);
}

async function namespaceRow(
  tree: TreeSource<KubernetesNode>,
  context: string,
  name: string,
): Promise<KubernetesNode | undefined> {
  const roots = await tree.children(undefined);
  const above = roots.find((node) => node.kind === 'context' && node.context === context);
  if (above === undefined) return undefined;
  return (await tree.children(above)).find((node) => node.kind === 'namespace' && node.name === name);
}

/** The object's row somewhere below a folder; a pod stands below its workload, a job's below the job. */
async function rowBelow(
  tree: TreeSource<KubernetesNode>,
  folder: KubernetesNode,
  ref: ObjectRef,
): Promise<KubernetesNode | undefined> {
  const rows = await tree.children(folder);
  const found = rows.find((node) => isOf(node, ref));
  if (found !== undefined) return found;
  for (const row of rows) {
    const below = row.kind === 'workload' ? await rowBelow(tree, row, ref) : undefined;
    if (below !== undefined) return below;
  }
  return undefined;
}

function isOf(node: KubernetesNode, { group, resource, namespace, name }: ObjectRef): boolean {
  const ref = objectOf(node);
  return ref?.group === group && ref.resource === resource && ref.namespace === namespace && ref.name === name;
}
