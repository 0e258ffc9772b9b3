/** Picks several namespaces of a context; names that the server does not list can be typed. */
import * as vscode from 'vscode';
import { messageOf } from '../../core/failure.ts';
import { t } from '../../core/l10n.ts';
import { toSignal } from '../../editor/commands.ts';
import type { Kubernetes } from '../domain.ts';

/** Names of namespaces are DNS labels (RFC 1123). */
const label = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

/** The chosen names, none for all; undefined when the person leaves it as it was. */
export function pickNamespaces(kubernetes: Kubernetes, context: string): Promise<readonly string[] | undefined> {
  const before = kubernetes.preferences.namespaces(context);
  const known = new Set(before);
  const pick = vscode.window.createQuickPick();
  pick.canSelectMany = true;
  pick.title = t('Namespaces of {0}', kubernetes.contexts.get(context)?.name ?? context);
  pick.placeholder = t('Choose the namespaces to show, or none for all. Type a name that is not listed.');
  const draw = (chosen: ReadonlySet<string>): void => {
    const typed = label.test(pick.value) && !known.has(pick.value) ? [pick.value] : [];
    const extra = typed.map((name) => ({ label: name, description: t('not listed') }));
    pick.items = [...[...known].sort().map((name) => ({ label: name })), ...extra];
    pick.selectedItems = pick.items.filter(({ label: name }) => chosen.has(name));
  };
  const chosenNow = (): Set<string> => new Set(pick.selectedItems.map(({ label: name }) => name));
  const cancelling = new vscode.CancellationTokenSource();
  pick.busy = true;
  draw(new Set(before));
  kubernetes.namespaces(context, toSignal(cancelling.token)).then(
    (names) => {
      const chosen = chosenNow();
      for (const name of names) known.add(name);
      pick.busy = false;
      draw(chosen);
    },
    (error: unknown) => {
      pick.busy = false;
      pick.placeholder = messageOf(error);
    },
  );
  pick.onDidChangeValue(() => {
    const chosen = chosenNow();
    for (const name of chosen) known.add(name); // What was typed and chosen stays when the text goes on.
    draw(chosen);
  });
  return new Promise((resolve) => {
    pick.onDidAccept(() => {
      resolve([...chosenNow()]);
      pick.hide();
    });
    pick.onDidHide(() => {
      resolve(undefined);
      cancelling.cancel();
      cancelling.dispose();
      pick.dispose();
    });
    pick.show();
  });
}
