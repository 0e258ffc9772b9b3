/** From a name to the object it means and back, and the outline of a document. */
import * as vscode from 'vscode';
import { type Disposable, DisposableStore } from '../../core/disposable.ts';
import type { Place } from '../references.ts';
import type { ManifestSymbol } from '../symbols.ts';
import type { Ask } from './ask.ts';
import type { Definitions } from './definitions.ts';
import { pathOf, selector } from './paths.ts';
import { toRange } from '../../editor/ranges.ts';

export function registerNavigation(ask: Ask, files: Definitions): Disposable {
  const store = new DisposableStore();
  const locations = async (
    document: vscode.TextDocument,
    places: readonly Place[] = [],
  ): Promise<vscode.Location[]> => {
    const found = places.map(async ({ path, range }) => {
      const uri = path === undefined ? document.uri : files.uriOf(path);
      if (uri === undefined) return [];
      const holder = path === undefined ? document : await vscode.workspace.openTextDocument(uri);
      return [new vscode.Location(uri, toRange(holder, range))];
    });
    return (await Promise.all(found)).flat();
  };
  const finding =
    (which: 'definitions' | 'references') =>
    async (document: vscode.TextDocument, position: vscode.Position): Promise<vscode.Location[]> => {
      const [offset, path] = [document.offsetAt(position), pathOf(document.uri)];
      await files.start();
      return locations(document, await ask(document, (manifests, text) => manifests[which](text, offset, path)));
    };
  store.add(vscode.languages.registerDefinitionProvider(selector, { provideDefinition: finding('definitions') }));
  store.add(vscode.languages.registerReferenceProvider(selector, { provideReferences: finding('references') }));
  store.add(
    vscode.languages.registerDocumentSymbolProvider(selector, {
      async provideDocumentSymbols(document) {
        const found = await ask(document, (manifests, text) => manifests.symbols(text));
        return found?.map((symbol) => toSymbol(document, symbol));
      },
    }),
  );
  return store;
}

const symbolKinds: Readonly<Record<ManifestSymbol['is'], vscode.SymbolKind>> = {
  object: vscode.SymbolKind.Object,
  container: vscode.SymbolKind.Module,
  volume: vscode.SymbolKind.Package,
  port: vscode.SymbolKind.Interface,
  key: vscode.SymbolKind.Key,
};

function toSymbol(document: vscode.TextDocument, symbol: ManifestSymbol): vscode.DocumentSymbol {
  const range = toRange(document, symbol.range);
  const selection = toRange(document, symbol.selection);
  const { name, detail, is } = symbol;
  // The editor throws when the name does not stand inside.
  const shown = new vscode.DocumentSymbol(name, detail, symbolKinds[is], range.union(selection), selection);
  shown.children = symbol.children.map((child) => toSymbol(document, child));
  return shown;
}
