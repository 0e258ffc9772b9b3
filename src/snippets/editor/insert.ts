/** Puts a pattern into a document: its code at the cursor, the imports it lacks above, as one step to undo. */
import { basename, dirname } from 'node:path';
import * as vscode from 'vscode';
import { type GoFile, packageClause, readGoFile } from '../goFile.ts';
import type { Pattern, SnippetFile } from '../model.ts';

/** The editor's ids of a file's language; the first is the one a new document gets. */
const languages: Record<SnippetFile, readonly string[]> = {
  go: ['go'],
  yaml: ['yaml'],
  dockerfile: ['dockerfile'],
  proto: ['proto3', 'proto'],
};

/** Which patterns fit a document, by its language. */
export const fits = ({ file }: Pattern, document: vscode.TextDocument): boolean =>
  languages[file].includes(document.languageId);

/**
 * What goes in at the cursor: the code, in a Go file without a package clause after clause and imports, since an edit beside
 * the cursor would fall into the snippet.
 */
export function wholeSnippet(pattern: Pattern, { uri }: vscode.TextDocument, file: GoFile | undefined) {
  if (file === undefined || file.hasPackage) return new vscode.SnippetString(pattern.body);
  const head = packageClause(basename(dirname(uri.fsPath))) + (file.lacking(pattern.imports)?.text ?? '');
  const snippet = new vscode.SnippetString().appendText(head);
  snippet.value += pattern.body;
  return snippet;
}

/** Inserts at the selection of `editor`, or into a new document when there is none. Returns the document. */
export async function insertPattern(
  pattern: Pattern,
  editor: vscode.TextEditor | undefined,
): Promise<vscode.TextDocument> {
  const target = editor ?? (await newEditor(pattern));
  const { document } = await vscode.window.showTextDocument(
    target.document,
    target.viewColumn ?? vscode.ViewColumn.One,
  );
  const file = pattern.file === 'go' ? readGoFile(document.getText()) : undefined;
  const edits: (vscode.TextEdit | vscode.SnippetTextEdit)[] = [
    vscode.SnippetTextEdit.replace(target.selection, wholeSnippet(pattern, document, file)),
  ];
  const lacking = file?.hasPackage ? file.lacking(pattern.imports) : undefined;
  if (lacking !== undefined) {
    edits.unshift(vscode.TextEdit.insert(document.positionAt(lacking.offset), lacking.text));
  }
  const edit = new vscode.WorkspaceEdit();
  edit.set(document.uri, edits);
  await vscode.workspace.applyEdit(edit);
  return document;
}

async function newEditor({ file }: Pattern): Promise<vscode.TextEditor> {
  return vscode.window.showTextDocument(await vscode.workspace.openTextDocument({ language: languages[file][0]! }));
}
