/** The status of a pod or container, which kubectl has as one word of its own, as a screen reader can say it. */
import { t } from '../core/l10n.ts';

/** @param status as `podStatus` and a container's row have it; one that is not known here stays as it is. */
export function statusText(status: string): string {
  const [, kind, rest = ''] = /^(Init|ExitCode|Signal):(.+)$/.exec(status) ?? [];
  switch (kind) {
    case undefined:
      return wordsOf(status);
    case 'ExitCode':
      return t('ended with exit code {0}', rest);
    case 'Signal':
      return t('killed by signal {0}', rest);
    default:
      return /^\d+\/\d+$/.test(rest) ? t('initialising') : t('initialising: {0}', statusText(rest));
  }
}

function wordsOf(status: string): string {
  switch (status) {
    case 'Running':
      return t('running');
    case 'Completed':
    case 'Succeeded':
      return t('completed');
    case 'Pending':
      return t('pending');
    case 'ContainerCreating':
    case 'PodInitializing':
      return t('being set up');
    case 'Terminating':
      return t('terminating');
    case 'ErrImagePull':
    case 'ImagePullBackOff':
      return t('image cannot be pulled');
    case 'ErrImageNeverPull':
      return t('image is not on the node');
    case 'InvalidImageName':
      return t('image name is invalid');
    case 'CrashLoopBackOff':
      return t('crashes again and again');
    case 'CreateContainerConfigError':
      return t('something its configuration names is missing');
    case 'CreateContainerError':
    case 'RunContainerError':
    case 'StartError':
    case 'ContainerCannotRun':
      return t('container cannot be started');
    case 'OOMKilled':
      return t('out of memory');
    case 'Error':
      return t('ended with an error');
    case 'Evicted':
      return t('evicted from its node');
    case 'NotReady':
      return t('not ready');
    case 'Unknown':
      return t('state unknown');
    default:
      return status;
  }
}
