/** The Pods and Services views and their commands. Light: the domain is loaded when a view first shows rows. */
import * as vscode from 'vscode';
import { type Disposable, DisposableStore } from '../../core/disposable.ts';
import { Failure } from '../../core/failure.ts';
import { t } from '../../core/l10n.ts';
import type { Log } from '../../core/log.ts';
import type { NodeDescription } from '../../core/node.ts';
import { type TreeSource, lazyTree } from '../../core/tree.ts';
import { askText } from '../../editor/askText.ts';
import { givenText, registerCommand } from '../../editor/commands.ts';
import { type ViewId, views } from '../../editor/contributions.ts';
import { reachedWhen } from '../../editor/milestones.ts';
import { registerTree } from '../../editor/tree.ts';
import type { Kubernetes } from '../domain.ts';
import type { KubernetesNode } from '../nodes.ts';
import { registerContainerCommands } from './containerCommands.ts';
import { registerHelmCommands } from './helmCommands.ts';
import { registerHelmDocuments } from './helmDocuments.ts';
import { registerKubeconfigCommands } from './kubeconfigCommands.ts';
import { registerForwardCommands } from './forwardCommands.ts';
import { type Intercepts, registerInterceptCommands } from './interceptCommands.ts';
import { registerReveal } from './reveal.ts';
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
  const shown = (id: ViewId, tree: TreeSource<KubernetesNode>): vscode.TreeView<KubernetesNode> =>
    store.add(registerTree(id, reachedWhen(tree, 'cluster', isLive), { canSelectMany: true })).view;
  const pods = shown(views.pods, podsTree);
  const services = shown(views.services, servicesTree);
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
  const [shownPods, shownServices] = [
    { view: pods, tree: podsTree },
    { view: services, tree: servicesTree },
  ] as const;
  store.add(registerReveal({ log, kubernetes, pods: shownPods, services: shownServices }));
  return store;
}

const isLive = ({ contextValue = '' }: NodeDescription): boolean => /^context\b.*;live\b/.test(contextValue);

/** Undefined when the person leaves it as it was. */
function askForFilter(value: string): Thenable<string | undefined> {
  return askText({
    title: t('Filter pods and services'),
    prompt: t('Parts of a name or a status, and labels as key=value; all must match. Empty shows everything.'),
    placeHolder: 'checkout CrashLoopBackOff app=shop',
    value,
  });
}
