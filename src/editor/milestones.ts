/**
 * The steps of the walkthrough, marked as done by what really happened. VS Code takes note of a context key only in the moment
 * in which it becomes true, and only once it knows the walkthrough, which may be when that is opened: so what was reached is
 * told again then. A key that is true in the very moment in which VS Code gets to know it is never taken note of: so it is told
 * a while later.
 */
import * as vscode from 'vscode';
import { Coalescer } from '../core/coalesce.ts';
import { type Disposable, DisposableStore } from '../core/disposable.ts';
import type { NodeDescription } from '../core/node.ts';
import type { TreeSource } from '../core/tree.ts';
import { type Milestone, milestones } from './contributions.ts';

const reached = new Set<Milestone>();

/** Milliseconds after a page came up: what most take to know the walkthrough, and what a busy machine takes. */
const known = [1000, 5000];

/** Marks a step as done, which VS Code remembers for ever. */
export function reach(milestone: Milestone): void {
  if (reached.has(milestone)) return;
  reached.add(milestone);
  void tell(milestone);
}

/** Tells again of what was reached whenever a page that is no text, as the walkthrough, comes up. */
export function registerMilestones(): Disposable {
  const store = new DisposableStore();
  const tellAll = (all: ReadonlySet<Milestone>): void => all.forEach((one) => void tell(one));
  const again = known.map((delay) => store.add(new Coalescer<Milestone>(delay, tellAll)));
  store.add(
    vscode.window.tabGroups.onDidChangeTabs(({ opened, changed }) => {
      if (![...opened, ...changed].some(({ input }) => input === undefined)) return;
      for (const later of again) for (const one of reached) later.add(one);
    }),
  );
  return store;
}

async function tell(milestone: Milestone): Promise<void> {
  const set = (value: boolean): Thenable<unknown> =>
    vscode.commands.executeCommand('setContext', milestones[milestone], value);
  await set(true);
  await set(false);
}

/** The same tree; a step is done once one of its rows says so. */
export const reachedWhen = <Node>(
  source: TreeSource<Node>,
  milestone: Milestone,
  says: (row: NodeDescription) => boolean,
): TreeSource<Node> => ({
  ...source,
  describe: (node) => {
    const row = source.describe(node);
    if (says(row)) reach(milestone);
    return row;
  },
});
