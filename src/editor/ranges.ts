/** Offsets of a text as positions of its document. */
import * as vscode from 'vscode';
import type { Range } from '../core/yaml/text.ts';

export const toRange = (document: vscode.TextDocument, { start, end }: Range): vscode.Range =>
  new vscode.Range(document.positionAt(start), document.positionAt(end));
