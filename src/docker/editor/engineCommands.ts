/** Commands on whatever a row stands for, on folders, and on registries. */
import * as vscode from 'vscode';
import { type Disposable, DisposableStore } from '../../core/disposable.ts';
import { Failure } from '../../core/failure.ts';
import { t } from '../../core/l10n.ts';
import { formatBytes } from '../../core/storage.ts';
import { askText } from '../../editor/askText.ts';
import { givenText, registerCommand, withProgress } from '../../editor/commands.ts';
import { linesFor } from '../dockerLines.ts';
import type { Docker } from '../domain.ts';
import { number, record } from '../fields.ts';
import type { ContainerNode } from '../nodes.ts';
import {
  type Prune,
  createNetwork,
  createVolume,
  prune,
  removeNetwork,
  removeVolume,
  shellLine,
} from '../operations.ts';
import { previewLines } from '../usage.ts';
import { ask, confirmAndRemove, perform } from './containerCommands.ts';
import { confirmAndRemoveImage, copyLine } from './imageCommands.ts';
import type { CommandDeps } from './register.ts';
import { checkName } from './runForm.ts';
import { type Subject, chosenContainer, chosenEngine, subjectOf } from './subjects.ts';

export function registerEngineCommands({ log, open, documents }: CommandDeps): Disposable {
  const store = new DisposableStore();
  const subject = async (docker: Docker, node: ContainerNode | undefined): Promise<Subject | undefined> =>
    (await subjectOf(docker, node)) ?? chosenContainer(docker, undefined);
  store.add(
    registerCommand(log, 'gantry.docker.inspect', async (node) => {
      const on = await subject(await open(), node);
      if (on !== undefined) await documents.show('inspect', on);
    }),
  );
  store.add(
    registerCommand(log, 'gantry.docker.copyLine', async (node, line) => {
      const docker = await open();
      const on = await subject(docker, node);
      if (on === undefined) return;
      const items = linesFor(on.kind, on).map((words) => ({ label: shellLine(words), words }));
      const placeHolder = t('Choose a line to copy');
      const chosen = line ?? (await vscode.window.showQuickPick(items, { placeHolder }))?.words;
      if (chosen !== undefined) await copyLine(docker, on.engine, chosen);
    }),
  );
  store.add(
    registerCommand(log, 'gantry.docker.remove', async (node) => {
      const docker = await open();
      const on = await subject(docker, node);
      if (on !== undefined) await removals[on.kind](docker, on);
    }),
  );
  const create = {
    createVolume: [createVolume, () => t('Name of the volume')],
    createNetwork: [createNetwork, () => t('Name of the network')],
  } as const;
  for (const id of ['createVolume', 'createNetwork'] as const) {
    store.add(
      registerCommand(log, `gantry.docker.${id}`, async (node?: ContainerNode, name?: string) => {
        const docker = await open();
        const engine = await chosenEngine(docker, node);
        const [operation, question] = create[id];
        const chosen = engine === undefined ? undefined : (name ?? (await ask(question(), '', checkName)));
        if (engine === undefined || chosen === undefined || chosen === '') return;
        await withProgress(t('Making {0}', chosen), (_, signal) => docker.perform(engine, operation(chosen), signal));
      }),
    );
  }
  store.add(
    registerCommand(log, 'gantry.docker.prune', async (node) => {
      const docker = await open();
      const engine = await chosenEngine(docker, node);
      const kind = engine === undefined ? undefined : await chosenPrune(node);
      if (engine !== undefined && kind !== undefined) await previewAndPrune(docker, engine, kind);
    }),
  );
  return store;
}

const removals: Readonly<Record<Subject['kind'], (docker: Docker, subject: Subject) => Promise<void>>> = {
  container: confirmAndRemove,
  image: confirmAndRemoveImage,
  volume: async (docker, on) => {
    if (await sure(t('Remove the volume {0}?', on.name), t('Remove Volume'), t('What is stored in it is lost.')))
      await perform(docker, on, t('Removing {0}', on.name), removeVolume(on.name));
  },
  network: async (docker, on) => {
    if (await sure(t('Remove the network {0}?', on.name), t('Remove Network')))
      await perform(docker, on, t('Removing {0}', on.name), removeNetwork(on));
  },
};

