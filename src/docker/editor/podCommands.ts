/** From an image to the pods that run it, and from a pod's container to its image. */
import * as vscode from 'vscode';
import { type Disposable, DisposableStore } from '../../core/disposable.ts';
import { Failure } from '../../core/failure.ts';
import { t } from '../../core/l10n.ts';
import { executeCommand, registerCommand } from '../../editor/commands.ts';
import { type Commands, views } from '../../editor/contributions.ts';
import { withLateProgress } from '../../editor/lateProgress.ts';
import { type Shown, selectRow, showView } from '../../editor/revealRow.ts';
import type { Docker } from '../domain.ts';
import type { ContainerNode, ResourceNode } from '../nodes.ts';
import { sameImage } from '../reference.ts';
import type { CommandDeps } from './register.ts';
import { chosenResource } from './subjects.ts';

/** A pod that runs an image. */
export interface PodOfImage {
  readonly ref: NonNullable<Commands['gantry.kubernetes.reveal'][0]>;
  /** The context's name. */
  readonly context: string;
  readonly status: string;
}

/** What clusters know of images. */
export interface PodPorts {
  /** The pods of open clusters with a container whose image is meant. */
  readonly podsOfImage: (isMeant: (image: string) => boolean, signal: AbortSignal) => Promise<readonly PodOfImage[]>;
  /** The image of a container's row in another view, as its pod names it. Throws Failure for another row. */
  readonly imageOf: (row: NonNullable<Commands['gantry.docker.showImage'][0]>, signal: AbortSignal) => Promise<string>;
}

export function registerPodCommands(
  { log, open }: CommandDeps,
  ports: PodPorts,
  shown: Shown<ContainerNode>,
): Disposable {
  const store = new DisposableStore();
  store.add(
    registerCommand(log, 'gantry.docker.showPods', async (node) => {
      const image = await chosenResource(await open(), node, 'images');
      if (image === undefined) return;
      const pods = await withLateProgress(t('Looking for pods of {0}', image.name), (_, signal) =>
        ports.podsOfImage((name) => sameImage(name, image.name), signal),
      );
      if (pods.length === 0) return offerToLoad(image.name, node);
      const pod = pods.length === 1 ? pods[0] : await pick(pods, image.name);
      if (pod !== undefined) await executeCommand('gantry.kubernetes.reveal', pod.ref);
    }),
  );
  store.add(
    registerCommand(log, 'gantry.docker.showImage', async (row) => {
      if (row === undefined) throw new Failure('invalid', t('Choose it on a container of a pod.'));
      const { name, image } = await withLateProgress(t('Looking for the image'), async (_, signal) => {
        const named = await ports.imageOf(row, signal);
        return { name: named, image: await imageRow(await open(), named, signal) };
      });
      if (image === undefined) return offerToPull(name);
      await showView(views.containers, shown.view);
      // Its row is found from the ones above it.
      const { engine, folder } = image;
      for (const above of [undefined, { kind: 'engine', engine }, { kind: 'folder', engine, folder }] as const) {
        await shown.tree.children(above);
      }
      await selectRow(shown.view, image);
    }),
  );
  return store;
}

async function pick(pods: readonly PodOfImage[], image: string): Promise<PodOfImage | undefined> {
  const items = pods.map((pod) => ({
    label: pod.ref.name,
    description: `${pod.status} · ${pod.ref.namespace} · ${pod.context}`,
    pod,
  }));
  const placeHolder = t('{0} pods run {1}', pods.length, image);
  return (await vscode.window.showQuickPick(items, { placeHolder, matchOnDescription: true }))?.pod;
}

/** Not awaited by the command: the message may stay for long. */
function offerToLoad(image: string, node: ContainerNode | undefined): void {
  const load = t('Load Image into Cluster…');
  const nobody = t('No pod runs {0} in the clusters that you have opened.', image);
  void vscode.window
    .showInformationMessage(nobody, load)
    .then((answer) => (answer === load ? executeCommand('gantry.cluster.loadImage', node) : undefined));
}

function offerToPull(image: string): void {
  const pull = t('Pull Image');
  void vscode.window
    .showInformationMessage(t('No engine of this machine has the image {0}.', image), pull)
    .then((answer) => (answer === pull ? executeCommand('gantry.docker.pull', undefined, image) : undefined));
}

/** The row of an image in the first engine that has it. */
async function imageRow(docker: Docker, name: string, signal: AbortSignal): Promise<ResourceNode | undefined> {
  await docker.preferred();
  for (const { address: engine } of docker.engines.all) {
    const images = await (await docker.client(engine)).list('images', signal);
    const found = images.find((image) => image.name !== undefined && sameImage(image.name, name));
    if (found !== undefined) return { kind: 'resource', engine, folder: 'images', key: found.key };
  }
  return undefined;
}
