/** Documents of one scheme that can only be read, whose texts are given and not computed. */
import * as vscode from 'vscode';
import { type Disposable, DisposableStore } from '../core/disposable.ts';

export class TextDocuments implements Disposable {
  readonly #scheme: string;
  readonly #store = new DisposableStore();
  readonly #changed = this.#store.add(new vscode.EventEmitter<vscode.Uri>());
  readonly #texts = new Map<string, string>();

  /** @param withoutText what a document says that was not given a text, or whose text was taken away. */
  constructor(scheme: string, withoutText: () => string = () => '') {
    this.#scheme = scheme;
    this.#store.add(
      vscode.workspace.registerTextDocumentContentProvider(scheme, {
        onDidChange: this.#changed.event,
        provideTextDocumentContent: (uri) => this.#texts.get(uri.toString()) ?? withoutText(),
      }),
    );
  }

  /** Gives a document its text; one that is open shows it at once. @param query tells apart what has the same path. */
  give(path: string, text: string, query = ''): vscode.Uri {
    const uri = vscode.Uri.from({ scheme: this.#scheme, path, query });
    this.#texts.set(uri.toString(), text);
    this.#changed.fire(uri);
    return uri;
  }

  /** Forgets a text. */
  take(uri: vscode.Uri): void {
    if (this.#texts.delete(uri.toString())) this.#changed.fire(uri);
  }

  dispose(): void {
    this.#store.dispose();
    this.#texts.clear();
  }
}
