/** What is wrong with a pod. */
import { t } from '../../../core/l10n.ts';
import type { KubeObject } from '../apiCall.ts';
import { at, listAt, textAt } from '../fields.ts';
import { explainEnd } from './exits.ts';
import type { Explanation } from './explanation.ts';
import { explainWaiting } from './waiting.ts';

/** Every reason that the pod and its events give; the first is the likeliest. */
export function explainPod(pod: KubeObject, events: readonly KubeObject[]): Explanation[] {
  return [...ending(pod), ...evicted(pod), ...scheduling(pod), ...containers(pod, events), ...stuck(pod, events)];
}

function evicted(pod: KubeObject): Explanation[] {
  const reason = textAt(pod, 'status', 'reason');
  const message = textAt(pod, 'status', 'message');
  if (reason === 'Evicted') {
    return [
      {
        status: reason,
        where: '',
        cause: t('The node ran short of something and the kubelet ended this pod: {0}', message),
        next: [
          t(
            'Request as much memory and ephemeral storage as the pod really uses: those above their requests go first.',
          ),
          t('Delete the pod; its controller has made another one already.'),
        ],
        topic: 'eviction',
      },
    ];
  }
  if (reason === 'NodeLost' || reason === 'NodeShutdown' || reason === 'Terminated' || reason === 'NodeAffinity') {
    return [
      {
        status: reason,
        where: '',
        cause: t('Its node went away or does not want it any more: {0}', message),
        next: [
          t('Describe the node {0}; a controller starts the pod again elsewhere.', textAt(pod, 'spec', 'nodeName')),
        ],
        topic: 'eviction',
      },
    ];
  }
  if (reason !== 'DeadlineExceeded') return [];
  return [
    {
      status: reason,
      where: '',
      cause: t('The pod ran longer than its activeDeadlineSeconds allow.'),
      next: [t('Give it more time, or find out in its logs why it did not finish.')],
      topic: 'crashes',
    },
  ];
}

function scheduling(pod: KubeObject): Explanation[] {
  const condition = listAt(pod, 'status', 'conditions').find((each) => textAt(each, 'type') === 'PodScheduled');
  const reason = textAt(condition, 'reason');
  if (textAt(condition, 'status') !== 'False') return [];
  if (reason === 'SchedulingGated') {
    const gates = listAt(pod, 'spec', 'schedulingGates').map((gate) => textAt(gate, 'name'));
    return [
      {
        status: reason,
        where: '',
        cause: t('The pod waits until its scheduling gates are taken away: {0}', gates.join(', ')),
        next: [t('Whoever set a gate takes it away; look at what owns the pod.')],
        topic: 'scheduling',
      },
    ];
  }
  const message = textAt(condition, 'message');
  return [
    {
      status: reason || 'Pending',
      where: '',
      cause: t('No node takes the pod. The scheduler says: {0}', message),
      next: schedulingSteps(message),
      topic: 'scheduling',
    },
  ];
}

/** The words are those of kube-scheduler's plugins. */
function schedulingSteps(message: string): string[] {
  const steps: readonly (readonly [RegExp, string])[] = [
    [/Insufficient (cpu|memory|ephemeral-storage)/, t('Lower what the pod requests, end other pods, or add a node.')],
    [/untolerated taint/, t('Give the pod a toleration for the taint, or take the taint from a node.')],
    [/node affinity|node selector/, t('Compare the pod’s nodeSelector and affinity with the labels of the nodes.')],
    [/unschedulable/, t('A node is cordoned: uncordon it when its maintenance is over.')],
    [/pod anti-affinity|topology spread/, t('Its rules forbid the nodes that are left: loosen them, or add a node.')],
    [/persistentvolumeclaim|volume/i, t('Look at its PersistentVolumeClaims: one is missing or not bound.')],
    [/free ports/, t('Another pod has the host port: use a service instead of a hostPort.')],
    [/no nodes available|^0\/0/, t('The cluster has no node yet: add one.')],
  ];
  const found = steps.filter(([pattern]) => pattern.test(message)).map(([, step]) => step);
  return found.length > 0 ? found : [t('Read its events, newest last.')];
}

