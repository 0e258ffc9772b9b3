/** What Gantry says of a document. */
import * as vscode from 'vscode';

export const problemsOf = (uri: vscode.Uri): vscode.Diagnostic[] =>
  vscode.languages.getDiagnostics(uri).filter(({ source }) => source?.startsWith('Gantry'));

/** Resolves with the document's problems once `expected` accepts them. */
export function problems(
  uri: vscode.Uri,
  expected: (found: vscode.Diagnostic[]) => boolean,
): Promise<vscode.Diagnostic[]> {
  return new Promise((resolve) => {
    const settle = (): void => {
      if (!expected(problemsOf(uri))) return;
      listener.dispose();
      resolve(problemsOf(uri));
    };
    const listener = vscode.languages.onDidChangeDiagnostics(settle);
    settle();
  });
}
