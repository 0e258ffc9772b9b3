/** Keeps the problems of every open manifest up to date. */
import * as vscode from 'vscode';
import { type Disposable, disposeAll, toDisposable } from '../../core/disposable.ts';
import { messageOf } from '../../core/failure.ts';
import { t } from '../../core/l10n.ts';
import type { Log } from '../../core/log.ts';
import type { Replacement, Severity } from '../../core/yaml/walk.ts';
import { looksLikeManifests } from '../detect.ts';
import type { Manifests } from '../domain.ts';
import type { Finding } from '../findings.ts';

/** Milliseconds of stillness after a change before a document is checked. */
const stillness = 200;

export interface LiveDiagnosticsDeps {
  readonly log: Log;
  readonly domain: () => Promise<Manifests>;
  /** The Kubernetes version to judge by. */
  readonly version: () => string;
  /** Called when the first manifest is checked, and not waited for: a problem shows at once. */
  readonly prepare: () => Promise<void>;
}

interface Checked {
  readonly version: number;
  readonly findings: readonly { readonly diagnostic: vscode.Diagnostic; readonly finding?: Finding }[];
}

export class LiveDiagnostics implements Disposable {
  readonly #deps: LiveDiagnosticsDeps;
  readonly #collection = vscode.languages.createDiagnosticCollection('gantry.manifests');
  readonly #timers = new Map<string, NodeJS.Timeout>();
  readonly #checked = new Map<string, Checked>();
  #disposed = false;

  constructor(deps: LiveDiagnosticsDeps) {
    this.#deps = deps;
  }

  /** Checks the document when it has been still for a moment. Documents that cannot be manifests cost nothing more. */
  check(document: vscode.TextDocument): void {
    if (document.languageId !== 'yaml' || document.uri.scheme !== 'file') return;
    const key = document.uri.toString();
    clearTimeout(this.#timers.get(key));
    this.#timers.set(
      key,
      setTimeout(() => {
        this.#timers.delete(key);
        void this.#checkNow(document);
      }, stillness),
    );
  }

  forget(document: vscode.TextDocument): void {
    const key = document.uri.toString();
    clearTimeout(this.#timers.get(key));
    this.#timers.delete(key);
    this.#checked.delete(key);
    this.#collection.delete(document.uri);
  }

  /** The fixes of the problems that touch the range. */
  fixesAt(document: vscode.TextDocument, range: vscode.Range): vscode.CodeAction[] {
    const checked = this.#checked.get(document.uri.toString());
    // Offsets of an older text would edit the wrong place; a new check is on its way.
    if (checked?.version !== document.version) return [];
    return checked.findings
      .filter(({ diagnostic }) => diagnostic.range.intersection(range) !== undefined)
      .flatMap(({ diagnostic, finding }) =>
        finding?.fix === undefined ? [] : toFix(document, diagnostic, finding.fix),
      );
  }

  dispose(): void {
    this.#disposed = true;
    disposeAll([...this.#timers.values()].map((timer) => toDisposable(() => clearTimeout(timer))));
    this.#timers.clear();
    this.#collection.dispose();
  }

  async #checkNow(document: vscode.TextDocument): Promise<void> {
    const { version, uri } = document;
    const findings = await this.#find(document).catch((error: unknown) => {
      this.#deps.log.error(`checking ${uri.fsPath} failed`, error);
      return [{ diagnostic: notChecked(messageOf(error)) }];
    });
    if (this.#disposed || document.isClosed || document.version !== version) return;
    this.#checked.set(uri.toString(), { version, findings });
    this.#collection.set(
      uri,
      findings.map(({ diagnostic }) => diagnostic),
    );
  }

  async #find(document: vscode.TextDocument): Promise<Checked['findings']> {
    const text = document.getText();
    if (!looksLikeManifests(text)) return [];
    const { findings } = await (await this.#deps.domain()).validate(text, this.#deps.version());
    void this.#deps.prepare().catch((error: unknown) => this.#deps.log.error('looking for definitions failed', error));
    return findings.map((finding) => ({ finding, diagnostic: toDiagnostic(document, finding) }));
  }
}

const severities: Record<Severity, vscode.DiagnosticSeverity> = {
  error: vscode.DiagnosticSeverity.Error,
  warning: vscode.DiagnosticSeverity.Warning,
  hint: vscode.DiagnosticSeverity.Hint,
};

function toDiagnostic(document: vscode.TextDocument, finding: Finding): vscode.Diagnostic {
  const range = new vscode.Range(document.positionAt(finding.range.start), document.positionAt(finding.range.end));
  const diagnostic = new vscode.Diagnostic(range, finding.message, severities[finding.severity]);
  diagnostic.source = `Gantry (${finding.source})`;
  diagnostic.code = finding.code;
  return diagnostic;
}

/** Stands at the start of the document: there is no better place for what concerns all of it. */
function notChecked(message: string): vscode.Diagnostic {
  const diagnostic = new vscode.Diagnostic(new vscode.Range(0, 0, 0, 0), message, vscode.DiagnosticSeverity.Warning);
  diagnostic.source = 'Gantry';
  diagnostic.code = 'not-checked';
  return diagnostic;
}

function toFix(document: vscode.TextDocument, diagnostic: vscode.Diagnostic, fix: Replacement): vscode.CodeAction {
  const action = new vscode.CodeAction(t('Replace with {0}', fix.text), vscode.CodeActionKind.QuickFix);
  action.edit = new vscode.WorkspaceEdit();
  const range = new vscode.Range(document.positionAt(fix.range.start), document.positionAt(fix.range.end));
  action.edit.replace(document.uri, range, fix.text);
  action.diagnostics = [diagnostic];
  action.isPreferred = true;
  return action;
}
