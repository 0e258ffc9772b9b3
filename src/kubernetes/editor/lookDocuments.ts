/** What one looks at as documents that can be searched, copied and kept open: descriptions, events, histories. */
import * as vscode from 'vscode';
import { type Disposable, DisposableStore } from '../../core/disposable.ts';
import { isAbort, messageOf } from '../../core/failure.ts';
import { t } from '../../core/l10n.ts';
import { toSignal } from '../../editor/commands.ts';
import { withLateProgress } from '../../editor/lateProgress.ts';
import { addressPath, parseAddress } from '../actions/objectUri.ts';
import type { ObjectRef } from '../apiResource.ts';
import type { Kubernetes } from '../domain.ts';
import { registerLookLenses } from './lookLenses.ts';

const scheme = 'gantry-k8s-look';

/** Makes the text of one kind of document. Throws Failure. */
export type Looker = (kubernetes: Kubernetes, ref: ObjectRef, signal: AbortSignal) => Promise<string>;

export class LookDocuments implements Disposable {
  readonly #domain: () => Promise<Kubernetes>;
  readonly #lookers: Readonly<Record<string, Looker>>;
  readonly #store = new DisposableStore();
  readonly #changed = this.#store.add(new vscode.EventEmitter<vscode.Uri>());

  /** @param lookers by the word that stands in the document's name: `describe`. */
  constructor(domain: () => Promise<Kubernetes>, lookers: Readonly<Record<string, Looker>>) {
    this.#domain = domain;
    this.#lookers = lookers;
    this.#store.add(registerLookLenses(scheme, (path) => endingOf(wordOf(path)), domain));
    this.#store.add(
      vscode.workspace.registerTextDocumentContentProvider(scheme, {
        onDidChange: this.#changed.event,
        provideTextDocumentContent: (uri, token) => this.#text(uri, toSignal(token)),
      }),
    );
  }

  /** Opens the document, or reads it again when it is open. */
  async show(word: string, ref: ObjectRef): Promise<void> {
    const { actions } = await this.#domain();
    const uri = vscode.Uri.from({ scheme, path: addressPath(actions.addressOf(ref), endingOf(word)) });
    await withLateProgress(t('Reading {0}…', ref.name), async () => {
      this.#changed.fire(uri);
      const document = await vscode.workspace.openTextDocument(uri);
      await vscode.window.showTextDocument(document, { preview: true });
    });
  }

  dispose(): void {
    this.#store.dispose();
  }

  /** The text, or the sentence that says why there is none. */
  async #text(uri: vscode.Uri, signal: AbortSignal): Promise<string> {
    try {
      const word = wordOf(uri.path);
      const kubernetes = await this.#domain();
      const ref = await kubernetes.actions.refOf(parseAddress(uri.path, endingOf(word)), signal);
      return await (Object.hasOwn(this.#lookers, word) ? this.#lookers[word]!(kubernetes, ref, signal) : '');
    } catch (error) {
      return isAbort(error) ? '' : messageOf(error);
    }
  }
}

const wordOf = (path: string): string => /\.(\w+)\.md$/.exec(path)?.[1] ?? '';
const endingOf = (word: string): string => `.${word}.md`;
