/** Completion and hover in YAML documents that hold manifests. */
import * as vscode from 'vscode';
import { type Disposable, DisposableStore } from '../../core/disposable.ts';
import type { Log } from '../../core/log.ts';
import type { Range } from '../../core/yaml/text.ts';
import type { Completion } from '../assist.ts';
import type { Manifests } from '../domain.ts';

export interface AssistDeps {
  readonly log: Log;
  readonly domain: () => Promise<Manifests>;
  /** The Kubernetes version to help by. */
  readonly version: () => string;
}

/** Enough to be worth asking: a document that names no apiVersion is somebody else's. */
const isOurs = (text: string): boolean => /(?:^|[\s{,])["']?(?:apiVersion|kind)["']?[\t ]*:/.test(text);

export function registerAssist({ log, domain, version }: AssistDeps): Disposable {
  const store = new DisposableStore();
  const ask = async <T>(document: vscode.TextDocument, help: (manifests: Manifests, text: string) => Promise<T>) => {
    const text = document.getText();
    if (!isOurs(text)) return undefined;
    try {
      return await help(await domain(), text);
    } catch (error) {
      log.error('help with a manifest failed', error);
      return undefined;
    }
  };
  store.add(
    vscode.languages.registerCompletionItemProvider(
      { language: 'yaml', scheme: 'file' },
      {
        async provideCompletionItems(document, position) {
          const offset = document.offsetAt(position);
          const found = await ask(document, (manifests, text) => manifests.complete(text, offset, version()));
          return (found ?? []).map((completion) => toItem(document, completion));
        },
      },
      ' ',
    ),
  );
  store.add(
    vscode.languages.registerHoverProvider(
      { language: 'yaml', scheme: 'file' },
      {
        async provideHover(document, position) {
          const offset = document.offsetAt(position);
          const found = await ask(document, (manifests, text) => manifests.hover(text, offset, version()));
          return found && new vscode.Hover(new vscode.MarkdownString(found.text), toRange(document, found.range));
        },
      },
    ),
  );
  return store;
}

const toRange = (document: vscode.TextDocument, { start, end }: Range): vscode.Range =>
  new vscode.Range(document.positionAt(start), document.positionAt(end));

function toItem(document: vscode.TextDocument, completion: Completion): vscode.CompletionItem {
  const kind = completion.kind === 'key' ? vscode.CompletionItemKind.Property : vscode.CompletionItemKind.Value;
  const item = new vscode.CompletionItem(completion.label, kind);
  item.insertText = completion.text;
  item.range = toRange(document, completion.range);
  item.detail = completion.detail;
  if (completion.documentation !== undefined) item.documentation = new vscode.MarkdownString(completion.documentation);
  // What is needed comes first.
  item.sortText = `${completion.required ? '0' : '1'}${completion.label}`;
  return item;
}
