/** The picker of `Insert Pattern…`: searches in names and sentences, and shows the pattern one is on beside the editor. */
import * as vscode from 'vscode';
import { DisposableStore } from '../../core/disposable.ts';
import { t } from '../../core/l10n.ts';
import type { Snippets } from '../domain.ts';
import type { Pattern } from '../model.ts';

export const previewScheme = 'gantry-pattern';

/** The documents of previews, by the prefix in their address. */
export class PatternDocuments implements vscode.TextDocumentContentProvider {
  readonly #snippets: () => Promise<Snippets>;

  constructor(snippets: () => Promise<Snippets>) {
    this.#snippets = snippets;
  }

  async provideTextDocumentContent(uri: vscode.Uri): Promise<string> {
    const snippets = await this.#snippets();
    return snippets.document(await snippets.pattern(uri.path.slice(1).replace(/\.\w+$/, '')));
  }
}

const extensions = { go: 'go', yaml: 'yaml', dockerfile: 'dockerfile', proto: 'proto' } as const;
const addressOf = ({ prefix, file }: Pattern): vscode.Uri =>
  vscode.Uri.from({ scheme: previewScheme, path: `/${prefix}.${extensions[file]}` });

type Choice = vscode.QuickPickItem & { readonly pattern?: Pattern };

const titles = { go: 'Go', yaml: 'YAML', dockerfile: 'Dockerfile', proto: 'Protocol Buffers' } as const;

function choices(patterns: readonly Pattern[], { language }: Snippets): Choice[] {
  return [...Map.groupBy(patterns, ({ file }) => file)].flatMap(([file, some]): Choice[] => [
    { label: titles[file], kind: vscode.QuickPickItemKind.Separator },
    ...some.map((pattern) => ({
      label: pattern.prefix,
      description: pattern.description[language],
      ...(pattern.reason === undefined ? {} : { detail: pattern.reason[language] }),
      pattern,
    })),
  ]);
}

/** Lets the person choose; resolves with undefined when they leave. The preview goes with the picker. */
export async function pickPattern(patterns: readonly Pattern[], snippets: Snippets): Promise<Pattern | undefined> {
  const store = new DisposableStore();
  const picker = store.add(vscode.window.createQuickPick<Choice>());
  picker.title = t('Insert Pattern');
  picker.placeholder = t('Search for a pattern, such as retry or deployment');
  picker.matchOnDescription = true;
  picker.matchOnDetail = true;
  picker.ignoreFocusOut = true;
  picker.items = choices(patterns, snippets);
  let closed = false;
  try {
    return await new Promise<Pattern | undefined>((resolve) => {
      const open = (): boolean => !closed;
      store.add(picker.onDidChangeActive(([active]) => void (active?.pattern && preview(active.pattern, open))));
      store.add(picker.onDidAccept(() => resolve(picker.selectedItems[0]?.pattern)));
      store.add(picker.onDidHide(() => resolve(undefined)));
      picker.show();
    });
  } finally {
    closed = true;
    store.dispose();
    await closePreviews();
  }
}

/** Shows a pattern while the picker is open still. */
async function preview(pattern: Pattern, open: () => boolean): Promise<void> {
  const document = await vscode.workspace.openTextDocument(addressOf(pattern));
  if (!open()) return;
  await vscode.window.showTextDocument(document, {
    viewColumn: vscode.ViewColumn.Beside,
    preserveFocus: true,
    preview: true,
  });
}

async function closePreviews(): Promise<void> {
  const tabs = vscode.window.tabGroups.all.flatMap((group) => group.tabs);
  await vscode.window.tabGroups.close(
    tabs.filter(({ input }) => input instanceof vscode.TabInputText && input.uri.scheme === previewScheme),
    true,
  );
}
