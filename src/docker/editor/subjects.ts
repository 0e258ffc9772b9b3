/** What a command is about: the row it was called on, or what the person picks when it comes from the palette. */
import * as vscode from 'vscode';
import { t } from '../../core/l10n.ts';
import { formatBytes } from '../../core/storage.ts';
import { stateText } from '../stateText.ts';
import type { Container } from '../containers.ts';
import type { Docker } from '../domain.ts';
import type { ContainerNode } from '../nodes.ts';
import type { Inspectable, Named } from '../operations.ts';
import type { ThingFolder } from '../resources.ts';

/** A thing of one engine. */
export interface Subject extends Named {
  readonly engine: string;
  readonly kind: Inspectable;
}

const kinds = { images: 'image', volumes: 'volume', networks: 'network' } as const;
const never = new AbortController().signal;

/** The container of the row, or a picked one among those that `fits`; undefined when the person picks none. */
export async function chosenContainer(
  docker: Docker,
  node: ContainerNode | undefined,
  fits: (container: Container) => boolean = () => true,
  placeHolder = t('Choose a container'),
): Promise<Subject | undefined> {
  if (node?.kind === 'container') {
    const name = docker.tree().describe(node).tooltip === undefined ? node.id : await nameOf(docker, node);
    return { engine: node.engine, id: node.id, name, kind: 'container' };
  }
  const listed = (await docker.list(never)).filter(({ container }) => fits(container));
  const items = listed.map(({ engine, container }) => ({
    label: container.name,
    description: `${stateText(container)} · ${container.image}`,
    subject: { engine, id: container.id, name: container.name, kind: 'container' } as const,
  }));
  return pick(items, placeHolder);
}

/** Containers whose logs are wanted: the row's, all of a project, or as many as the person picks. */
export async function chosenForLogs(docker: Docker, node: ContainerNode | undefined): Promise<readonly Subject[]> {
  if (node?.kind === 'container') {
    const container = await chosenContainer(docker, node);
    return container === undefined ? [] : [container];
  }
  const listed = await docker.list(never);
  const subjects = (of: typeof listed): Subject[] =>
    of.map(({ engine, container: { id, name } }) => ({ engine, id, name, kind: 'container' }));
  if (node?.kind === 'project') {
    return subjects(
      listed.filter(({ engine, container }) => engine === node.engine && container.project === node.project),
    );
  }
  const items = subjects(listed).map((subject) => ({ label: subject.name, subject }));
  const options = { placeHolder: t('Choose containers'), canPickMany: true } as const;
  return ((await vscode.window.showQuickPick(items, options)) ?? []).map(({ subject }) => subject);
}

/** A row shows the service's name; what the engine and the docker command know is the container's. */
async function nameOf(docker: Docker, { engine, id }: { engine: string; id: string }): Promise<string> {
  return (await docker.container({ engine, id }, never)).name;
}

const questions: Readonly<Record<ThingFolder, () => string>> = {
  images: () => t('Choose an image'),
  volumes: () => t('Choose a volume'),
  networks: () => t('Choose a network'),
};

/** The image, volume or network of the row, or a picked one. An image is named by its tag, else by its id. */
export async function chosenResource(
  docker: Docker,
  node: ContainerNode | undefined,
  folder: ThingFolder,
): Promise<Subject | undefined> {
  if (node?.kind === 'resource') return subjectOf(docker, node);
  const engine = await chosenEngine(docker, node);
  if (engine === undefined) return undefined;
  const client = await docker.client(engine);
  const items =
    folder === 'images'
      ? (await client.list('images', never)).map(({ id, name = id, bytes }) =>
          item(engine, 'image', id, name, formatBytes(bytes)),
        )
      : folder === 'volumes'
        ? (await client.list('volumes', never)).map(({ key, driver }) => item(engine, 'volume', key, key, driver))
        : (await client.list('networks', never)).map(({ key, name, driver }) =>
            item(engine, 'network', key, name, driver),
          );
  return pick(items, questions[folder]());
}

/** The thing of a row, whatever it is; undefined for rows that are none. */
export async function subjectOf(docker: Docker, node: ContainerNode | undefined): Promise<Subject | undefined> {
  if (node?.kind === 'container') return chosenContainer(docker, node);
  if (node?.kind !== 'resource') return undefined;
  const { engine, folder, key } = node;
  if (folder === 'cache') return undefined;
  const [id = '', name = id] = folder === 'images' ? key.split(' ') : [key];
  const shown = folder === 'networks' ? docker.tree().describe(node).label : name;
  return { engine, id, name: shown, kind: kinds[folder] };
}

/** The engine of the row, the only one there is, or a picked one. */
export async function chosenEngine(docker: Docker, node?: ContainerNode): Promise<string | undefined> {
  if (node?.engine !== undefined) return node.engine;
  const preferred = await docker.preferred();
  if (docker.engines.all.length === 1) return preferred.address;
  const items = docker.engines.all.map(({ name, address }) => ({ label: name, description: address, address }));
  return (await vscode.window.showQuickPick(items, { placeHolder: t('Choose an engine') }))?.address;
}

interface Item extends vscode.QuickPickItem {
  readonly subject: Subject;
}

const item = (engine: string, kind: Inspectable, id: string, name: string, description: string): Item => ({
  label: name,
  description,
  subject: { engine, id, name, kind },
});

async function pick(items: readonly Item[], placeHolder: string): Promise<Subject | undefined> {
  if (items.length === 0) {
    void vscode.window.showInformationMessage(t('There is nothing to choose from.'));
    return undefined;
  }
  return (await vscode.window.showQuickPick(items, { placeHolder, matchOnDescription: true }))?.subject;
}
