/** What a build found out about each line of its Dockerfile: lenses above the lines, and a problem on the one that failed. */
import * as vscode from 'vscode';
import { type Disposable, DisposableStore } from '../../core/disposable.ts';
import { t } from '../../core/l10n.ts';
import type { BuildFailure, BuildOutcome } from '../build/build.ts';
import { lineNotes } from '../build/lines.ts';

interface Note {
  readonly text: string;
  /** The line as it was built: a note on another one would be wrong. */
  readonly line: string;
}

export class BuildNotes implements Disposable {
  readonly #store = new DisposableStore();
  readonly #changed = this.#store.add(new vscode.EventEmitter<void>());
  readonly #problems = this.#store.add(vscode.languages.createDiagnosticCollection('gantry.build'));
  readonly #notes = new Map<string, ReadonlyMap<number, Note>>();

  constructor() {
    const provider: vscode.CodeLensProvider = {
      onDidChangeCodeLenses: this.#changed.event,
      provideCodeLenses: (document) => this.#lenses(document),
    };
    this.#store.add(vscode.languages.registerCodeLensProvider({ language: 'dockerfile', scheme: '*' }, provider));
    // A problem of a text that is no more says nothing about this one.
    this.#store.add(
      vscode.workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
        if (contentChanges.length > 0) this.#problems.delete(document.uri);
      }),
    );
    this.#store.add(vscode.workspace.onDidCloseTextDocument((document) => this.clear(document)));
  }

  clear({ uri }: vscode.TextDocument): void {
    this.#problems.delete(uri);
    if (this.#notes.delete(uri.toString())) this.#changed.fire();
  }

  show(document: vscode.TextDocument, outcome: Pick<BuildOutcome, 'steps' | 'misses'> & Partial<BuildOutcome>): void {
    const notes = [...lineNotes(outcome)].filter(([line]) => line < document.lineCount);
    const withLines = notes.map(([line, text]) => [line, { text, line: document.lineAt(line).text }] as const);
    this.#notes.set(document.uri.toString(), new Map(withLines));
    this.#changed.fire();
  }

  showFailure(document: vscode.TextDocument, { step, message, output, outcome }: BuildFailure): void {
    this.show(document, outcome);
    const line = Math.min(step?.line ?? 0, document.lineCount - 1);
    const end = output.trimEnd().split('\n').slice(-8).join('\n');
    const problem = new vscode.Diagnostic(
      document.lineAt(line).range,
      end === '' ? message : `${message}\n${end}`,
      vscode.DiagnosticSeverity.Error,
    );
    problem.source = 'Gantry';
    problem.code = 'build';
    this.#problems.set(document.uri, [problem]);
  }

  #lenses(document: vscode.TextDocument): vscode.CodeLens[] {
    const notes = [...(this.#notes.get(document.uri.toString()) ?? [])];
    return notes
      .filter(([at, { line }]) => at < document.lineCount && document.lineAt(at).text === line)
      .map(([at, { text }]) => {
        const tooltip = t('From the last build. Choose to build again.');
        const command = { command: 'gantry.docker.build', title: text, tooltip, arguments: [document.uri] };
        return new vscode.CodeLens(new vscode.Range(at, 0, at, 0), command);
      });
  }

  dispose(): void {
    this.#store.dispose();
  }
}
