/** The Containers view and its commands. */
import * as vscode from 'vscode';
import { type Disposable, DisposableStore } from '../../core/disposable.ts';
import { t } from '../../core/l10n.ts';
import type { Log } from '../../core/log.ts';
import { lazyTree } from '../../core/tree.ts';
import { registerCommand, withProgress } from '../../editor/commands.ts';
import { views } from '../../editor/contributions.ts';
import { onDidChangeSetting } from '../../editor/settings.ts';
import { registerTree } from '../../editor/tree.ts';
import type { ContainerRef, Docker } from '../domain.ts';
import type { ContainerNode } from '../nodes.ts';
import { registerDoctor } from './doctor.ts';
import { openLogTerminal } from './logTerminal.ts';

export interface DockerEditorDeps {
  readonly log: Log;
  /** Loads the domain; called when the view is opened or a command runs. */
  readonly domain: () => Promise<Docker>;
}

interface NamedContainer extends ContainerRef {
  readonly name: string;
}

/** Lines of the past that a log terminal begins with. */
const tail = 1000;

export function registerDocker({ log, domain }: DockerEditorDeps): Disposable {
  const store = new DisposableStore();
  let opened: Docker | undefined;
  const open = async (): Promise<Docker> => (opened = await domain());
  const tree = store.add(lazyTree<ContainerNode>(async () => (await open()).tree()));
  store.add(registerTree(views.containers, tree));
  // Before the view is opened there is nothing that the setting could change.
  store.add(onDidChangeSetting('gantry.docker.endpoint', () => void opened?.refresh()));
  store.add(registerCommand(log, 'gantry.docker.refresh', async () => (await open()).refresh()));
  store.add(
    registerCommand(log, 'gantry.docker.copyId', async (node) => {
      const container = await chosen(await open(), node);
      if (container !== undefined) await vscode.env.clipboard.writeText(container.id);
    }),
  );
  store.add(
    registerCommand(log, 'gantry.docker.showLogs', async (node) => {
      const docker = await open();
      const container = await chosen(docker, node);
      if (container === undefined) return;
      openLogTerminal(t('Logs: {0}', container.name), (signal) =>
        docker.logs(container.id, { follow: true, tail }, signal, container.engine),
      );
    }),
  );
  store.add(registerDoctor(log, open));
  for (const action of ['start', 'stop', 'restart'] as const) {
    store.add(
      registerCommand(log, `gantry.docker.${action}`, async (node?: ContainerNode) => {
        const docker = await open();
        const container = await chosen(docker, node);
        if (container === undefined) return;
        await withProgress(doing[action](container.name), (_, signal) => docker.act(action, container, signal));
      }),
    );
  }
  store.add(
    registerCommand(log, 'gantry.docker.remove', async (node) => {
      const docker = await open();
      const container = await chosen(docker, node);
      if (container !== undefined) await removeContainer(docker, container);
    }),
  );
  return store;
}

const doing = {
  start: (name: string) => t('Starting {0}', name),
  stop: (name: string) => t('Stopping {0}', name),
  restart: (name: string) => t('Restarting {0}', name),
} as const;

/** Asks first, naming the container as it is at this moment; what was not running then is not killed. */
async function removeContainer(docker: Docker, ref: ContainerRef): Promise<void> {
  const { name, state } = await docker.container(ref, new AbortController().signal);
  const force = state === 'running' || state === 'paused' || state === 'restarting';
  const detail = force
    ? t('It is running and will be killed. What it wrote outside its volumes is lost; the volumes stay.')
    : t('What it wrote outside its volumes is lost; the volumes stay.');
  const remove = t('Remove Container');
  const question = t('Remove the container {0}?', name);
  if ((await vscode.window.showWarningMessage(question, { modal: true, detail }, remove)) !== remove) return;
  await withProgress(t('Removing {0}', name), (_, signal) => docker.remove(ref, { force }, signal));
}

/** The container of the row, or one the person picks; undefined when they pick none. */
async function chosen(docker: Docker, node: ContainerNode | undefined): Promise<NamedContainer | undefined> {
  if (node?.kind === 'container') {
    return { engine: node.engine, id: node.id, name: docker.tree().describe(node).label };
  }
  const listed = await docker.list(new AbortController().signal);
  const items = listed.map(({ engine, container: { id, name, image } }) => ({
    label: name,
    description: image,
    engine,
    id,
    name,
  }));
  return vscode.window.showQuickPick(items, { placeHolder: t('Choose a container'), matchOnDescription: true });
}
