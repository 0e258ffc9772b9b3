/** Commands that change what the Pods and Services views show of a context. */
import { type Disposable, DisposableStore } from '../../core/disposable.ts';
import { Failure } from '../../core/failure.ts';
import { t } from '../../core/l10n.ts';
import type { Log } from '../../core/log.ts';
import { registerCommand } from '../../editor/commands.ts';
import type { Kubernetes } from '../domain.ts';
import type { KubernetesNode } from '../nodes.ts';
import { favouriteOf } from '../preferences.ts';
import { chooseContext } from './chooseContext.ts';
import { pickNamespaces } from './namespacePick.ts';

export interface ViewCommandDeps {
  readonly log: Log;
  readonly kubernetes: () => Promise<Kubernetes>;
  /** The row selected in one of the views. */
  readonly selected: () => KubernetesNode | undefined;
}

export function registerViewCommands({ log, kubernetes, selected }: ViewCommandDeps): Disposable {
  const store = new DisposableStore();
  store.add(
    registerCommand(log, 'gantry.kubernetes.signIn', async (node) => {
      const domain = await kubernetes();
      const context = await chooseContext(domain, node);
      if (context !== undefined) domain.signIn(context);
    }),
  );
  store.add(
    registerCommand(log, 'gantry.kubernetes.selectNamespaces', async (node, names) => {
      const domain = await kubernetes();
      const context = await chooseContext(domain, node);
      if (context === undefined) return;
      const chosen = names ?? (await pickNamespaces(domain, context));
      if (chosen !== undefined) domain.preferences.setNamespaces(context, chosen);
    }),
  );
  const mark = async (node: KubernetesNode | undefined, on: boolean): Promise<void> => {
    const chosen = node ?? selected();
    const favourite = chosen && favouriteOf(chosen);
    if (favourite === undefined || chosen === undefined || !('context' in chosen)) {
      const sentence = t(
        'Select a namespace, a workload, a service, a kind or an object in the Pods or Services view first.',
      );
      throw new Failure('invalid', sentence);
    }
    (await kubernetes()).preferences.setFavourite(chosen.context, favourite, on);
  };
  store.add(registerCommand(log, 'gantry.kubernetes.addFavourite', (node) => mark(node, true)));
  store.add(registerCommand(log, 'gantry.kubernetes.removeFavourite', (node) => mark(node, false)));
  return store;
}
