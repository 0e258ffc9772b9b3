/** Two states of a lesson's files beside each other: the learner's and the solution's, or what was proven and now. */
import * as vscode from 'vscode';
import type { Disposable } from '../../core/disposable.ts';
import { Failure } from '../../core/failure.ts';
import { t } from '../../core/l10n.ts';
import { TextDocuments } from '../../editor/textDocuments.ts';
import type { Compared } from '../domain.ts';

export class Comparison implements Disposable {
  readonly #documents = new TextDocuments('gantry-lesson');

  /**
   * Shows the files that differ; what is not a file of the learner's is read-only.
   * @param folder the learner's, whose files `mine` are.
   * @param other how the other side is named in paths: `B6/solution`.
   */
  async show(
    title: string,
    compared: readonly Compared[],
    folder: string,
    other: string,
    mineIs: 'left' | 'right',
  ): Promise<void> {
    const different = compared.filter(({ mine, theirs }) => mine !== theirs);
    if (different.length === 0) throw new Failure('notFound', t('There is no difference.'));
    const shown = different.map(({ path, mine, theirs }) => {
      const own = vscode.Uri.joinPath(vscode.Uri.file(folder), path);
      const sides = [
        mine === '' ? this.#documents.give(`/${other}/none/${path}`, '') : own,
        this.#documents.give(`/${other}/${path}`, theirs),
      ] as const;
      return [own, ...(mineIs === 'left' ? sides : sides.toReversed())] as const;
    });
    const [only] = shown;
    if (shown.length === 1) await vscode.commands.executeCommand('vscode.diff', only![1], only![2], title);
    else await vscode.commands.executeCommand('vscode.changes', title, shown);
  }

  dispose(): void {
    this.#documents.dispose();
  }
}
