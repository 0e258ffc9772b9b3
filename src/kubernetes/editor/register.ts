/** The Pods and Services views and their commands. Light: the domain is loaded when a view first shows rows. */
import * as vscode from 'vscode';
import { type Disposable, DisposableStore } from '../../core/disposable.ts';
import { Failure } from '../../core/failure.ts';
import { t } from '../../core/l10n.ts';
import type { Log } from '../../core/log.ts';
import { lazyTree } from '../../core/tree.ts';
import { givenText, registerCommand } from '../../editor/commands.ts';
import { views } from '../../editor/contributions.ts';
import { registerTree } from '../../editor/tree.ts';
import type { Kubernetes } from '../domain.ts';
import type { KubernetesNode } from '../nodes.ts';
import { contextNode, namespaceNode } from '../tree/contextTypes.ts';
import { registerContainerCommands } from './containerCommands.ts';
import { registerHelmCommands } from './helmCommands.ts';
import { registerHelmDocuments } from './helmDocuments.ts';
import { registerKubeconfigCommands } from './kubeconfigCommands.ts';
import { registerForwardCommands } from './forwardCommands.ts';
import { type Intercepts, registerInterceptCommands } from './interceptCommands.ts';
import { registerStreamCommands } from './streamCommands.ts';
import { registerViewCommands } from './viewCommands.ts';
import { type ActionCommandsDeps, registerActions } from './actionCommands.ts';

export interface KubernetesEditorDeps {
  readonly log: Log;
  readonly domain: () => Promise<Kubernetes>;
  readonly named: ActionCommandsDeps['named'];
  readonly intercepts: () => Promise<Intercepts>;
}

export function registerKubernetes({ log, domain, named, intercepts }: KubernetesEditorDeps): Disposable {
  const store = new DisposableStore();
  let loaded = false;
  const kubernetes = (): Promise<Kubernetes> => {
    loaded = true;
    return domain();
  };
  store.add(
    vscode.workspace.onDidGrantWorkspaceTrust(async () => {
      // What was refused for want of trust; nothing is loaded for it.
      if (loaded) await (await kubernetes()).refresh().catch((error: unknown) => log.error('no refresh', error));
    }),
  );
  const podsTree = store.add(lazyTree(async () => (await kubernetes()).pods()));
  const servicesTree = store.add(lazyTree(async () => (await kubernetes()).services()));
  const pods = store.add(registerTree<KubernetesNode>(views.pods, podsTree, { canSelectMany: true })).view;
  const services = store.add(registerTree<KubernetesNode>(views.services, servicesTree, { canSelectMany: true })).view;
  store.add(registerCommand(log, 'gantry.kubernetes.refresh', async () => (await kubernetes()).refresh()));
  store.add(
    registerCommand(log, 'gantry.kubernetes.showMore', async (node) => {
      if (node?.kind === 'more') (await kubernetes()).showMore(node);
    }),
  );
  const setFilter = async (text: string): Promise<void> => {
    const domain = await kubernetes();
    domain.setFilter(text);
    const filter = domain.filter();
    for (const view of [pods, services]) view.message = filter === '' ? '' : t('Filter: {0}', filter);
    await vscode.commands.executeCommand('setContext', 'gantry.kubernetes.filtered', filter !== '');
  };
  store.add(
    registerCommand(log, 'gantry.kubernetes.filter', async (text) => {
      const typed = givenText(text) ?? (await askForFilter((await kubernetes()).filter()));
      if (typed !== undefined) await setFilter(typed);
    }),
  );
  store.add(registerCommand(log, 'gantry.kubernetes.clearFilter', () => setFilter('')));
  const selected = (): KubernetesNode | undefined => pods.selection[0] ?? services.selection[0];
  store.add(registerHelmDocuments(log, kubernetes));
  store.add(registerHelmCommands(log, kubernetes));
  store.add(registerKubeconfigCommands(log, kubernetes));
  store.add(registerViewCommands({ log, kubernetes, selected }));
  store.add(registerStreamCommands({ log, kubernetes, selected }));
  store.add(registerForwardCommands({ log, kubernetes, selected }));
  store.add(registerInterceptCommands({ log, kubernetes, selected, intercepts }));
  store.add(registerContainerCommands({ log, kubernetes, selected }));
  store.add(
    registerCommand(log, 'gantry.kubernetes.copyName', async (node) => {
      const chosen = node ?? selected();
      if (chosen === undefined || !('name' in chosen)) {
        throw new Failure('invalid', t('Select a row of the Pods or Services view first.'));
      }
      await vscode.env.clipboard.writeText(chosen.name);
    }),
  );
  store.add(
    registerActions({ log, domain: kubernetes, selection: () => [...pods.selection, ...services.selection], named }),
  );
  store.add(
    registerCommand(log, 'gantry.kubernetes.revealNamespace', async (context, namespace) => {
      if (context === undefined || namespace === undefined) return;
      const row = await namespaceRow(await kubernetes(), context, namespace);
      await vscode.commands.executeCommand(`${views.pods}.focus`);
      await podsTree.children(undefined);
      await pods.reveal(row, { select: true, focus: true, expand: true });
    }),
  );
  return store;
}

/** Shows it where others were chosen to be shown, too. Throws Failure `notFound` when there is no such context. */
async function namespaceRow(
  { contexts, preferences }: Kubernetes,
  name: string,
  namespace: string,
): Promise<KubernetesNode> {
  const context = (await contexts.loaded()).contexts.find((one) => one.name === name);
  if (context === undefined) throw new Failure('notFound', t('There is no context {0}.', name));
  const chosen = preferences.namespaces(context.id);
  if (chosen.length > 0) preferences.setNamespaces(context.id, [...chosen, namespace]);
  return namespaceNode(contextNode(context.id, name))(namespace);
}

/** Undefined when the person leaves it as it was. */
function askForFilter(value: string): Thenable<string | undefined> {
  return vscode.window.showInputBox({
    title: t('Filter pods and services'),
    prompt: t('Parts of a name or a status, and labels as key=value; all must match. Empty shows everything.'),
    placeHolder: 'checkout CrashLoopBackOff app=shop',
    value,
  });
}