function containers(pod: KubeObject, events: readonly KubeObject[]): Explanation[] {
  const statuses = [...listAt(pod, 'status', 'initContainerStatuses'), ...listAt(pod, 'status', 'containerStatuses')];
  return statuses.flatMap((status) => {
    const waiting = at(status, 'state', 'waiting');
    const ended = at(status, 'state', 'terminated');
    if (waiting !== undefined) return explainWaiting(pod, status, events);
    if (ended !== undefined) return explainEnd(textAt(status, 'name'), ended, pod);
    return at(status, 'ready') === false ? notReady(status, events) : [];
  });
}

function notReady(status: unknown, events: readonly KubeObject[]): Explanation[] {
  const name = textAt(status, 'name');
  const about = (event: KubeObject): boolean => {
    const path = textAt(event, 'involvedObject', 'fieldPath');
    return textAt(event, 'reason') === 'Unhealthy' && (path === '' || path.includes(`{${name}}`));
  };
  const failing = events.filter(about).at(-1);
  const before = at(status, 'lastState', 'terminated');
  const said = textAt(failing, 'message');
  if (said === '' && before === undefined) return [];
  const probe = /^(\w+) probe/.exec(said)?.[1]?.toLowerCase() ?? '';
  return [
    {
      status: probe === '' ? 'NotReady' : `Unhealthy (${probe})`,
      where: name,
      cause:
        said === ''
          ? t('The container runs again after it ended and is not ready yet.')
          : t('Its {0} probe fails: {1}', probe, said),
      next:
        probe === 'liveness' || probe === 'startup'
          ? [
              t(
                'The kubelet restarts the container each time: compare path and port of the probe with what the program serves.',
              ),
              t('Give a slow start a startupProbe instead of a longer initialDelaySeconds.'),
              t('A liveness probe must not ask other services: it would restart a program that is well.'),
            ]
          : [
              t(
                'No service sends it calls while it is not ready: compare path and port of the probe with what the program serves.',
              ),
              t('Read its logs: it may wait for something it needs.'),
            ],
      topic: 'probes',
    },
  ];
}

function ending({ metadata }: KubeObject): Explanation[] {
  const finalizers = (metadata as { readonly finalizers?: readonly string[] }).finalizers ?? [];
  if (metadata.deletionTimestamp === undefined || finalizers.length === 0) return [];
  return [
    {
      status: 'Terminating',
      where: '',
      cause: t('It is deleted but held back by its finalizers: {0}', finalizers.join(', ')),
      next: [t('Whoever set a finalizer takes it away when its work is done; look whether that controller runs.')],
      topic: 'eviction',
    },
  ];
}

/** Pods that wait for a volume, a network or their images without a container saying so. */
function stuck(pod: KubeObject, events: readonly KubeObject[]): Explanation[] {
  if (!/^(Pending|)$/.test(textAt(pod, 'status', 'phase'))) return [];
  const failing = events.filter((event) =>
    /^Failed(Mount|AttachVolume|CreatePodSandBox|MapVolume)$/.test(textAt(event, 'reason')),
  );
  const last = failing.at(-1);
  if (last === undefined) return [];
  const reason = textAt(last, 'reason');
  const isNetwork = reason === 'FailedCreatePodSandBox';
  return [
    {
      status: reason,
      where: '',
      cause: isNetwork
        ? t('The node cannot set up the pod’s network or sandbox: {0}', textAt(last, 'message'))
        : t('The node cannot mount a volume: {0}', textAt(last, 'message')),
      next: isNetwork
        ? [t('Look at the network plugin’s pods on the node {0}.', textAt(pod, 'spec', 'nodeName'))]
        : [t('Make the ConfigMap, Secret or claim that the message names, or correct the volume.')],
      topic: isNetwork ? 'services' : 'storage',
    },
  ];
}
