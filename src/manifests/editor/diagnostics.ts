/** Keeps the problems of every open manifest up to date. */
import * as vscode from 'vscode';
import { type Disposable, disposeAll, toDisposable } from '../../core/disposable.ts';
import { messageOf } from '../../core/failure.ts';
import { t } from '../../core/l10n.ts';
import type { Log } from '../../core/log.ts';
import { toRange } from '../../editor/ranges.ts';
import type { Replacement, Severity } from '../../core/yaml/walk.ts';
import { type Form, formOf } from '../detect.ts';
import type { Manifests } from '../domain.ts';
import type { Finding } from '../findings.ts';
import type { RuleSettings } from '../practice/catalog.ts';
import { isRuleId } from '../practice/ruleIds.ts';
import type { Target } from '../target.ts';
import { languages, pathOf } from './paths.ts';

/** Milliseconds of stillness after a change before a document is checked. */
const stillness = 200;

export interface LiveDiagnosticsDeps {
  readonly log: Log;
  readonly domain: () => Promise<Manifests>;
  /** What a text is judged by. */
  readonly target: (text: string) => Target;
  /** Severities of the practice rules. */
  readonly rules: () => RuleSettings;
  /** The page that explains the practice rules. */
  readonly page: vscode.Uri;
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
  readonly #shown = new Map<string, readonly vscode.Diagnostic[]>();
  readonly #others = vscode.languages.onDidChangeDiagnostics(({ uris }) => this.#showAgain(uris));
  #disposed = false;

  constructor(deps: LiveDiagnosticsDeps) {
    this.#deps = deps;
  }

  /** Checks the document when it has been still for a moment. Documents that cannot be manifests cost nothing more. */
  check(document: vscode.TextDocument): void {
    if (!languages.includes(document.languageId) || document.uri.scheme !== 'file') return;
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
    this.#shown.delete(key);
    this.#collection.delete(document.uri);
  }

  /** True for a document of which all is judged here, so that no other schema has to. */
  speaksFor(document: vscode.TextDocument): boolean {
    const form = formOf(pathOf(document.uri), document.getText());
    if (document.uri.scheme !== 'file' || form === undefined || !judgedForms.has(form)) return false;
    const { findings = [] } = this.#checked.get(document.uri.toString()) ?? {};
    return findings.every(({ finding }) => finding?.code !== 'no-schema');
  }

  /** The fixes of the problems that touch the range. */
  fixesAt(document: vscode.TextDocument, range: vscode.Range): vscode.CodeAction[] {
    const checked = this.#checked.get(document.uri.toString());
    // Offsets of an older text would edit the wrong place; a new check is on its way.
    if (checked?.version !== document.version) return [];
    return checked.findings
      .filter(({ diagnostic }) => diagnostic.range.intersection(range) !== undefined)
      .flatMap(({ diagnostic, finding }) =>
        finding === undefined
          ? []
          : [
              ...(finding.fix === undefined ? [] : [toFix(document, diagnostic, finding.fix)]),
              ...(isRuleId(finding.code) ? [toSilence(document, diagnostic, finding)] : []),
            ],
      );
  }

  dispose(): void {
    this.#disposed = true;
    this.#others.dispose();
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
    this.#show(uri, findings);
  }

  /** What any parser sees another extension may have told already. */
  #show(uri: vscode.Uri, findings: Checked['findings']): void {
    const key = uri.toString();
    const told = linesToldByOthers(uri);
    const shown = findings
      .filter(({ finding, diagnostic: { range } }) => !(isOfParser(finding) && told.has(range.start.line)))
      .map(({ diagnostic }) => diagnostic);
    const before = this.#shown.get(key);
    if (before?.length === shown.length && before.every((each, i) => each === shown[i])) return;
    this.#shown.set(key, shown);
    this.#collection.set(uri, shown);
  }

  #showAgain(uris: readonly vscode.Uri[]): void {
    for (const uri of uris) {
      const { findings = [] } = this.#checked.get(uri.toString()) ?? {};
      if (findings.some(({ finding }) => isOfParser(finding))) this.#show(uri, findings);
    }
  }

  async #find(document: vscode.TextDocument): Promise<Checked['findings']> {
    const text = document.getText();
    const path = pathOf(document.uri);
    if (formOf(path, text) === undefined) return [];
    const { findings } = await (
      await this.#deps.domain()
    ).validate(text, this.#deps.target(text), {
      path,
      rules: this.#deps.rules(),
      template: document.languageId === 'helm',
    });
    void this.#deps.prepare().catch((error: unknown) => this.#deps.log.error('looking for definitions failed', error));
    return findings.map((finding) => ({
      finding,
      diagnostic: toDiagnostic(toRange(document, finding.range), finding, this.#deps.page),
    }));
  }
}

