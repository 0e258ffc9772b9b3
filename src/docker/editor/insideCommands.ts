/** Commands that look into a container: a shell, its own terminal, its files. */
import * as vscode from 'vscode';
import { type Disposable, DisposableStore } from '../../core/disposable.ts';
import { t } from '../../core/l10n.ts';
import { formatBytes } from '../../core/storage.ts';
import { registerCommand, withProgress } from '../../editor/commands.ts';
import { type RemoteProgram, openRemoteTerminal } from '../../editor/remoteTerminal.ts';
import type { FileNode } from '../nodes.ts';
import { engineFailure } from '../failures.ts';
import type { Session } from '../session.ts';
import { ContainerFileSystem, uriOf } from './fileSystem.ts';
import type { CommandDeps } from './register.ts';
import { chosenContainer } from './subjects.ts';

export function registerInsideCommands({ log, open }: CommandDeps): Disposable {
  const store = new DisposableStore();
  store.add(new ContainerFileSystem(open));
  store.add(
    registerCommand(log, 'gantry.docker.exec', async (node) => {
      const docker = await open();
      const container = await chosenContainer(docker, node, ({ state }) => state === 'running');
      if (container === undefined) return;
      const { noProgram, shell } = await import('../session.ts');
      openRemoteTerminal({
        name: t('Shell: {0}', container.name),
        icon: 'terminal',
        start: async (signal) => program(await docker.exec(container, { command: shell, tty: true }, signal)),
        ended: (code) =>
          noProgram(code)
            ? t('This container has no shell. Its files are listed below it in the Containers view.')
            : t('The shell ended with status {0}.', code ?? '?'),
      });
    }),
  );
  store.add(
    registerCommand(log, 'gantry.docker.attach', async (node) => {
      const docker = await open();
      const container = await chosenContainer(docker, node, ({ state }) => state === 'running');
      if (container === undefined) return;
      openRemoteTerminal({
        name: t('Attached: {0}', container.name),
        icon: 'debug-disconnect',
        start: async (signal) => program(await docker.attach(container, signal)),
        ended: () => t('The container stopped.'),
      });
    }),
  );
  store.add(
    registerCommand(log, 'gantry.docker.openFile', async (node) => {
      if (node?.kind !== 'file') return;
      await vscode.commands.executeCommand('vscode.open', uriOf(node));
    }),
  );
  store.add(
    registerCommand(log, 'gantry.docker.download', async (node, folder) => {
      if (node?.kind !== 'file') return;
      const options = { canSelectFiles: false, canSelectFolders: true, openLabel: t('Download Here') };
      const target = folder ?? (await vscode.window.showOpenDialog(options))?.[0];
      if (target !== undefined) await download(open, node, target.fsPath);
    }),
  );
  return store;
}

const program = (session: Session): RemoteProgram => ({
  tty: session.tty,
  output: session.output,
  write: (data) => session.write(data),
  endInput: () => session.endInput(),
  resize: (size) => session.resize(size),
  exit: () => session.exitCode(),
  close: () => session.close(),
});

/** Regular files and folders only, never over what is there; what was left out is told. */
async function download(open: CommandDeps['open'], { engine, id, path }: FileNode, target: string): Promise<void> {
  const docker = await open();
  const { extractTar } = await import('../../core/tar/extract.ts');
  const { files, bytes, skipped } = await withProgress(t('Downloading {0}', path), async (report, signal) => {
    const archive = await (await docker.files({ engine, id })).download(path, signal);
    try {
      return await extractTar(archive, { target, onEntry: report });
    } catch (error) {
      signal.throwIfAborted();
      throw engineFailure(error, engine);
    } finally {
      archive.destroy();
    }
  });
  const done = t('{0} files, {1}, downloaded to {2}.', files, formatBytes(bytes), target);
  const left =
    skipped.length === 0 ? '' : t('Left out, since they are links or devices: {0}', skipped.slice(0, 10).join(', '));
  void vscode.window.showInformationMessage([done, left].filter(Boolean).join(' '));
}
