/** The pods that run an image, in clusters that were opened, for no other is asked; and the image of a container. */
import { Failure } from '../core/failure.ts';
import { t } from '../core/l10n.ts';
import { type ObjectRef, known } from './apiResource.ts';
import type { Kubernetes } from './domain.ts';
import type { KubernetesNode } from './nodes.ts';
import { type PodRow, keyOf } from './rows.ts';
import { complete } from './complete.ts';

/** A pod, and what a person knows it by. */
export interface RunningPod {
  readonly ref: ObjectRef;
  /** The context's name. */
  readonly context: string;
  /** As kubectl prints it. */
  readonly status: string;
}

/** @param isMeant told of the images of a pod's containers, as it names them. */
export async function podsOfImage(
  { store, contexts }: Pick<Kubernetes, 'store' | 'contexts'>,
  isMeant: (image: string) => boolean,
  signal: AbortSignal,
): Promise<readonly RunningPod[]> {
  const found = await Promise.all([...store.answering].map((context) => podsIn(store, context, isMeant, signal)));
  return found.flat().map(({ context, pod }) => ({
    ref: { ...known.pods, context, namespace: pod.namespace, name: pod.name },
    context: contexts.get(context)?.name ?? context,
    status: pod.status,
  }));
}

/** None where they may not be listed over all namespaces. */
async function podsIn(
  store: Kubernetes['store'],
  context: string,
  isMeant: (image: string) => boolean,
  signal: AbortSignal,
): Promise<{ readonly context: string; readonly pod: PodRow }[]> {
  const look = store.look({ context, kind: 'pods' });
  try {
    await complete(look, signal);
    return [...look.rows.values()]
      .filter(({ containers }) => containers.some(({ image }) => isMeant(image)))
      .sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))
      .map((pod) => ({ context, pod }));
  } finally {
    look.dispose();
  }
}

/** The image of a container's row, as its pod names it. Throws Failure: `invalid` for another row, `notFound`, `cancelled`. */
export async function imageOf(
  { store }: Pick<Kubernetes, 'store'>,
  row: KubernetesNode,
  signal: AbortSignal,
): Promise<string> {
  if (row.kind !== 'container') throw new Failure('invalid', t('Choose it on a container of a pod.'));
  const { context, namespace, pod, name } = row;
  const look = store.look({ context, kind: 'pods', namespace });
  try {
    await complete(look, signal);
    const containers = look.rows.get(keyOf({ namespace, name: pod }))?.containers ?? [];
    const image = containers.find((one) => one.name === name)?.image ?? '';
    if (image === '') throw new Failure('notFound', t('{0} has no container {1} any more.', pod, name));
    return image;
  } finally {
    look.dispose();
  }
}
