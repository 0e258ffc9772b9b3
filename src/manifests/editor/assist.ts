/** Completion and hover in YAML documents that hold manifests. */
import * as vscode from 'vscode';
import { type Disposable, DisposableStore } from '../../core/disposable.ts';
import type { Completion } from '../assist.ts';
import type { Target } from '../target.ts';
import type { Ask } from './ask.ts';
import { pathOf, selector } from './paths.ts';
import { toRange } from '../../editor/ranges.ts';

export function registerAssist(ask: Ask, target: (text: string) => Target): Disposable {
  const store = new DisposableStore();
  store.add(
    vscode.languages.registerCompletionItemProvider(
      selector,
      {
        async provideCompletionItems(document, position) {
          const offset = document.offsetAt(position);
          const found = await ask(
            document,
            (manifests, text) => manifests.complete(text, offset, target(text), pathOf(document.uri)),
            { evenBegun: true },
          );
          return (found ?? []).map((completion) => toItem(document, completion));
        },
      },
      ' ',
      '.',
    ),
  );
  store.add(
    vscode.languages.registerHoverProvider(selector, {
      async provideHover(document, position) {
        const offset = document.offsetAt(position);
        const found = await ask(document, (manifests, text) =>
          manifests.hover(text, offset, target(text), pathOf(document.uri)),
        );
        return found && new vscode.Hover(new vscode.MarkdownString(found.text), toRange(document, found.range));
      },
    }),
  );
  return store;
}

const itemKinds = {
  key: vscode.CompletionItemKind.Property,
  value: vscode.CompletionItemKind.Value,
  object: vscode.CompletionItemKind.Snippet,
} as const;

function toItem(document: vscode.TextDocument, completion: Completion): vscode.CompletionItem {
  const item = new vscode.CompletionItem(completion.label, itemKinds[completion.kind]);
  item.insertText = completion.text;
  item.range = toRange(document, completion.range);
  item.detail = completion.detail;
  if (completion.documentation !== undefined) item.documentation = new vscode.MarkdownString(completion.documentation);
  // What is needed comes first.
  item.sortText = `${completion.required ? '0' : completion.kind === 'object' ? '2' : '1'}${completion.label}`;
  return item;
}
