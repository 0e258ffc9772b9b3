/** `Debug Go Program in Container`: the container, the entry in launch.json, and the debugger where the Go extension is there. */
import * as vscode from 'vscode';
import type { Disposable } from '../../core/disposable.ts';
import { Failure } from '../../core/failure.ts';
import { t } from '../../core/l10n.ts';
import { registerCommand, withProgress } from '../../editor/commands.ts';
import { beginDebugging, keepConfiguration } from '../../editor/goDebug.ts';
import { chosenModule } from './newDockerfile.ts';
import type { CommandDeps } from './register.ts';
import { chosenResource } from './subjects.ts';

export function registerDebug({ log, open }: CommandDeps): Disposable {
  return registerCommand(log, 'gantry.docker.debug', async (node, what) => {
    const docker = await open();
    const image = await chosenResource(docker, node, 'images');
    const chosen = image === undefined ? undefined : (what ?? (await chosenProgram()));
    if (image === undefined || chosen === undefined) return;
    const workspace = vscode.workspace.getWorkspaceFolder(vscode.Uri.file(chosen.folder));
    if (workspace === undefined)
      throw new Failure('invalid', t('{0} is in no folder of the workspace.', chosen.folder));
    const request = { ...chosen, image: image.name, workspace: workspace.uri.fsPath };
    const { configuration } = await withProgress(t('Debugging {0}', image.name), (say, signal) =>
      docker.debug(image.engine, request, say, signal),
    );
    await keepConfiguration(workspace, configuration);
    void beginDebugging(workspace, configuration);
  });
}

/** A module of the workspace, and the one of its programs that is wanted. */
async function chosenProgram(): Promise<{ readonly folder: string; readonly package: string } | undefined> {
  const folder = await chosenModule();
  if (folder === undefined) return undefined;
  const { readGoProject } = await import('../generate/goProject.ts');
  const { commands } = await readGoProject(folder);
  if (commands.length === 1) return { folder, package: commands[0]!.path };
  const items = commands.map(({ name, path }) => ({ label: name, description: path, path }));
  const picked = await vscode.window.showQuickPick(items, { placeHolder: t('Choose a program') });
  return picked === undefined ? undefined : { folder, package: picked.path };
}
