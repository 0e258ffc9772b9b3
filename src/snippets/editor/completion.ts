/** Go patterns in the completion list, with the imports that the file lacks. */
import * as vscode from 'vscode';
import { t } from '../../core/l10n.ts';
import type { Snippets } from '../domain.ts';
import { type GoFile, readGoFile } from '../goFile.ts';
import type { Language, Pattern } from '../model.ts';
import { wholeSnippet } from './insert.ts';

/** A pattern among the proposals; its documentation is made when it is looked at. */
class PatternItem extends vscode.CompletionItem {
  readonly pattern: Pattern;

  constructor(pattern: Pattern, document: vscode.TextDocument, file: GoFile, range: vscode.Range, language: Language) {
    super({ label: pattern.prefix, description: pattern.name }, vscode.CompletionItemKind.Snippet);
    this.pattern = pattern;
    this.detail = pattern.description[language];
    this.range = range;
    this.filterText = pattern.prefix;
    this.insertText = wholeSnippet(pattern, document, file);
    const lacking = file.hasPackage ? file.lacking(pattern.imports) : undefined;
    if (lacking !== undefined) {
      this.additionalTextEdits = [vscode.TextEdit.insert(document.positionAt(lacking.offset), lacking.text)];
    }
    this.command = { command: 'gantry.snippets.getModules', title: t('Get Modules'), arguments: [pattern.prefix] };
  }
}

/** What is typed of a prefix at the end of a line's text, if anything: `gt`, `gt-br`. */
const typed = (before: string): string | undefined => /(?:^|[\s{(])(g|gt|gt-[a-z-]*)$/.exec(before)?.[1];

export class PatternCompletions implements vscode.CompletionItemProvider<PatternItem> {
  readonly #snippets: () => Promise<Snippets>;

  constructor(snippets: () => Promise<Snippets>) {
    this.#snippets = snippets;
  }

  async provideCompletionItems(document: vscode.TextDocument, at: vscode.Position): Promise<PatternItem[]> {
    const prefix = typed(document.lineAt(at).text.slice(0, at.character));
    if (prefix === undefined) return [];
    const snippets = await this.#snippets();
    const file = readGoFile(document.getText());
    const range = new vscode.Range(at.translate(0, -prefix.length), at);
    return (await snippets.patterns())
      .filter(({ file }) => file === 'go')
      .map((pattern) => new PatternItem(pattern, document, file, range, snippets.language));
  }

  async resolveCompletionItem(item: PatternItem): Promise<PatternItem> {
    const open = (id: string): string =>
      `command:gantry.curriculum.open?${encodeURIComponent(JSON.stringify([{ kind: 'item', id }]))}`;
    const text = new vscode.MarkdownString(await (await this.#snippets()).markdown(item.pattern, open));
    text.isTrusted = { enabledCommands: ['gantry.curriculum.open'] };
    item.documentation = text;
    return item;
  }
}
