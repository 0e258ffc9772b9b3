/** The Containers view and its commands. */
import * as vscode from 'vscode';
import { type Disposable, DisposableStore } from '../../core/disposable.ts';
import { t } from '../../core/l10n.ts';
import type { Log } from '../../core/log.ts';
import { lazyTree } from '../../core/tree.ts';
import { registerCommand } from '../../editor/commands.ts';
import { views } from '../../editor/contributions.ts';
import { onDidChangeSetting } from '../../editor/settings.ts';
import { registerTree } from '../../editor/tree.ts';
import type { Docker } from '../domain.ts';
import type { ContainerNode } from '../nodes.ts';
import { openLogTerminal } from './logTerminal.ts';

export interface DockerEditorDeps {
  readonly log: Log;
  /** Loads the domain; called when the view is opened or a command runs. */
  readonly domain: () => Promise<Docker>;
}

interface ContainerRef {
  readonly engine: string;
  readonly id: string;
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
  return store;
}

/** The container of the row, or one the person picks; undefined when they pick none. */
async function chosen(docker: Docker, node: ContainerNode | undefined): Promise<ContainerRef | undefined> {
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
