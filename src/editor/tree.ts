/** Draws described nodes as a VS Code tree. The domain says what there is; nothing here knows a domain. */
import * as vscode from 'vscode';
import { type Disposable, DisposableStore } from '../core/disposable.ts';
import { messageOf } from '../core/failure.ts';
import { t } from '../core/l10n.ts';
import { type Icon, type NodeDescription, messageNode, tooltipOf } from '../core/node.ts';
import { printable } from '../core/printable.ts';
import { Refreshes } from '../core/refreshes.ts';
import type { TreeSource } from '../core/tree.ts';
import { within } from '../core/within.ts';
import type { ViewId } from './contributions.ts';

/** Opens a view on a source. Commands on rows get all selected ones second, where many can be. Nothing is asked of the source before the view is visible. */
export function registerTree<Node extends object>(
  id: ViewId,
  source: TreeSource<Node>,
  options: { readonly canSelectMany?: boolean } = {},
): Disposable & { readonly view: vscode.TreeView<Node> } {
  const store = new DisposableStore();
  const changed = store.add(new vscode.EventEmitter<Node[] | undefined>());
  const refreshes = store.add(new Refreshes<Node>((nodes) => changed.fire(nodes)));
  store.add(source.onDidChange((nodes) => refreshes.announce(nodes)));
  const provider = providerOf(source, changed.event, refreshes);
  const view = store.add(
    vscode.window.createTreeView(id, { ...options, treeDataProvider: provider, showCollapseAll: true }),
  );
  store.add(view.onDidChangeVisibility((event) => source.setVisible(event.visible)));
  store.add(view.onDidExpandElement(({ element }) => source.setExpanded?.(element, true)));
  store.add(view.onDidCollapseElement(({ element }) => source.setExpanded?.(element, false)));
  if (view.visible) source.setVisible(true);
  const dispose = (): void => {
    store.dispose();
    empty(provider);
  };
  return { view, dispose };
}

/** VS Code keeps the provider of a view that was disposed: with it would stay all that the source holds. */
function empty<Node>(provider: vscode.TreeDataProvider<Node>): void {
  Object.assign(provider, { getChildren: () => [], getTreeItem: () => new vscode.TreeItem('') });
  delete provider.resolveTreeItem;
  delete provider.getParent;
}

function providerOf<Node extends object>(
  source: TreeSource<Node>,
  onDidChangeTreeData: vscode.Event<Node[] | undefined>,
  refreshes: Refreshes<Node>,
): vscode.TreeDataProvider<Node> {
  const children = childrenInTime(source, (node) => refreshes.announce([node]));
  return {
    onDidChangeTreeData,
    getChildren: async (node) => {
      const rows = [...(await children(node))];
      refreshes.gave(node);
      return rows;
    },
    getTreeItem: (node) => toTreeItem(source.describe(node)),
    resolveTreeItem: (item, node) => {
      const tooltip = tooltipOf(source.describe(node));
      if (tooltip !== undefined) item.tooltip = markdown(tooltip);
      return item;
    },
    ...(source.parent === undefined ? {} : { getParent: (node: Node) => source.parent?.(node) }),
  };
}

/** Milliseconds that VS Code is let wait for the rows of a folder. */
const patience = 500;

/**
 * While VS Code waits for the rows of one folder it draws none of the view anew: a server that does not answer would hold up
 * what is told of all others. A folder whose rows are late keeps those that it had until they come.
 * @param came is called then, and has VS Code ask again.
 */
function childrenInTime<Node extends object>(
  source: TreeSource<Node>,
  came: (node: Node) => void,
): (node?: Node) => Promise<readonly Node[]> {
  const late = new Map<Node, Promise<readonly Node[]>>();
  const before = new WeakMap<Node, readonly Node[]>();
  const rowsOf = async (node?: Node): Promise<readonly Node[]> => source.children(node);
  return async (node) => {
    if (node === undefined) return rowsOf(); // Before these there is nothing to hold up.
    const awaited = late.get(node);
    const asked = awaited ?? rowsOf(node);
    late.delete(node);
    const rows = await within(asked, awaited === undefined ? patience : 0);
    if (rows !== undefined) {
      before.set(node, rows);
      return rows;
    }
    late.set(node, asked);
    const again = (): void => came(node);
    if (awaited === undefined) asked.then(again, again);
    return before.get(node) ?? [];
  };
}

function toTreeItem(node: NodeDescription): vscode.TreeItem {
  const item = new vscode.TreeItem(printable(node.label), collapsible[node.children]);
  item.id = node.id;
  if (node.description !== undefined) item.description = printable(node.description);
  if (node.contextValue !== undefined) item.contextValue = node.contextValue;
  if (node.icon !== undefined) item.iconPath = themeIcon(node.icon);
  if (node.dimmed === true) {
    item.resourceUri = vscode.Uri.from({ scheme: dimmedScheme, path: `/${node.id}` });
    item.tooltip = ''; // Or the address would be shown while the real one is made.
  }
  if (node.command !== undefined) {
    item.command = { command: node.command.id, title: node.label, arguments: [...node.command.args] };
  }
  item.accessibilityInformation = { label: printable(node.spoken) };
  return item;
}

/** A label's colour can be set only through the decoration of a resource. */
const dimmedScheme = 'gantry-dimmed';

/** Draws dimmed rows, of every tree. */
export function registerDimming(): Disposable {
  return vscode.window.registerFileDecorationProvider({
    provideFileDecoration: ({ scheme }) =>
      scheme === dimmedScheme ? { color: new vscode.ThemeColor('disabledForeground'), propagate: false } : undefined,
  });
}

const collapsible = {
  none: vscode.TreeItemCollapsibleState.None,
  collapsed: vscode.TreeItemCollapsibleState.Collapsed,
  expanded: vscode.TreeItemCollapsibleState.Expanded,
} as const;

const themeIcon = ({ name, color }: Icon): vscode.ThemeIcon =>
  color === undefined ? new vscode.ThemeIcon(name) : new vscode.ThemeIcon(name, new vscode.ThemeColor(color));

/** Text from clusters and engines is never trusted: no command links, no HTML. */
function markdown(text: string): vscode.MarkdownString {
  const result = new vscode.MarkdownString(text, true);
  result.isTrusted = false;
  result.supportHtml = false;
  return result;
}

/** Puts a view whose domain could not start into words: one row, which leads to the log; nothing else breaks. */
export function registerBrokenView(id: ViewId, error: unknown): Disposable {
  const text = t('This part of Gantry could not start: {0} Choose the row to see the log.', messageOf(error));
  const row = messageNode('broken', text, { name: 'warning', color: 'list.warningForeground' }, text);
  const item = toTreeItem({ ...row, command: { id: 'gantry.showLog', args: [] } });
  return vscode.window.createTreeView(id, {
    treeDataProvider: {
      getChildren: (above?: vscode.TreeItem) => (above === undefined ? [item] : []),
      getTreeItem: (one) => one,
    },
  });
}
