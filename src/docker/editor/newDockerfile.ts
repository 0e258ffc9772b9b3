/** `New Dockerfile`: for the module that is open, or that the person picks; what is there is replaced only after a yes. */
import { posix } from 'node:path';
import * as vscode from 'vscode';
import type { Disposable } from '../../core/disposable.ts';
import { Failure } from '../../core/failure.ts';
import { t } from '../../core/l10n.ts';
import type { Log } from '../../core/log.ts';
import { registerCommand } from '../../editor/commands.ts';

export function registerNewDockerfile(log: Log): Disposable {
  return registerCommand(log, 'gantry.docker.newDockerfile', async (folder) => {
    const chosen = folder?.fsPath ?? (await chosenModule());
    if (chosen === undefined) return;
    const { dockerfileFor, writeDockerfile } = await import('../generate/write.ts');
    const files = await dockerfileFor(chosen);
    const uri = vscode.Uri.joinPath(vscode.Uri.file(chosen), 'Dockerfile');
    const there = await vscode.workspace.fs.stat(uri).then(
      () => true,
      () => false,
    );
    if (there) {
      const [replace, compare] = [t('Replace'), t('Compare')];
      const question = t('There is a Dockerfile in {0} already.', vscode.workspace.asRelativePath(chosen));
      const answer = await vscode.window.showWarningMessage(question, { modal: true }, replace, compare);
      if (answer === compare) return compareWith(uri, files.dockerfile);
      if (answer !== replace) return;
    }
    await writeDockerfile(chosen, files, there);
    await vscode.window.showTextDocument(uri);
  });
}

async function compareWith(uri: vscode.Uri, text: string): Promise<void> {
  const proposed = await vscode.workspace.openTextDocument({ language: 'dockerfile', content: text });
  await vscode.commands.executeCommand('vscode.diff', uri, proposed.uri, t('Dockerfile and what Gantry would write'));
}

/** Folders of the workspace with a go.work or a go.mod, the nearest to the open file first. */
export async function chosenModule(): Promise<string | undefined> {
  const found = await vscode.workspace.findFiles('**/go.{mod,work}', '**/{vendor,node_modules,testdata}/**', 500);
  const folders = [...new Set(found.map(({ path }) => posix.dirname(path)))].sort();
  if (folders.length === 0) {
    throw new Failure('notFound', t('There is no go.mod in the workspace. Open the folder of a Go module.'));
  }
  const open = vscode.window.activeTextEditor?.document.uri.path ?? '';
  const nearest = folders.filter((folder) => open.startsWith(`${folder}/`)).at(-1);
  const items = folders
    .sort((a, b) => Number(b === nearest) - Number(a === nearest))
    .map((path) => ({ label: vscode.workspace.asRelativePath(path), folder: vscode.Uri.file(path).fsPath }));
  if (items.length === 1) return items[0]!.folder;
  return (await vscode.window.showQuickPick(items, { placeHolder: t('Choose a Go module') }))?.folder;
}