/** Values have a schema only where their chart has one. */
const judgedForms: ReadonlySet<Form> = new Set<Form>(['manifests', 'Kustomization', 'Chart']);

const ofParsers: ReadonlySet<string> = new Set(['syntax', 'duplicate-key', 'bad-alias']);
const isOfParser = (finding: Finding | undefined): boolean => finding !== undefined && ofParsers.has(finding.code);

/** The source that Red Hat's YAML extension gives for what its parser cannot read. */
const otherParser = 'YAML';

const linesToldByOthers = (uri: vscode.Uri): Set<number> =>
  new Set(
    vscode.languages
      .getDiagnostics(uri)
      .filter(({ source }) => source === otherParser)
      .map(({ range }) => range.start.line),
  );

const severities: Record<Severity, vscode.DiagnosticSeverity> = {
  error: vscode.DiagnosticSeverity.Error,
  warning: vscode.DiagnosticSeverity.Warning,
  hint: vscode.DiagnosticSeverity.Hint,
};

export function toDiagnostic(range: vscode.Range, finding: Finding, page: vscode.Uri): vscode.Diagnostic {
  const diagnostic = new vscode.Diagnostic(range, finding.message, severities[finding.severity]);
  diagnostic.source = `Gantry (${finding.source})`;
  diagnostic.code = isRuleId(finding.code)
    ? { value: finding.code, target: page.with({ fragment: finding.code }) }
    : finding.code;
  return diagnostic;
}

/** Stands at the start of the document: there is no better place for what concerns all of it. */
function notChecked(message: string): vscode.Diagnostic {
  const diagnostic = new vscode.Diagnostic(new vscode.Range(0, 0, 0, 0), message, vscode.DiagnosticSeverity.Warning);
  diagnostic.source = 'Gantry';
  diagnostic.code = 'not-checked';
  return diagnostic;
}

/** A fix writes something new, or something else. */
function titleOf({ range, text, title }: Replacement): string {
  if (title !== undefined) return title;
  const first = /[\w.-]+/.exec(text)?.[0] ?? '';
  return range.start === range.end ? t('Add {0}', first) : t('Replace with {0}', text);
}

/** Writes the comment that silences the rule for what begins on the line. */
function toSilence(
  document: vscode.TextDocument,
  diagnostic: vscode.Diagnostic,
  { code, from }: Finding,
): vscode.CodeAction {
  const action = new vscode.CodeAction(t('Ignore {0} here', code), vscode.CodeActionKind.QuickFix);
  const indent = /^ */.exec(document.lineAt(from.line).text)![0];
  action.edit = new vscode.WorkspaceEdit();
  action.edit.insert(document.uri, new vscode.Position(from.line, 0), `${indent}# gantry-ignore: ${code}\n`);
  action.diagnostics = [diagnostic];
  return action;
}

function toFix(document: vscode.TextDocument, diagnostic: vscode.Diagnostic, fix: Replacement): vscode.CodeAction {
  const action = new vscode.CodeAction(titleOf(fix), vscode.CodeActionKind.QuickFix);
  action.edit = new vscode.WorkspaceEdit();
  action.edit.replace(document.uri, toRange(document, fix.range), fix.text);
  action.diagnostics = [diagnostic];
  action.isPreferred = true;
  return action;
}
