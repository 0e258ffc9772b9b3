/** Leads a person to a row of one of our views, from wherever they are. */
import { isDeepStrictEqual } from 'node:util';
import * as vscode from 'vscode';
import { systemClock } from '../core/backoff.ts';
import type { TreeSource } from '../core/tree.ts';
import { within } from '../core/within.ts';
import type { ViewId } from './contributions.ts';

/** A view and what it draws. */
export interface Shown<Node> {
  readonly tree: TreeSource<Node>;
  readonly view: vscode.TreeView<Node>;
}

/** Milliseconds in which VS Code tells a view that it is in sight; a fraction of one on a machine at rest. */
const toldWithin = 2000;
const attempts = 5;
/** Milliseconds that a view takes to be drawn anew. */
const apart = 200;

/**
 * Brings a view into sight, and resolves when it knows: VS Code tells it after the command has ended, and a view out of sight
 * asks no server for its rows.
 */
export async function showView<Node>(id: ViewId, view: vscode.TreeView<Node>): Promise<void> {
  const told = Promise.withResolvers<undefined>();
  const listening = view.onDidChangeVisibility(({ visible }) => visible && told.resolve(undefined));
  try {
    await vscode.commands.executeCommand(`${id}.focus`);
    if (!view.visible) await within(told.promise, toldWithin);
  } finally {
    listening.dispose();
  }
}

/** Selects a row of a view in sight; again when VS Code, which does not say so, lost it as its neighbours were drawn anew. */
export async function selectRow<Node>(view: vscode.TreeView<Node>, row: Node, expand = false): Promise<void> {
  for (let attempt = 1; attempt <= attempts; attempt++) {
    await view.reveal(row, { select: true, focus: true, expand });
    // The view has the row as its source gave it, which may be another object.
    if (view.selection.some((selected) => isDeepStrictEqual(selected, row))) return;
    await systemClock.sleep(apart, new AbortController().signal);
  }
}
