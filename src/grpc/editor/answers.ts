/** Answers of past calls as documents that can only be read, for VS Code's own comparison. */
import * as vscode from 'vscode';
import type { Disposable } from '../../core/disposable.ts';
import { t } from '../../core/l10n.ts';
import type { PastCall } from '../protocol.ts';

const scheme = 'gantry-grpc-answer';
const mostOpen = 40;

export class Answers implements Disposable {
  /** What is open; a document asks again when it is drawn anew. */
  readonly #texts = new Map<string, string>();
  readonly #registration = vscode.workspace.registerTextDocumentContentProvider(scheme, {
    provideTextDocumentContent: ({ path }) => this.#texts.get(path),
  });

  async compare(method: string, older: PastCall, newer: PastCall): Promise<void> {
    const [left, right] = [this.#document(method, older), this.#document(method, newer)];
    const title = t('{0}: {1} and {2}', method, timeOf(older), timeOf(newer));
    await vscode.commands.executeCommand('vscode.diff', left, right, title);
  }

  dispose(): void {
    this.#registration.dispose();
    this.#texts.clear();
  }

  #document(method: string, { at, answer }: PastCall): vscode.Uri {
    const path = `/${at}/${method}.json`;
    this.#texts.delete(path);
    this.#texts.set(path, `${answer}\n`);
    for (const oldest of this.#texts.keys()) if (this.#texts.size > mostOpen) this.#texts.delete(oldest);
    return vscode.Uri.from({ scheme, path });
  }
}

const timeOf = ({ at }: PastCall): string => new Date(at).toLocaleTimeString(vscode.env.language);
