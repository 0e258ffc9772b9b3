/** Adding a kubeconfig; renaming and removing a context. Nothing else writes a kubeconfig. */
import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import * as vscode from 'vscode';
import { type Disposable, DisposableStore } from '../../core/disposable.ts';
import { messageOf } from '../../core/failure.ts';
import { t } from '../../core/l10n.ts';
import type { Log } from '../../core/log.ts';
import { askText } from '../../editor/askText.ts';
import { givenText, registerCommand } from '../../editor/commands.ts';
import type { Kubernetes } from '../domain.ts';
import { chooseContext } from './chooseContext.ts';

/** A kubeconfig, and the folder that its relative paths start from when it was a file. */
interface Source {
  readonly text: string;
  readonly folder?: string;
}

export function registerKubeconfigCommands(log: Log, kubernetes: () => Promise<Kubernetes>): Disposable {
  const store = new DisposableStore();
  store.add(
    registerCommand(log, 'gantry.kubernetes.addKubeconfig', async (given) => {
      const text = givenText(given);
      const source = text === undefined ? await chooseSource() : { text };
      if (source === undefined) return;
      const { file, names } = await (await kubernetes()).kubeconfigs.add(source.text, source.folder);
      void vscode.window.showInformationMessage(t('Added {0} to {1}.', names.join(', '), file));
    }),
  );
  store.add(
    registerCommand(log, 'gantry.kubernetes.renameContext', async (node, name) => {
      const { contexts, kubeconfigs } = await kubernetes();
      const id = await chooseContext(await kubernetes(), node);
      if (id === undefined) return;
      const { name: before } = kubeconfigs.own(id);
      const title = t('New name of the context {0}', before);
      const validateInput = (typed: string): string | undefined => kubeconfigs.nameProblem(id, typed);
      const chosen = name ?? (await askText({ title, value: before, validateInput }));
      if (chosen !== undefined && contexts.get(id)?.name !== chosen) await kubeconfigs.rename(id, chosen);
    }),
  );
  store.add(
    registerCommand(log, 'gantry.kubernetes.removeContext', async (node) => {
      const { kubeconfigs } = await kubernetes();
      const id = await chooseContext(await kubernetes(), node);
      if (id === undefined) return;
      const { name, file } = kubeconfigs.own(id);
      const remove = t('Remove Context');
      const detail = t(
        'It is taken out of {0}, with its cluster and user where no other context needs them. The cluster itself stays as it is.',
        file,
      );
      const question = t('Remove the context {0}?', name);
      if ((await vscode.window.showWarningMessage(question, { modal: true, detail }, remove)) !== remove) return;
      await kubeconfigs.remove(id);
    }),
  );
  return store;
}

/** A file, or the clipboard, with what is found in it; undefined when the person picks neither. */
async function chooseSource(): Promise<Source | undefined> {
  const text = await vscode.env.clipboard.readText();
  const clipboard = { label: `$(clippy) ${t('From the clipboard')}`, ...(await offered(text)) };
  const file = { label: `$(file) ${t('From a file…')}` };
  const picked = await vscode.window.showQuickPick([clipboard, file], { title: t('Add a kubeconfig') });
  if (picked === clipboard) return { text };
  if (picked !== file) return undefined;
  const [uri] = (await vscode.window.showOpenDialog({ title: t('Add a kubeconfig'), openLabel: t('Add') })) ?? [];
  return uri === undefined ? undefined : { text: await readFile(uri.fsPath, 'utf8'), folder: dirname(uri.fsPath) };
}

/** Names and servers, with the commands that would run for credentials, or why it is no kubeconfig. */
async function offered(text: string): Promise<{ readonly detail: string }> {
  const { readOffer } = await import('../kubeconfigEdit.ts');
  try {
    const contexts = readOffer(text);
    return {
      detail: contexts.map(({ name, server, exec }) => [name, server, exec].filter(Boolean).join(' · ')).join('\n'),
    };
  } catch (error) {
    return { detail: messageOf(error) };
  }
}
