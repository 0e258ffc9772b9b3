/** A Markdown document as a page to read. */
import * as vscode from 'vscode';

/** As source where VS Code's own Markdown extension is switched off. */
export async function showMarkdownPage(uri: vscode.Uri): Promise<void> {
  try {
    await vscode.commands.executeCommand('markdown.showPreview', uri);
  } catch {
    await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(uri));
  }
}
