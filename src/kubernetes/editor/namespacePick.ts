/** Picks several namespaces of a context; where the server does not list them, names can be typed. */
import * as vscode from 'vscode';
import { isAbort, messageOf } from '../../core/failure.ts';
import { t } from '../../core/l10n.ts';
import { withLateProgress } from '../../editor/lateProgress.ts';
import type { Kubernetes } from '../domain.ts';

/** Names of namespaces are DNS labels (RFC 1123). */
const label = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

interface Listed {
  readonly names: readonly string[];
  /** Why there are none, where that is a failure. */
  readonly problem?: string;
}

/** The chosen names, none for all; undefined when the person leaves it as it was. Throws Failure `cancelled`. */
export async function pickNamespaces(kubernetes: Kubernetes, context: string): Promise<readonly string[] | undefined> {
  // Before the list is shown: entries that are drawn anew undo a click that is on its way.
  const listed = await listNamespaces(kubernetes, context);
  const title = t('Namespaces of {0}', kubernetes.contexts.get(context)?.name ?? context);
  return pickFrom(listed, kubernetes.preferences.namespaces(context), title);
}

async function listNamespaces(kubernetes: Kubernetes, context: string): Promise<Listed> {
  try {
    const title = t('Listing the namespaces of {0}', kubernetes.contexts.get(context)?.name ?? context);
    return { names: await withLateProgress(title, (_, signal) => kubernetes.namespaces(context, signal)) };
  } catch (error) {
    if (isAbort(error)) throw error;
    return { names: [], problem: messageOf(error) };
  }
}

function pickFrom(
  { names, problem }: Listed,
  before: readonly string[],
  title: string,
): Promise<readonly string[] | undefined> {
  const known = new Set([...names, ...before]);
  const mayType = names.length === 0;
  const pick = vscode.window.createQuickPick();
  pick.canSelectMany = true;
  pick.title = title;
  pick.placeholder =
    problem ??
    (mayType ? t('Type the names of namespaces to show.') : t('Choose the namespaces to show, or none for all.'));
  const chosen = (): string[] => pick.selectedItems.map(({ label: name }) => name);
  const draw = (marked: readonly string[]): void => {
    const items = [...known].sort().map((name): vscode.QuickPickItem => ({ label: name }));
    if (mayType && label.test(pick.value) && !known.has(pick.value)) {
      items.push({ label: pick.value, description: t('not listed') });
    }
    pick.items = items;
    pick.selectedItems = items.filter(({ label: name }) => marked.includes(name));
  };
  draw(before);
  if (mayType) {
    pick.onDidChangeValue(() => {
      const marked = chosen();
      for (const name of marked) known.add(name); // What was typed and chosen stays when the text goes on.
      draw(marked);
    });
  }
  return new Promise((resolve) => {
    pick.onDidAccept(() => {
      resolve(chosen());
      pick.hide();
    });
    pick.onDidHide(() => {
      resolve(undefined);
      pick.dispose();
    });
    pick.show();
  });
}
