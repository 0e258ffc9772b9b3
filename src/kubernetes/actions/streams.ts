/**
 * Actions that open a stream: logs, a terminal, a forwarded port. Here is whom they apply to, what they need and what
 * they send; `logs/`, `streams/` and `forward/` run them with the same requests.
 */
import { t } from '../../core/l10n.ts';
import { type ApiResource, known } from '../apiResource.ts';
import { type LogQuery, logCall } from '../logs/logCall.ts';
import { portRequest } from '../streams/portStream.ts';
import { remoteRequest } from '../streams/remoteCommand.ts';
import { shellCommand } from '../streams/shell.ts';
import { type Action, type Need, type Subject, isKind } from './action.ts';
import { type KubeObject, streamCall } from './apiCall.ts';
import { inNamespace, kubectl, typeAndName } from './commandLine.ts';
import { listAt, numberAt, textAt } from './fields.ts';
import { containersOf, podBehind, podsBehind, usualContainer } from './pods.ts';

const workload = isKind('Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet', 'Job');
const isPod = isKind('Pod');
const podOrWorkload = (api: ApiResource): boolean => isPod(api) || workload(api);

/** A right on a part of pods, whatever the row is. WebSockets are opened by GET. */
const onPods = (part: string) => (): Need => ({ verb: 'get', group: '', resource: `pods/${part}` });

const logs = (id: string, title: () => string, example: LogQuery): Action<LogQuery> => ({
  id,
  title,
  effect: 'none',
  applies: example.previous === true ? isPod : podOrWorkload,
  rows: example.previous === true ? ['container'] : ['container', 'workload'],
  needs: onPods('log'),
  example: () => example,
  plan: async (subject, query) => {
    const pods = await podsBehind(subject);
    const all = pods.flatMap((pod) => containersOf(pod).map((container) => [pod, container] as const));
    const { ref, target } = subject;
    const which =
      ref.kind !== 'Pod'
        ? [typeAndName(ref), '--all-pods', '--all-containers', '--prefix']
        : all.length === 1
          ? [ref.name, '-c', all[0]![1]]
          : [ref.name, '--all-containers', '--prefix'];
    return {
      calls: all.map(([{ metadata }, container]) =>
        logCall({ namespace: metadata.namespace ?? '', pod: metadata.name, container }, query),
      ),
      kubectl: kubectl(target, [...inNamespace(ref), 'logs', ...which, ...logFlags(query)]),
    };
  },
});

const logFlags = ({ follow, previous, tail, sinceSeconds }: LogQuery): string[] => [
  '--timestamps',
  ...(follow ? ['--follow'] : []),
  ...(previous === true ? ['--previous'] : []),
  ...(tail === undefined ? [] : [`--tail=${tail}`]),
  ...(sinceSeconds === undefined ? [] : [`--since=${sinceSeconds}s`]),
];

/** Lines of the past that a log begins with. */
export const logTail = 1000;

export const showLogs = logs('showLogs', () => t('Show Logs'), { follow: true, tail: logTail });
export const showPreviousLogs = logs('showPreviousLogs', () => t('Show Previous Logs'), {
  follow: false,
  previous: true,
});
export const showLogsSince = logs('showLogsSince', () => t('Show Logs Since'), { follow: true, sinceSeconds: 300 });

/** A container and what runs in it; the container is the pod's usual one where it is left out. */
export interface Run {
  readonly container?: string | undefined;
  readonly command: readonly string[];
}

const shell = (id: string, title: () => string, command: readonly string[]): Action<Run> => ({
  id,
  title,
  effect: 'none',
  applies: podOrWorkload,
  rows: ['container', 'workload'],
  needs: onPods('exec'),
  example: () => ({ command }),
  plan: async (subject, run) => {
    const { pod, container } = await placeOf(subject, run.container);
    const place = { namespace: subject.ref.namespace, pod, container };
    return {
      calls: [streamCall(remoteRequest(place, { command: run.command, stdin: true, tty: true }))],
      kubectl: kubectl(subject.target, [
        ...inNamespace(subject.ref),
        ...['exec', '-it', pod, '-c', container, '--', ...run.command],
      ]),
    };
  },
});

