/** Commands on images and registries. */
import { createReadStream, createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import * as vscode from 'vscode';
import { type Disposable, DisposableStore } from '../../core/disposable.ts';
import { Failure } from '../../core/failure.ts';
import { t } from '../../core/l10n.ts';
import { formatBytes } from '../../core/storage.ts';
import { registerCommand, withProgress } from '../../editor/commands.ts';
import type { Docker } from '../domain.ts';
import { engineFailure } from '../failures.ts';
import { inspect, load, removeImage, save, shellLine, tagImage } from '../operations.ts';
import { parseReference } from '../reference.ts';
import { createContainer, offerOf } from '../runSpec.ts';
import { ask, perform } from './containerCommands.ts';
import { showProgress } from './progress.ts';
import type { CommandDeps } from './register.ts';
import { askRun } from './runForm.ts';
import { type Subject, chosenEngine, chosenResource } from './subjects.ts';

const never = new AbortController().signal;

export function registerImageCommands({ log, open, documents }: CommandDeps): Disposable {
  const store = new DisposableStore();
  store.add(
    registerCommand(log, 'gantry.docker.run', async (node, spec) => {
      const docker = await open();
      const image = await chosenResource(docker, node, 'images');
      if (image === undefined) return;
      const offer = offerOf(await docker.perform(image.engine, inspect.image(image), never));
      const answer = spec === undefined ? await askRun(image.name, offer) : { spec, choice: 'run' as const };
      if (answer?.choice === 'copy') await copyLine(docker, image.engine, createContainer(answer.spec).line);
      if (answer?.choice !== 'run') return;
      await withProgress(t('Starting {0}', image.name), (_, signal) => docker.run(image.engine, answer.spec, signal));
    }),
  );
  store.add(
    registerCommand(log, 'gantry.docker.pull', async (node, name) => {
      const docker = await open();
      const engine = await chosenEngine(docker, node);
      if (engine === undefined) return;
      const row = node?.kind === 'resource' ? (await chosenResource(docker, node, 'images'))?.name : undefined;
      const chosen = name ?? row ?? (await ask(t('Image to pull, as NAME:TAG'), '', parseReference));
      if (chosen === undefined) return;
      await showProgress(t('Pulling {0}', chosen), (signal) => docker.transfer(engine, 'pull', chosen, signal));
    }),
  );
  store.add(
    registerCommand(log, 'gantry.docker.push', async (node) => {
      const docker = await open();
      const image = await chosenResource(docker, node, 'images');
      if (image === undefined) return;
      await showProgress(t('Pushing {0}', image.name), (signal) =>
        docker.transfer(image.engine, 'push', image.name, signal),
      );
    }),
  );
  store.add(
    registerCommand(log, 'gantry.docker.tag', async (node, name) => {
      const docker = await open();
      const image = await chosenResource(docker, node, 'images');
      if (image === undefined) return;
      const prompt = t('Another name for {0}, as NAME:TAG', image.name);
      const chosen = name ?? (await ask(prompt, image.name.startsWith('sha256:') ? '' : image.name, parseReference));
      if (chosen !== undefined) await perform(docker, image, t('Making {0}', chosen), tagImage(image.name, chosen));
    }),
  );
  store.add(
    registerCommand(log, 'gantry.docker.history', async (node) => {
      const image = await chosenResource(await open(), node, 'images');
      if (image !== undefined) await documents.show('history', image);
    }),
  );
  store.add(
    registerCommand(log, 'gantry.docker.save', async (node, file) => {
      const docker = await open();
      const image = await chosenResource(docker, node, 'images');
      if (image === undefined) return;
      const proposed = vscode.Uri.file(join(folder(), `${image.name.replaceAll(/[^\w.-]+/g, '_')}.tar`));
      const target = file ?? (await vscode.window.showSaveDialog({ defaultUri: proposed, filters: { tar: ['tar'] } }));
      if (target !== undefined) await saveTo(docker, image, target.fsPath);
    }),
  );
  store.add(
    registerCommand(log, 'gantry.docker.load', async (node, file) => {
      const docker = await open();
      const engine = await chosenEngine(docker, node);
      if (engine === undefined) return;
      const filters = { tar: ['tar', 'tgz', 'gz'] };
      const chosen =
        file ?? (await vscode.window.showOpenDialog({ filters, defaultUri: vscode.Uri.file(folder()) }))?.[0];
      if (chosen === undefined) return;
      const lines = await showProgress(t('Loading {0}', chosen.fsPath), (signal) =>
        docker.progress(engine, load(chosen.fsPath), signal, createReadStream(chosen.fsPath)),
      );
      const said = lines.map(({ output = '' }) => output.trim()).filter(Boolean);
      void vscode.window.showInformationMessage(said.at(-1) ?? t('Loaded {0}', chosen.fsPath));
    }),
  );
  return store;
}

/** Where file dialogs begin. */
const folder = (): string => vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? homedir();

/** The docker line on the clipboard; the engine is named unless the docker command would choose it. */
export async function copyLine(docker: Docker, engine: string, line: readonly string[]): Promise<void> {
  const usual = docker.engines.all[0]?.address === engine;
  await vscode.env.clipboard.writeText(shellLine(line, usual ? undefined : engine));
  vscode.window.setStatusBarMessage(t('Copied.'), 3000);
}

/** A file that is not complete is removed. */
async function saveTo(docker: Docker, image: Subject, path: string): Promise<void> {
  await withProgress(t('Saving {0}', image.name), async (report, signal) => {
    const { api } = await docker.client(image.engine);
    const archive = await api.stream(save(image.name, path).request, signal);
    let bytes = 0;
    archive.on('data', (chunk: Buffer) => report(formatBytes((bytes += chunk.length))));
    try {
      await pipeline(archive, createWriteStream(path), { signal });
    } catch (error) {
      await rm(path, { force: true });
      signal.throwIfAborted();
      throw engineFailure(error, image.engine);
    }
  });
}

/** Asks first. An image that has other names, or that a container uses, is refused by the engine in its own words. */
export async function confirmAndRemoveImage(docker: Docker, image: Subject): Promise<void> {
  const remove = t('Remove Image');
  const question = t('Remove the image {0}?', image.name);
  const detail = t('Its layers go when no other image needs them.');
  if ((await vscode.window.showWarningMessage(question, { modal: true, detail }, remove)) !== remove) return;
  try {
    await perform(docker, image, t('Removing {0}', image.name), removeImage(image.name, false));
  } catch (error) {
    if (!(error instanceof Failure) || error.kind !== 'conflict') throw error;
    const force = t('Remove Anyway');
    const again = await vscode.window.showWarningMessage(error.message, { modal: true }, force);
    if (again === force) await perform(docker, image, t('Removing {0}', image.name), removeImage(image.name, true));
  }
}
