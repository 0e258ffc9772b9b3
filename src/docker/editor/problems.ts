/** Problems of documents while they are written, each with its fix: what a file's rules find, drawn. */
import * as vscode from 'vscode';
import { type Disposable, DisposableStore } from '../../core/disposable.ts';
import type { Edit, Finding } from '../dockerfile/finding.ts';

/** Milliseconds of stillness after a change before a document is checked. */
const stillness = 200;

export interface ProblemRules {
  /** Whether a document on the disk is of this kind. */
  readonly accepts: (document: vscode.TextDocument) => boolean;
  readonly find: (document: vscode.TextDocument) => Promise<readonly Finding[]>;
}

/** A problem with the finding it shows. */
export class Problem extends vscode.Diagnostic {
  readonly finding: Finding;

  constructor(finding: Finding) {
    const { line, column, endColumn, message, severity, code } = finding;
    super(new vscode.Range(line, column, line, endColumn), message, severities[severity]);
    this.finding = finding;
    this.source = 'Gantry';
    this.code = code;
  }
}

const severities = {
  error: vscode.DiagnosticSeverity.Error,
  warning: vscode.DiagnosticSeverity.Warning,
  information: vscode.DiagnosticSeverity.Information,
} as const;

/** @param name of the collection of problems. */
export function registerProblems(name: string, { accepts, find }: ProblemRules): Disposable {
  const store = new DisposableStore();
  const problems = store.add(vscode.languages.createDiagnosticCollection(name));
  const shown = new Map<string, { readonly version: number; readonly problems: readonly Problem[] }>();
  const timers = new Map<string, NodeJS.Timeout>();
  const ours = (document: vscode.TextDocument): boolean => document.uri.scheme === 'file' && accepts(document);

  const check = async (document: vscode.TextDocument): Promise<void> => {
    const { version } = document;
    const found = (await find(document)).map((finding) => new Problem(finding));
    if (document.isClosed || document.version !== version) return;
    shown.set(document.uri.toString(), { version, problems: found });
    problems.set(document.uri, found);
  };
  const schedule = (document: vscode.TextDocument): void => {
    if (!ours(document)) return;
    const key = document.uri.toString();
    clearTimeout(timers.get(key));
    timers.set(
      key,
      setTimeout(() => void check(document), stillness),
    );
  };
  const forget = ({ uri }: vscode.TextDocument): void => {
    clearTimeout(timers.get(uri.toString()));
    timers.delete(uri.toString());
    shown.delete(uri.toString());
    problems.delete(uri);
  };

  for (const document of vscode.workspace.textDocuments) schedule(document);
  store.add(vscode.workspace.onDidOpenTextDocument(schedule));
  store.add(vscode.workspace.onDidChangeTextDocument(({ document }) => schedule(document)));
  store.add(vscode.workspace.onDidCloseTextDocument(forget));
  // A file beside it that comes or goes changes what is right: .dockerignore, vendor.
  const again = (): void => vscode.workspace.textDocuments.forEach(schedule);
  store.add(vscode.workspace.onDidCreateFiles(again));
  store.add(vscode.workspace.onDidDeleteFiles(again));
  store.add(
    vscode.languages.registerCodeActionsProvider(
      { scheme: 'file' },
      {
        provideCodeActions(document, range) {
          const found = shown.get(document.uri.toString());
          // Places of an older text would edit the wrong one; a new check is on its way.
          if (found?.version !== document.version) return [];
          const touched = found.problems.filter((problem) => problem.range.intersection(range) !== undefined);
          return touched.flatMap((problem) => fixOf(document, problem));
        },
      },
      { providedCodeActionKinds: [vscode.CodeActionKind.QuickFix] },
    ),
  );
  store.add({ dispose: () => timers.forEach(clearTimeout) });
  return store;
}

function fixOf(document: vscode.TextDocument, problem: Problem): vscode.CodeAction[] {
  const { fix } = problem.finding;
  if (fix === undefined) return [];
  const action = new vscode.CodeAction(fix.title, vscode.CodeActionKind.QuickFix);
  action.diagnostics = [problem];
  action.isPreferred = true;
  action.edit = new vscode.WorkspaceEdit();
  for (const edit of fix.edits) action.edit.replace(document.uri, rangeOf(edit), edit.text);
  if (fix.file !== undefined) {
    const uri = vscode.Uri.joinPath(document.uri, '..', fix.file.name);
    action.edit.createFile(uri, { ignoreIfExists: true, contents: Buffer.from(fix.file.text) });
  }
  return [action];
}

const rangeOf = ({ line, column, endLine, endColumn }: Edit): vscode.Range =>
  new vscode.Range(line, column, endLine, endColumn);
