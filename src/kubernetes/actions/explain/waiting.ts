/** Why a container does not start. The reasons are the kubelet's (pkg/kubelet/images/types.go, kuberuntime). */
import { t } from '../../../core/l10n.ts';
import type { KubeObject } from '../apiCall.ts';
import { at, listAt, textAt } from '../fields.ts';
import { endText, stepsForEnd } from './exits.ts';
import type { Explanation } from './explanation.ts';

export function explainWaiting(pod: KubeObject, status: unknown, events: readonly KubeObject[]): Explanation[] {
  const name = textAt(status, 'name');
  const reason = textAt(status, 'state', 'waiting', 'reason');
  const message = textAt(status, 'state', 'waiting', 'message') || lastMessage(events, name);
  const found = (cause: string, topic: Explanation['topic'], ...next: string[]): Explanation[] => [
    { status: reason, where: name, cause, next, topic },
  ];
  switch (reason) {
    case 'CrashLoopBackOff': {
      const before = at(status, 'lastState', 'terminated');
      const times = textAt(status, 'restartCount');
      return found(
        t(
          'The container ends soon after each start ({0} restarts), so the kubelet waits longer each time. {1}',
          times,
          endText(before),
        ),
        textAt(before, 'reason') === 'OOMKilled' ? 'memory' : 'crashes',
        ...stepsForEnd(before),
      );
    }
    case 'ErrImagePull':
    case 'ImagePullBackOff':
      return found(
        t('The image {0} cannot be pulled: {1}', imageOf(pod, name), message),
        'images',
        ...imageSteps(message),
      );
    case 'InvalidImageName':
      return found(
        t('{0} is no name of an image.', imageOf(pod, name)),
        'images',
        t('Write it as registry/name:tag, in small letters.'),
      );
    case 'ErrImageNeverPull':
      return found(
        t('The image {0} is not on the node, and imagePullPolicy: Never forbids to pull it.', imageOf(pod, name)),
        'images',
        t('Load the image onto the node, or use imagePullPolicy: IfNotPresent.'),
      );
    case 'CreateContainerConfigError':
      return found(
        t('The container’s configuration names something that is not there: {0}', message),
        'configuration',
        t('Make the ConfigMap or Secret, or the key, that the message names; or mark it optional.'),
        t('Compare names and namespace: both must be those of the pod.'),
      );
    case 'CreateContainerError':
    case 'RunContainerError':
      return found(
        t('The container runtime cannot start the container: {0}', message),
        'configuration',
        t('Check its command: the program must exist in the image and be executable.'),
        t('Check its mounts and security context.'),
      );
    case 'PodInitializing':
    case 'ContainerCreating':
    case '':
      return [];
    default:
      return found(message || t('The kubelet gives no reason.'), 'configuration', t('Read its events, newest last.'));
  }
}

function imageSteps(message: string): string[] {
  if (/unauthorized|denied|401|403|authentication required/i.test(message)) {
    return [
      t('Make a Secret of type kubernetes.io/dockerconfigjson and name it in imagePullSecrets.'),
      t('Check the name: registries answer so, too, where there is no such image.'),
    ];
  }
  if (/not found|manifest unknown|404/i.test(message)) {
    return [t('Check name and tag: the registry has no such image.'), t('Push the image, or load it onto the node.')];
  }
  if (/no such host|timeout|dial tcp|connection refused|i\/o timeout/i.test(message)) {
    return [t('The node cannot reach the registry: check its name, DNS, proxy and firewall.')];
  }
  if (/toomanyrequests|429/i.test(message)) {
    return [t('The registry limits how often one pulls: sign in, or use a mirror.')];
  }
  return [t('Check name and tag, whether the registry can be reached from the node, and imagePullSecrets.')];
}

function imageOf(pod: KubeObject, container: string): string {
  const all = [...listAt(pod, 'spec', 'initContainers'), ...listAt(pod, 'spec', 'containers')];
  return textAt(
    all.find((each) => textAt(each, 'name') === container),
    'image',
  );
}

/** What the newest failure event says about a container; waiting states often lack a message of their own. */
function lastMessage(events: readonly KubeObject[], container: string): string {
  const failing = events.filter(
    (event) =>
      /^(Failed|BackOff|InspectFailed|ErrImageNeverPull)$/.test(textAt(event, 'reason')) &&
      textAt(event, 'involvedObject', 'fieldPath').includes(`{${container}}`),
  );
  return textAt(failing.findLast((event) => textAt(event, 'reason') === 'Failed') ?? failing.at(-1), 'message');
}
