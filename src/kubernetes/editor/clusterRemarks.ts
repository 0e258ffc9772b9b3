/** What a cluster said of a manifest, until the text is another one. */
import * as vscode from 'vscode';
import { type Disposable, DisposableStore } from '../../core/disposable.ts';
import { t } from '../../core/l10n.ts';
import type { Remark } from '../actions/remarks.ts';

const severities = {
  error: vscode.DiagnosticSeverity.Error,
  warning: vscode.DiagnosticSeverity.Warning,
  hint: vscode.DiagnosticSeverity.Information,
} as const;

export class ClusterRemarks implements Disposable {
  readonly #store = new DisposableStore();
  readonly #collection = this.#store.add(vscode.languages.createDiagnosticCollection('gantry.cluster'));

  constructor() {
    const forget = ({ uri }: vscode.TextDocument): void => this.#collection.delete(uri);
    this.#store.add(
      vscode.workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
        if (contentChanges.length > 0) forget(document);
      }),
    );
    this.#store.add(vscode.workspace.onDidCloseTextDocument(forget));
  }

  /** Nothing when the document is not as it was asked about. */
  show(document: vscode.TextDocument, version: number, context: string, remarks: readonly Remark[]): void {
    if (document.version !== version || document.isClosed) return;
    this.#collection.delete(document.uri);
    // What is marked there as an error already, by the schema, is not said twice.
    const known = vscode.languages.getDiagnostics(document.uri).filter(({ severity }) => severity === severities.error);
    const said = remarks
      .map((remark) => toDiagnostic(document, context, remark))
      .filter(({ range, severity }) => severity !== severities.error || !known.some((one) => one.range.isEqual(range)));
    this.#collection.set(document.uri, said);
  }

  dispose(): void {
    this.#store.dispose();
  }
}

function toDiagnostic(
  document: vscode.TextDocument,
  context: string,
  { severity, message, range: { start, end } }: Remark,
): vscode.Diagnostic {
  const range = new vscode.Range(document.positionAt(start), document.positionAt(end));
  const diagnostic = new vscode.Diagnostic(range, message, severities[severity]);
  diagnostic.source = t('Gantry, context {0}', context);
  return diagnostic;
}
