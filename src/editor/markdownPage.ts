/** A Markdown document as a page to read. */
import * as vscode from 'vscode';

/** It stays when other Markdown files are opened. As source where VS Code's own Markdown extension is switched off. */
export async function showMarkdownPage(uri: vscode.Uri): Promise<void> {
  try {
    await vscode.commands.executeCommand('markdown.showPreview', uri, undefined, { locked: true });
  } catch {
    await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(uri));
  }
}
