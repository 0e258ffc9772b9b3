/** Help in Dockerfiles while they are written: problems with fixes and reasons, hover, completion. Offline. */
import * as vscode from 'vscode';
import { type Disposable, DisposableStore } from '../../core/disposable.ts';
import { lazy } from '../../core/lazy.ts';
import { t } from '../../core/l10n.ts';
import type { Edit, Finding } from '../dockerfile/finding.ts';

/** Milliseconds of stillness after a change before a document is checked. */
const stillness = 200;
const selector: vscode.DocumentSelector = { language: 'dockerfile' };

const rules = lazy(() => import('../dockerfile/rules.ts'));
const help = lazy(() => import('../dockerfile/help.ts'));

/** A problem with the finding it shows. */
class Problem extends vscode.Diagnostic {
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

export function registerDockerfileHelp(): Disposable {
  const store = new DisposableStore();
  const problems = store.add(vscode.languages.createDiagnosticCollection('gantry.dockerfile'));
  const shown = new Map<string, { readonly version: number; readonly problems: readonly Problem[] }>();
  const timers = new Map<string, NodeJS.Timeout>();

  const check = async (document: vscode.TextDocument): Promise<void> => {
    const { lintDockerfile } = await rules();
    const beside = (...path: string[]): Promise<boolean> => exists(vscode.Uri.joinPath(document.uri, '..', ...path));
    const [hasIgnoreFile, isVendored] = [await beside('.dockerignore'), await beside('vendor', 'modules.txt')];
    if (document.isClosed) return;
    const found = lintDockerfile(document.getText(), { hasIgnoreFile, isVendored }).map(
      (finding) => new Problem(finding),
    );
    shown.set(document.uri.toString(), { version: document.version, problems: found });
    problems.set(document.uri, found);
  };
  const schedule = (document: vscode.TextDocument): void => {
    if (document.languageId !== 'dockerfile' || document.uri.scheme !== 'file') return;
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
  // A .dockerignore that comes or goes changes what is right.
  const again = (): void => vscode.workspace.textDocuments.forEach(schedule);
  store.add(vscode.workspace.onDidCreateFiles(again));
  store.add(vscode.workspace.onDidDeleteFiles(again));
  store.add(
    vscode.languages.registerCodeActionsProvider(
      selector,
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
  store.add(vscode.languages.registerHoverProvider(selector, { provideHover }));
  store.add(vscode.languages.registerCompletionItemProvider(selector, { provideCompletionItems }, '-'));
  store.add({ dispose: () => timers.forEach(clearTimeout) });
  return store;
}

const exists = (uri: vscode.Uri): Promise<boolean> =>
  Promise.resolve(vscode.workspace.fs.stat(uri)).then(
    () => true,
    () => false,
  );

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

async function provideHover(
  document: vscode.TextDocument,
  position: vscode.Position,
): Promise<vscode.Hover | undefined> {
  const [, indent = '', word = ''] = /^(\s*)([A-Za-z]+)/.exec(document.lineAt(position).text) ?? [];
  const found = (await help()).instructionHelp[word.toUpperCase()];
  if (found === undefined || position.character > indent.length + word.length) return undefined;
  const text = new vscode.MarkdownString(found.summary()).appendCodeblock(found.example, 'dockerfile');
  return new vscode.Hover(
    text,
    new vscode.Range(position.line, indent.length, position.line, indent.length + word.length),
  );
}

/** Instructions at the beginning of a line, the instruction's flags behind it. */
async function provideCompletionItems(
  document: vscode.TextDocument,
  position: vscode.Position,
): Promise<vscode.CompletionItem[]> {
  const before = document.lineAt(position).text.slice(0, position.character);
  const { instructionHelp } = await help();
  if (/^\s*[A-Za-z]*$/.test(before)) {
    return Object.entries(instructionHelp).map(([name, { summary, example }]) => {
      const item = new vscode.CompletionItem(name, vscode.CompletionItemKind.Keyword);
      item.documentation = new vscode.MarkdownString(summary()).appendCodeblock(example, 'dockerfile');
      return item;
    });
  }
  const [, keyword = '', typed = ''] = /^\s*([A-Za-z]+)\s(?:--\S+\s+)*(-{0,2}[\w-]*)$/.exec(before) ?? [];
  const flags = instructionHelp[keyword.toUpperCase()]?.flags ?? [];
  const range = new vscode.Range(position.translate(0, -typed.length), position);
  return flags.map((flag) => {
    const item = new vscode.CompletionItem(flag, vscode.CompletionItemKind.Property);
    item.range = range;
    item.detail = t('flag of {0}', keyword.toUpperCase());
    return item;
  });
}
