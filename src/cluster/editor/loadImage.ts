/** "Load Image into Cluster…", from an image's row, from a cluster's row, and from the palette. */
import * as vscode from 'vscode';
import type { Disposable } from '../../core/disposable.ts';
import { Failure } from '../../core/failure.ts';
import { t } from '../../core/l10n.ts';
import { givenText, registerCommand, withProgress } from '../../editor/commands.ts';
import type { Commands } from '../../editor/contributions.ts';
import type { Cluster } from '../domain.ts';
import { clusterOf, kindText } from './choose.ts';
import type { ClusterEditorDeps } from './register.ts';

type Row = Commands['gantry.cluster.loadImage'][0];

/** An image, and the address of the engine that has it where that is known. */
interface Source {
  readonly image: string;
  readonly engine?: string;
}

const never = new AbortController().signal;

export function registerLoadImage({ log, domain, serverOf }: ClusterEditorDeps): Disposable {
  return registerCommand(log, 'gantry.cluster.loadImage', async (row, given) => {
    const cluster = await domain();
    const name = await targetOf(cluster, row, serverOf);
    if (name === undefined) return;
    const source = sourceOf(row, givenText(given)) ?? (await askImage(cluster, name));
    if (source === undefined) return;
    const { image, engine } = source;
    const loaded = await withProgress(t('Loading {0} into {1}', image, name), (report, signal) =>
      cluster.load(image, report, signal, name, engine),
    );
    const done = loaded === 'loaded' ? t('{0} is in the cluster {1}.', image, name) : t('{0} was in the cluster {1} already.', image, name); // prettier-ignore
    void vscode.window.showInformationMessage([done, ...pullHint(image)].join(' '));
  });
}

/** A row of an image tells which one. */
function sourceOf(row: Row, given: string | undefined): Source | undefined {
  if (row?.kind !== 'resource') return given === undefined ? undefined : { image: given };
  const [id = '', name = id] = row.key.split(' ');
  return { image: given ?? name, engine: row.engine };
}

/** Name of the cluster that is meant: the row's, the only one that takes images, or a picked one. Throws Failure. */
async function targetOf(
  cluster: Cluster,
  row: Row,
  serverOf: ClusterEditorDeps['serverOf'],
): Promise<string | undefined> {
  const isPlace = row?.kind === 'localCluster' || row?.kind === 'context';
  const named = isPlace ? clusterOf(cluster, row) : undefined;
  if (named !== undefined) return named.name;
  if (row?.kind === 'context') return otherAt(cluster, row.name, await serverOf(row.context));
  await cluster.refresh();
  const ours = cluster.clusters().filter(({ kind, phase }) => kind === 'container' && phase === 'running');
  const items = [
    ...ours.map(({ name, kind }) => ({ label: name, description: kindText(kind) })),
    ...(await others(cluster)).map(({ name }) => ({ label: name })),
  ];
  if (items.length === 1) return items[0]!.label;
  if (items.length === 0) {
    throw new Failure('notFound', t('No cluster in a container runs. Create one: "Create Local Cluster", then "Container".')); // prettier-ignore
  }
  return (await vscode.window.showQuickPick(items, { placeHolder: t('Choose a cluster') }))?.label;
}

/** Without an engine there is no cluster of another program either. */
const others = (cluster: Cluster): ReturnType<Cluster['others']> => cluster.others(never).catch(() => []);

/** The cluster of kind or k3d whose containers publish the port at which a context's API server is. Throws Failure `notFound`. */
async function otherAt(cluster: Cluster, context: string, server: string | undefined): Promise<string> {
  const port = server === undefined ? Number.NaN : Number(new URL(server).port || 443);
  const found = (await cluster.others(never)).find(({ ports }) => ports.includes(port));
  if (found !== undefined) return found.name;
  throw new Failure('notFound', t('No container of kind or k3d on the engine serves the context {0}.', context));
}

async function askImage(cluster: Cluster, name: string): Promise<Source | undefined> {
  const names = await cluster.images(never, name);
  const image = await vscode.window.showQuickPick([...names], { placeHolder: t('Choose an image') });
  return image === undefined ? undefined : { image };
}

/** Kubernetes asks a registry for what is called latest, each time, unless told otherwise. */
const pullHint = (image: string): string[] =>
  /:(?!latest$)[^/]+$|@/.test(image) ? [] : [t('Pods that name it need "imagePullPolicy: IfNotPresent".')];