async function sure(question: string, yes: string, detail?: string): Promise<boolean> {
  const options = { modal: true, ...(detail === undefined ? {} : { detail }) };
  return (await vscode.window.showWarningMessage(question, options, yes)) === yes;
}

const pruneNames: Readonly<Record<Prune, () => string>> = {
  containers: () => t('Stopped containers'),
  images: () => t('Dangling images'),
  allImages: () => t('All unused images'),
  volumes: () => t('Unused volumes'),
  networks: () => t('Unused networks'),
  cache: () => t('Build cache'),
};

/** A folder says what is meant; for images both kinds are. */
async function chosenPrune(node: ContainerNode | undefined): Promise<Prune | undefined> {
  const folder = node?.kind === 'folder' ? node.folder : undefined;
  if (folder === 'volumes' || folder === 'networks' || folder === 'cache') return folder;
  const kinds = Object.keys(pruneNames) as Prune[];
  const offered = folder === 'images' ? (['images', 'allImages', 'cache'] as const) : kinds;
  const items = offered.map((what) => ({ label: pruneNames[what](), what }));
  return (await vscode.window.showQuickPick(items, { placeHolder: t('Choose what to remove') }))?.what;
}

async function previewAndPrune(docker: Docker, engine: string, kind: Prune): Promise<void> {
  const name = pruneNames[kind]();
  const found = await withProgress(t('Looking for what nobody uses'), (_, signal) =>
    docker.unused(engine, kind, signal),
  );
  if (found.names.length === 0) {
    void vscode.window.showInformationMessage(t('{0}: there is nothing to remove.', name));
    return;
  }
  const question = t('{0}: remove {1}?', name, found.names.length);
  if (!(await sure(question, t('Remove'), previewLines(found).join('\n')))) return;
  const answer = await withProgress(t('Removing {0}', name), (_, signal) =>
    docker.perform(engine, prune[kind](), signal),
  );
  const freed = number(record(answer)['SpaceReclaimed']);
  void vscode.window.showInformationMessage(t('{0}: removed, {1} freed.', name, formatBytes(freed)));
}

export function registerSignIn({ log, open }: CommandDeps): Disposable {
  const store = new DisposableStore();
  const never = new AbortController().signal;
  store.add(
    registerCommand(log, 'gantry.docker.signIn', async () => {
      const docker = await open();
      const registry = await ask(t('Registry to sign in to'), 'docker.io', (name) => {
        if (!/^[\w.-]+(?::\d+)?$/.test(name))
          throw new Failure('invalid', t('{0} is no registry. Write HOST or HOST:PORT.', name));
      });
      if (registry === undefined) return;
      const username = await ask(t('User name for {0}', registry), '', () => undefined);
      if (username === undefined || username === '') return;
      const prompt = t('Password or access token of {0}', username);
      const password = await askText({ prompt, password: true });
      if (password === undefined || password === '') return;
      await withProgress(t('Signing in to {0}', registry), (_, signal) =>
        docker.signIn(registry, { username, password }, signal),
      );
      void vscode.window.showInformationMessage(t('Signed in to {0}.', registry));
    }),
  );
  store.add(
    registerCommand(log, 'gantry.docker.signOut', async (registry) => {
      const docker = await open();
      const known = (await docker.credentials.registries()).map((label) => ({ label }));
      const chosen =
        givenText(registry) ??
        (await vscode.window.showQuickPick(known, { placeHolder: t('Registry to sign out of') }))?.label;
      if (chosen === undefined) return;
      await docker.credentials.erase(chosen, never);
      void vscode.window.showInformationMessage(t('Signed out of {0}.', chosen));
    }),
  );
  return store;
}
