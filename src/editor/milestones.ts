/** The steps of the walkthrough, marked as done by what really happened. */
import * as vscode from 'vscode';
import type { NodeDescription } from '../core/node.ts';
import type { TreeSource } from '../core/tree.ts';
import { type Milestone, milestones } from './contributions.ts';

const reached = new Set<Milestone>();

/** Marks a step as done, which VS Code remembers for ever. */
export function reach(milestone: Milestone): void {
  if (reached.has(milestone)) return;
  reached.add(milestone);
  void vscode.commands.executeCommand('setContext', milestones[milestone], true);
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
