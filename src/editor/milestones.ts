/**
 * The steps of the walkthrough, marked as done by what really happened. VS Code takes note of a context key only in the moment
 * in which it becomes true, and only once it knows the walkthrough, which may be when that is opened: so what was reached is
 * told again then.
 */
import * as vscode from 'vscode';
import { type Disposable, DisposableStore, toDisposable } from '../core/disposable.ts';
import type { NodeDescription } from '../core/node.ts';
import type { TreeSource } from '../core/tree.ts';
import { type Milestone, milestones } from './contributions.ts';

const reached = new Set<Milestone>();

/** Marks a step as done, which VS Code remembers for ever. */
export function reach(milestone: Milestone): void {
  if (reached.has(milestone)) return;
  reached.add(milestone);
  void tell(milestone);
}

/** Milliseconds after a page came up at which VS Code is told again: when it has read the walkthrough nothing says. */
const laterOn = [0, 500, 2_000, 5_000];

/** Tells again of what was reached whenever a page that is no text, as the walkthrough, comes up. */
export function registerMilestones(): Disposable {
  const timers = new Set<NodeJS.Timeout>();
  const store = new DisposableStore();
  store.add(
    vscode.window.tabGroups.onDidChangeTabs(({ opened, changed }) => {
      if (![...opened, ...changed].some(({ input }) => input === undefined)) return;
      for (const delay of laterOn) {
        const timer = setTimeout(() => {
          timers.delete(timer);
          for (const one of reached) void tell(one);
        }, delay);
        timers.add(timer);
      }
    }),
  );
  store.add(toDisposable(() => timers.forEach((timer) => clearTimeout(timer))));
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
