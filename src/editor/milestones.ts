/**
 * The steps of the walkthrough, marked as done by what really happened. VS Code takes note of a context key only in the moment
 * in which it becomes true, and only once it knows the walkthrough, which may be when that is opened: so what was reached is
 * told again then.
 */
import * as vscode from 'vscode';
import type { Disposable } from '../core/disposable.ts';
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

/** Tells again of what was reached whenever a page that is no text, as the walkthrough, comes up. */
export const registerMilestones = (): Disposable =>
  vscode.window.tabGroups.onDidChangeTabs(({ opened, changed }) => {
    if ([...opened, ...changed].some(({ input }) => input === undefined)) for (const one of reached) void tell(one);
  });

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
