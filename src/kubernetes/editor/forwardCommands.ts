/** Commands on forwarded ports. */
import * as vscode from 'vscode';
import { type Disposable, DisposableStore } from '../../core/disposable.ts';
import { Failure } from '../../core/failure.ts';
import { t } from '../../core/l10n.ts';
import { askText } from '../../editor/askText.ts';
import { registerCommand } from '../../editor/commands.ts';
import { forwardPort } from '../actions/streams.ts';
import { type ObjectRef, objectOf } from '../apiResource.ts';
import type { Kubernetes } from '../domain.ts';
import type { ForwardState } from '../forward/forwards.ts';
import { type ForwardSpec, parsePorts } from '../forward/spec.ts';
import type { KubernetesNode } from '../nodes.ts';
import { complete } from '../complete.ts';
import { readPod } from '../streams/readPod.ts';
import { type StreamCommandDeps, withContexts } from './streamCommands.ts';

export function registerForwardCommands({ log, kubernetes: domain, selected }: StreamCommandDeps): Disposable {
  const store = new DisposableStore();
  const kubernetes = (): Promise<Kubernetes> => withContexts(domain);
  store.add(
    registerCommand(log, 'gantry.kubernetes.forwardPort', async (node, ports) => {
      const domain = await kubernetes();
      const subject = subjectOf(node ?? selected());
      const typed = ports ?? (await askForPorts(domain, subject));
      if (typed === undefined) return;
      const { address } = await domain.forwards.start({ ...subject.target, ...parsePorts(typed) });
      const copy = t('Copy Address');
      const sentence = t('{0} forwards to {1}', address ?? '', subject.target.name);
      void vscode.window.showInformationMessage(sentence, copy).then((chosen) => {
        if (chosen === copy) void vscode.env.clipboard.writeText(address ?? '');
      });
    }),
  );
  store.add(
    registerCommand(log, 'gantry.kubernetes.stopForward', async (node) => {
      const { forwards } = await kubernetes();
      forwards.stop((await forwardOf(forwards.states(), node ?? selected())).key);
    }),
  );
  store.add(
    registerCommand(log, 'gantry.kubernetes.copyForwardAddress', async (node) => {
      const { address } = await forwardOf((await kubernetes()).forwards.states(), node ?? selected());
      await vscode.env.clipboard.writeText(address ?? '');
    }),
  );
  return store;
}

interface Subject {
  readonly target: Pick<ForwardSpec, 'context' | 'namespace' | 'kind' | 'name'>;
  /** The port that the row stands for. */
  readonly port: string | undefined;
}

function subjectOf(node: KubernetesNode | undefined): Subject {
  switch (node?.kind) {
    case 'pod':
      return { target: place(node, 'Pod', node.name), port: undefined };
    case 'service':
      return { target: place(node, 'Service', node.name), port: undefined };
    case 'port':
      return { target: place(node, 'Service', node.service), port: /^\d+/.exec(node.port)?.[0] };
    case 'workload':
      return { target: place(node, node.workload, node.name), port: undefined };
    default:
      return objectSubject(node && objectOf(node));
  }
}

/** An object of a list of all kinds, which may be a pod, a service or a workload. */
function objectSubject(ref: ObjectRef | undefined): Subject {
  if (ref !== undefined && forwardPort.applies(ref)) return { target: place(ref, ref.kind, ref.name), port: undefined };
  throw new Failure('invalid', t('Select a pod, a service or a workload first.'));
}

const place = (
  { context, namespace }: { readonly context: string; readonly namespace: string },
  kind: string,
  name: string,
): Subject['target'] => ({ context, namespace, kind, name });

/** Undefined when the person leaves. */
async function askForPorts(kubernetes: Kubernetes, { target, port }: Subject): Promise<string | undefined> {
  return askText({
    title: t('Ports to forward: {0}', target.name),
    prompt: t('8080, or 9000:8080 for port 9000 here, or :8080 for any free one'),
    // What cannot be found out is only not suggested.
    value: port ?? (await suggestion(kubernetes, target).catch(() => '')),
    validateInput: (text) => {
      try {
        parsePorts(text);
        return undefined;
      } catch (error) {
        return (error as Error).message;
      }
    },
  });
}

/** The first port that the subject says it has; empty when it names none. */
async function suggestion({ store, contexts }: Kubernetes, target: Subject['target']): Promise<string> {
  const { context, namespace, kind, name } = target;
  const signal = AbortSignal.timeout(5_000);
  if (kind === 'Service') {
    const look = store.look({ context, kind: 'services', namespace });
    try {
      await complete(look, signal);
      return /^\d+/.exec(look.rows.get(`${namespace}/${name}`)?.ports[0]?.text ?? '')?.[0] ?? '';
    } finally {
      look.dispose();
    }
  }
  const look = store.look({ context, kind: 'pods', namespace });
  try {
    await complete(look, signal);
    const pods = [...look.rows.values()];
    const pod = kind === 'Pod' ? name : pods.find((each) => each.ownerKind === kind && each.ownerName === name)?.name;
    if (pod === undefined) return '';
    const { spec } = await readPod(contexts.connect(context), namespace, pod, signal);
    return String(spec.containers.flatMap(({ ports }) => ports ?? [])[0]?.containerPort ?? '');
  } finally {
    look.dispose();
  }
}

/** The forward of the row; the only one, or one that the person picks, where no row is meant. */
async function forwardOf(states: readonly ForwardState[], node: KubernetesNode | undefined): Promise<ForwardState> {
  const items = states.map((state) => ({ label: state.address ?? '', description: state.spec.name, state }));
  const found =
    node?.kind === 'forward'
      ? states.find(({ key }) => key === node.key)
      : items.length > 1
        ? (await vscode.window.showQuickPick(items))?.state
        : states[0];
  if (found === undefined) throw new Failure('notFound', t('Select a port forward first.'));
  return found;
}
