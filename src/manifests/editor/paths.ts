/** What files are called, and which documents may be ours. */
import * as vscode from 'vscode';

/** What a file is learnt and judged by: the same in both. */
export const pathOf = (uri: vscode.Uri): string => vscode.workspace.asRelativePath(uri);

/** The Helm extensions have a language of their own for templates. */
export const languages: readonly string[] = ['yaml', 'helm'];

/** The documents that may be ours. */
export const selector: vscode.DocumentSelector = languages.map((language) => ({ language, scheme: 'file' }));
