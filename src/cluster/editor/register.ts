/** The commands of local clusters. Their rows stand in the Pods view, and so does the progress of each. */
import { chmod, readFile, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { type Disposable, DisposableStore } from '../../core/disposable.ts';
import { t } from '../../core/l10n.ts';
import type { Log } from '../../core/log.ts';
import { givenText, registerCommand, withProgress } from '../../editor/commands.ts';
import { openLogView } from '../../editor/logView.ts';
import type { Reached } from '../container/containerCluster.ts';
import { registrySentence } from '../container/registry.ts';
import type { Cluster } from '../domain.ts';
import { kinds } from '../layout.ts';
import { askKind, askName, chosenCluster } from './choose.ts';
import { registerLoadImage } from './loadImage.ts';
import { registerReset } from './reset.ts';
import { containerSettings, simulation } from './settings.ts';

export interface ClusterEditorDeps {
  readonly log: Log;
  /** Loads the domain; called when a command runs. */
  readonly domain: () => Promise<Cluster>;
  /** Told when a cluster that was stopped runs again. */
  readonly started: () => Promise<void>;
  /** The address of a context's API server; undefined when no kubeconfig holds the context any more. */
  readonly serverOf: (context: string) => Promise<string | undefined>;
}

/** Lines of the past that a log begins with. */
const tail = 1000;
const never = new AbortController().signal;

export function registerCluster(deps: ClusterEditorDeps): Disposable {
  const { log, domain, started } = deps;
  const store = new DisposableStore();
  store.add(
    registerCommand(log, 'gantry.cluster.create', async (givenKind, givenName) => {
      const cluster = await domain();
      const kind = kinds.find((each) => each === givenKind) ?? (await askKind());
      if (kind === undefined) return;
      const name = givenText(givenName) ?? (await askName(cluster, kind));
      if (name === undefined) return;
      const reached: Reached = await withProgress(t('Creating the cluster {0}', name), async (report, signal) =>
        kind === 'embedded'
          ? cluster.start(report, signal, name, await simulation())
          : cluster.startContainer(report, signal, containerSettings(), name),
      );
      const { registry } = reached;
      if (registry !== undefined) void vscode.window.showInformationMessage(registrySentence(registry));
    }),
  );
  store.add(
    registerCommand(log, 'gantry.cluster.start', async (node) => {
      const cluster = await domain();
      const fits = ['stopped', 'failed'] as const;
      const chosen = await chosenCluster(cluster, node, ({ phase }) => fits.some((each) => each === phase));
      if (chosen === undefined) return;
      const anew = { embedded: simulation, container: containerSettings };
      await withProgress(t('Starting the cluster {0}', chosen.name), (report, signal) =>
        cluster.startAgain(report, signal, chosen.name, { anew }),
      );
      await started();
    }),
  );
  store.add(
    registerCommand(log, 'gantry.cluster.stop', async (node) => {
      const cluster = await domain();
      const chosen = await chosenCluster(cluster, node, ({ phase }) => phase !== 'stopped');
      if (chosen === undefined) return;
      await withProgress(t('Stopping the cluster {0}', chosen.name), () => cluster.stop(chosen.name));
    }),
  );
  store.add(
    registerCommand(log, 'gantry.cluster.delete', async (node) => {
      const cluster = await domain();
      const chosen = await chosenCluster(cluster, node);
      if (chosen === undefined) return;
      const { name, kind } = chosen;
      const remove = t('Delete');
      const question = t('Delete the cluster {0} with all objects in it?', name);
      const detail =
        kind === 'container'
          ? t('Its container and the volumes of it are removed from the engine.')
          : t('Its processes are ended and its data is removed from this machine.');
      if ((await vscode.window.showWarningMessage(question, { modal: true, detail }, remove)) !== remove) return;
      const told = await withProgress(t('Deleting the cluster {0}', name), () => cluster.remove(name));
      if (told.length > 0) void vscode.window.showInformationMessage(told.join(' '));
    }),
  );
  store.add(
    registerCommand(log, 'gantry.cluster.showLogs', async (node) => {
      const cluster = await domain();
      const chosen = await chosenCluster(cluster, node);
      if (chosen === undefined) return;
      openLogView({ name: t('Logs: {0}', chosen.name), feed: await cluster.follow(tail, never, chosen.name) });
    }),
  );
  store.add(
    registerCommand(log, 'gantry.cluster.mergeKubeconfig', async (node) => {
      const cluster = await domain();
      const chosen = await chosenCluster(cluster, node, ({ phase }) => phase === 'running');
      if (chosen === undefined) return;
      const { file, names } = await cluster.merge(chosen.name);
      void vscode.window.showInformationMessage(t('{0} has the context {1}.', file, names.join(', ')));
    }),
  );
  store.add(
    registerCommand(log, 'gantry.cluster.exportKubeconfig', async (node, given) => {
      const cluster = await domain();
      const chosen = await chosenCluster(cluster, node, ({ phase }) => phase === 'running');
      if (chosen === undefined) return;
      const path = await cluster.kubeconfig(chosen.name);
      const proposed = vscode.Uri.file(join(homedir(), `${chosen.name}.kubeconfig`));
      const file = given instanceof vscode.Uri ? given : await vscode.window.showSaveDialog({ defaultUri: proposed });
      if (file !== undefined) await writePrivate(file.fsPath, await readFile(path, 'utf8'));
    }),
  );
  store.add(registerLoadImage(deps));
  store.add(registerReset(deps));
  return store;
}

/** Whoever reads a kubeconfig is its administrator: the file is the person's own, also where there was one before. */
async function writePrivate(file: string, text: string): Promise<void> {
  await writeFile(file, text, { mode: 0o600 });
  await chmod(file, 0o600);
}
