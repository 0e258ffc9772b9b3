/** One value of a secret, shown for half a minute, in a document that can neither be saved nor kept. */
import * as vscode from 'vscode';
import { type Disposable, DisposableStore, toDisposable } from '../../core/disposable.ts';
import { t } from '../../core/l10n.ts';
import { printableText } from '../../core/printable.ts';
import { addressPath } from '../actions/objectUri.ts';
import type { ObjectRef } from '../apiResource.ts';

const scheme = 'gantry-k8s-secret';

/** Seconds for which a value stays on screen. */
const shownFor = 30;

export class SecretDocuments implements Disposable {
  readonly #store = new DisposableStore();
  readonly #changed = this.#store.add(new vscode.EventEmitter<vscode.Uri>());
  /** What is shown now, by document; nothing else keeps it. */
  readonly #shown = new Map<string, { readonly text: string; readonly timer: NodeJS.Timeout }>();

  constructor() {
    this.#store.add(
      vscode.workspace.registerTextDocumentContentProvider(scheme, {
        onDidChange: this.#changed.event,
        provideTextDocumentContent: (uri) =>
          this.#shown.get(uri.toString())?.text ??
          t('Hidden again after {0} seconds. Reveal it once more to see it.', shownFor),
      }),
    );
    this.#store.add(vscode.workspace.onDidCloseTextDocument(({ uri }) => this.#hide(uri)));
    this.#store.add(
      toDisposable(() => {
        for (const { timer } of this.#shown.values()) clearTimeout(timer);
        this.#shown.clear();
      }),
    );
  }

  async show(ref: ObjectRef, key: string, value: Uint8Array): Promise<void> {
    const uri = vscode.Uri.from({ scheme, path: `${addressPath(ref, '')}/${encodeURIComponent(key)}` });
    this.#hide(uri);
    const timer = setTimeout(() => this.#hide(uri), shownFor * 1000);
    this.#shown.set(uri.toString(), { text: printableText(Buffer.from(value).toString('utf8')), timer });
    this.#changed.fire(uri);
    await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(uri), { preview: true });
  }

  dispose(): void {
    this.#store.dispose();
  }

  #hide(uri: vscode.Uri): void {
    const shown = this.#shown.get(uri.toString());
    if (shown === undefined) return;
    clearTimeout(shown.timer);
    this.#shown.delete(uri.toString());
    this.#changed.fire(uri);
  }
}
