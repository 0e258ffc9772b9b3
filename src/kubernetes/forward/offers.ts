/** The ports behind a row of the Pods and Services views that somebody can be forwarded to. */
import { Failure } from '../../core/failure.ts';
import { t } from '../../core/l10n.ts';

import type { Kubernetes } from '../domain.ts';
import type { KubernetesNode } from '../nodes.ts';
import type { PodRow } from '../rows.ts';
import { complete } from '../complete.ts';
import type { WatchState } from '../watchState.ts';
import { readPod } from '../streams/readPod.ts';
import type { ForwardSpec } from './spec.ts';

export interface OfferedPort extends Pick<ForwardSpec, 'context' | 'namespace' | 'kind' | 'name'> {
  readonly port: number;
  /** Empty where the port has none. */
  readonly portName: string;
}

/**
 * A pod that belongs to a workload is offered as the workload: whatever replaces the pod takes over. Throws Failure
 * `invalid` for a row that has no ports.
 */
export async function offeredPorts(
  kubernetes: Pick<Kubernetes, 'store' | 'contexts'>,
  node: KubernetesNode,
  signal: AbortSignal,
): Promise<readonly OfferedPort[]> {
  await kubernetes.contexts.loaded();
  switch (node.kind) {
    case 'service':
    case 'port': {
      const service = node.kind === 'port' ? node.service : node.name;
      const ports = await servicePorts(kubernetes, { ...node, name: service }, signal);
      return node.kind === 'port' ? ports.filter(({ port }) => String(port) === /^\d+/.exec(node.port)?.[0]) : ports;
    }
    case 'pod':
      return podPorts(kubernetes, node, ({ name }) => name === node.name, signal);
    case 'workload':
      return podPorts(
        kubernetes,
        node,
        ({ ownerKind, ownerName }) => ownerKind === node.workload && ownerName === node.name,
        signal,
      );
    default:
      throw new Failure('invalid', t('Select a pod, a service or a workload first.'));
  }
}

interface Place {
  readonly context: string;
  readonly namespace: string;
  readonly name: string;
}

async function servicePorts(
  { store }: Pick<Kubernetes, 'store'>,
  { context, namespace, name }: Place,
  signal: AbortSignal,
): Promise<OfferedPort[]> {
  const look = store.look({ context, kind: 'services', namespace });
  try {
    await complete(look, signal);
    throwIfFailed(look.state());
    const ports = look.rows.get(`${namespace}/${name}`)?.ports ?? [];
    return ports
      .filter(({ text }) => text.endsWith('/TCP'))
      .map((each) => ({
        context,
        namespace,
        kind: 'Service',
        name,
        port: Number(/^\d+/.exec(each.text)?.[0]),
        portName: each.name,
      }));
  } finally {
    look.dispose();
  }
}

async function podPorts(
  { store, contexts }: Pick<Kubernetes, 'store' | 'contexts'>,
  { context, namespace, name }: Place,
  isMeant: (pod: PodRow) => boolean,
  signal: AbortSignal,
): Promise<OfferedPort[]> {
  const look = store.look({ context, kind: 'pods', namespace });
  try {
    await complete(look, signal);
    throwIfFailed(look.state());
    const pod = [...look.rows.values()].find((each) => each.namespace === namespace && isMeant(each));
    if (pod === undefined) throw new Failure('notFound', t('{0} has no pod in namespace {1}.', name, namespace));
    const { spec } = await readPod(contexts.connect(context), namespace, pod.name, signal);
    const owner = pod.ownerKind === '' ? { kind: 'Pod', name: pod.name } : { kind: pod.ownerKind, name: pod.ownerName };
    return spec.containers
      .flatMap(({ ports }) => ports ?? [])
      .filter(({ protocol = 'TCP' }) => protocol === 'TCP')
      .map((each) => ({ context, namespace, ...owner, port: each.containerPort, portName: each.name ?? '' }));
  } finally {
    look.dispose();
  }
}

/** Nothing is known of a list that could not be had; that it holds no port would not be true. */
function throwIfFailed(state: WatchState): void {
  if (state.state === 'failed') throw state.failure;
}
