/** Help in Dockerfiles while they are written: problems with fixes and reasons, hover, completion. Offline. */
import * as vscode from 'vscode';
import { type Disposable, DisposableStore } from '../../core/disposable.ts';
import { lazy } from '../../core/lazy.ts';
import { t } from '../../core/l10n.ts';
import { registerProblems } from './problems.ts';

const selector: vscode.DocumentSelector = { language: 'dockerfile', scheme: '*' };

const rules = lazy(() => import('../dockerfile/rules.ts'));
const help = lazy(() => import('../dockerfile/help.ts'));

export function registerDockerfileHelp(): Disposable {
  const store = new DisposableStore();
  store.add(
    registerProblems('gantry.dockerfile', {
      accepts: ({ languageId }) => languageId === 'dockerfile',
      async find(document) {
        const { lintDockerfile } = await rules();
        const beside = (...path: string[]): Promise<boolean> =>
          exists(vscode.Uri.joinPath(document.uri, '..', ...path));
        const [hasIgnoreFile, isVendored] = [await beside('.dockerignore'), await beside('vendor', 'modules.txt')];
        return lintDockerfile(document.getText(), { hasIgnoreFile, isVendored });
      },
    }),
  );
  store.add(vscode.languages.registerHoverProvider(selector, { provideHover }));
  store.add(vscode.languages.registerCompletionItemProvider(selector, { provideCompletionItems }, '-'));
  return store;
}

const exists = (uri: vscode.Uri): Promise<boolean> =>
  Promise.resolve(vscode.workspace.fs.stat(uri)).then(
    () => true,
    () => false,
  );

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
