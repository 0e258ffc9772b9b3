/** Asks for a text. What was typed stays when something else takes the focus, as a page that comes up; Escape takes it back. */
import * as vscode from 'vscode';

export const askText = (options: vscode.InputBoxOptions): Thenable<string | undefined> =>
  vscode.window.showInputBox({ ...options, ignoreFocusOut: true });
