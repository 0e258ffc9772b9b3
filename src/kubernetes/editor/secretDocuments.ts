/** One value of a secret, shown for half a minute, in a document that can neither be saved nor kept. */
import * as vscode from 'vscode';
import { type Disposable, DisposableStore, toDisposable } from '../../core/disposable.ts';
import { t } from '../../core/l10n.ts';
import { printableText } from '../../core/printable.ts';
import { TextDocuments } from '../../editor/textDocuments.ts';
import { addressPath } from '../actions/objectUri.ts';
import type { ObjectRef } from '../apiResource.ts';

/** Seconds for which a value stays on screen. */
const shownFor = 30;

export class SecretDocuments implements Disposable {
  readonly #store = new DisposableStore();
  /** What is shown now; nothing else keeps it. */
  readonly #shown = this.#store.add(
    new TextDocuments('gantry-k8s-secret', () =>
      t('Hidden again after {0} seconds. Reveal it once more to see it.', shownFor),
    ),
  );
  readonly #timers = new Map<string, NodeJS.Timeout>();

  constructor() {
    this.#store.add(vscode.workspace.onDidCloseTextDocument(({ uri }) => this.#hide(uri)));
    this.#store.add(
      toDisposable(() => {
        for (const timer of this.#timers.values()) clearTimeout(timer);
      }),
    );
  }

  async show(ref: ObjectRef, key: string, value: Uint8Array): Promise<void> {
    const text = printableText(Buffer.from(value).toString('utf8'));
    const uri = this.#shown.give(`${addressPath(ref, '')}/${encodeURIComponent(key)}`, text);
    clearTimeout(this.#timers.get(uri.toString()));
    this.#timers.set(
      uri.toString(),
      setTimeout(() => this.#hide(uri), shownFor * 1000),
    );
    await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(uri), { preview: true });
  }

  dispose(): void {
    this.#store.dispose();
  }

  #hide(uri: vscode.Uri): void {
    clearTimeout(this.#timers.get(uri.toString()));
    this.#timers.delete(uri.toString());
    this.#shown.take(uri);
  }
}