export const openShell = shell('openShell', () => t('Open Shell'), shellCommand('auto'));
export const openOtherShell = shell('openOtherShell', () => t('Open Another Shell'), ['bash']);

/** The input is the container. */
export const attach: Action<string | undefined> = {
  id: 'attach',
  title: () => t('Attach'),
  effect: 'none',
  applies: isPod,
  rows: ['container'],
  needs: onPods('attach'),
  example: ({ object }) => usualContainer(object),
  plan: (subject, input) => {
    const { ref, object, target } = subject;
    const container = input ?? usualContainer(object);
    const takes = takesInput(object, container);
    const flags = [takes.stdin ? '-i' : '', takes.tty ? '-t' : ''].filter(Boolean);
    const place = { namespace: ref.namespace, pod: ref.name, container };
    return {
      calls: [streamCall(remoteRequest(place, { command: undefined, ...takes }))],
      kubectl: kubectl(target, [...inNamespace(ref), 'attach', ...flags, ref.name, '-c', container]),
    };
  },
};

/** What a container's main process was given: attaching must ask for the same. */
export function takesInput(pod: KubeObject, container: string): { readonly stdin: boolean; readonly tty: boolean } {
  const all = [...listAt(pod, 'spec', 'containers'), ...listAt(pod, 'spec', 'ephemeralContainers')];
  const spec = all.find((each) => textAt(each, 'name') === container);
  return { stdin: textAt(spec, 'stdin') === 'true', tty: textAt(spec, 'tty') === 'true' };
}

async function placeOf(
  subject: Subject,
  container: string | undefined,
): Promise<{ readonly pod: string; readonly container: string }> {
  const pod = await podBehind(subject);
  return { pod: pod.metadata.name, container: container ?? usualContainer(pod) };
}

export interface Ports {
  /** 0 for any that is free. */
  readonly localPort: number;
  readonly remotePort: number;
}

export const forwardPort: Action<Ports> = {
  id: 'forwardPort',
  title: () => t('Forward Port'),
  effect: 'none',
  applies: (api) => podOrWorkload(api) || isService(api),
  rows: ['port', 'workload'],
  needs: onPods('portforward'),
  example: ({ ref, object }) => {
    const remotePort = firstPort(ref.kind, object) ?? 8080;
    return { localPort: remotePort, remotePort };
  },
  plan: async (subject, { localPort, remotePort }) => {
    const { ref, object, target } = subject;
    const pod = await podBehind(subject);
    const port = ref.kind === 'Service' ? targetPort(object, pod, remotePort) : remotePort;
    const here = localPort === 0 ? '' : String(localPort);
    return {
      calls: [streamCall(portRequest({ namespace: ref.namespace, pod: pod.metadata.name, port }))],
      kubectl: kubectl(target, [...inNamespace(ref), 'port-forward', typeAndName(ref), `${here}:${remotePort}`]),
    };
  },
};

const isService = isKind(known.services.kind);

function firstPort(kind: string, object: KubeObject): number | undefined {
  if (kind === 'Service') return numberAt(object, 'spec', 'ports', 0, 'port');
  const spec = kind === 'Pod' ? ['spec'] : ['spec', 'template', 'spec'];
  const ports = listAt(object, ...spec, 'containers').flatMap((container) => listAt(container, 'ports'));
  return numberAt(ports[0], 'containerPort');
}

/** The port of a pod behind a service's port; the service's own where it names none that the pod has. */
function targetPort(service: KubeObject, pod: KubeObject, port: number): number {
  const entry = listAt(service, 'spec', 'ports').find((each) => numberAt(each, 'port') === port);
  const name = textAt(entry, 'targetPort');
  if (/^\d+$/.test(name)) return Number(name);
  const ports = listAt(pod, 'spec', 'containers').flatMap((container) => listAt(container, 'ports'));
  return (
    numberAt(
      ports.find((each) => textAt(each, 'name') === name),
      'containerPort',
    ) ?? port
  );
}
