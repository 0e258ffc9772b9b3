/** Runs commands and remembers which, for the test that every one was run. Each bundle has its own copy, hence `globalThis`. */
import * as vscode from 'vscode';
import type { CommandId, Commands } from '../../../src/editor/contributions.ts';

const memory = globalThis as { gantryExecuted?: Set<string> };

export async function execute<Id extends CommandId>(id: Id, ...args: Commands[Id]): Promise<void> {
  (memory.gantryExecuted ??= new Set()).add(id);
  await vscode.commands.executeCommand(id, ...args);
}

/** Waits until a condition holds; what it last threw or the question itself is the error. */
export async function eventually<T>(
  question: string,
  ask: () => T | undefined | false | Promise<T | undefined | false>,
): Promise<T> {
  for (let attempt = 0; attempt < 600; attempt++) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`never came true: ${question}`);
}

/** The Markdown document of this name, once its page is in front. */
export const shownAsPage = (title: string): Promise<vscode.TextDocument> =>
  eventually(`the page ${title} is in front`, () => {
    const tab = vscode.window.tabGroups.activeTabGroup.activeTab;
    const isPage = tab?.input instanceof vscode.TabInputWebview && tab.label.includes(title);
    return isPage && vscode.workspace.textDocuments.find(({ uri }) => uri.path.endsWith(`${title}.md`));
  });
