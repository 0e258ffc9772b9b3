/** What stands above the lines of a document about an object: the way back to its row, and to lessons that are named. */
import * as vscode from 'vscode';
import { t } from '../../core/l10n.ts';
import { toSignal } from '../../editor/commands.ts';
import { parseAddress } from '../actions/objectUri.ts';
import type { ObjectRef } from '../apiResource.ts';
import type { Kubernetes } from '../domain.ts';

/**
 * @param scheme of the documents.
 * @param endingOf what follows an object's address in a document's path.
 */
export const registerLookLenses = (
  scheme: string,
  endingOf: (path: string) => string,
  domain: () => Promise<Kubernetes>,
): vscode.Disposable =>
  vscode.languages.registerCodeLensProvider(
    { scheme },
    {
      provideCodeLenses: async (document, token) => {
        const { actions } = await domain();
        const { path } = document.uri;
        const ref = await actions.refOf(parseAddress(path, endingOf(path)), toSignal(token)).catch(() => undefined);
        if (ref === undefined) return [];
        return [...(ref.namespaced ? [rowLens(ref)] : []), ...(await lessonLenses(document, actions))];
      },
    },
  );

const rowLens = (ref: ObjectRef): vscode.CodeLens =>
  new vscode.CodeLens(new vscode.Range(0, 0, 0, 0), {
    title: t('$(list-tree) Show in View'),
    command: 'gantry.kubernetes.reveal',
    arguments: [ref],
  });

async function lessonLenses(
  document: vscode.TextDocument,
  { lessons }: Kubernetes['actions'],
): Promise<readonly vscode.CodeLens[]> {
  const known = [...(await lessons()).values()];
  return document
    .getText()
    .split('\n')
    .flatMap((text, line) => {
      const lesson = known.find((one) => text.endsWith(`(${one.line})`));
      if (lesson === undefined) return [];
      const { id: command, args } = lesson.open;
      const open = { title: t('$(mortar-board) Open Lesson'), command, arguments: [...args] };
      return [new vscode.CodeLens(new vscode.Range(line, 0, line, 0), open)];
    });
}
