/** What files are called. */
import * as vscode from 'vscode';

/** What a file is learnt and judged by: the same in both. */
export const pathOf = (uri: vscode.Uri): string => vscode.workspace.asRelativePath(uri);
