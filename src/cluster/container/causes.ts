/** Why a cluster's container did not get ready, out of what it wrote and how it ended: a cause, and what to do. */
import { t } from '../../core/l10n.ts';
import type { ContainerFacts } from './engine.ts';
import { option } from './request.ts';

/** What k3s, kubelet and containerd write when they cannot go on, the most telling first. */
const knownCauses: readonly (readonly [pattern: RegExp, sentence: () => string])[] = [
  [
    /no space left on device|disk quota exceeded/i,
    () => t('The engine’s disk is full. Make room, for example with "Prune" in the Containers view, and try again.'),
  ],
  [
    /cgroup v1|cgroupv1/i,
    () =>
      t('The kubelet of this image refuses control groups of version 1. Choose an image of Kubernetes 1.34 or older.'),
  ],
  [
    /failed to find (?:cpu|memory|pids) cgroup|cannot enter cgroupv2|cgroup.*delegat/i,
    () => t('The engine gives the container no control groups of its own. Delegate them, or use an engine that runs as root.'), // prettier-ignore
  ],
  [
    /too many open files|inotify/i,
    () => t('The host is out of inotify watches. Run: sudo sysctl fs.inotify.max_user_instances=512'),
  ],
  [
    /overlayfs.*(?:not supported|invalid argument)|failed to mount overlay/i,
    () => t('The engine’s disk has no overlay file systems in containers. Create it with {0}.', option('argument', '--snapshotter=native')), // prettier-ignore
  ],
  [
    /flag provided but not defined: ?(\S*)|unknown flag/i,
    () => t('k3s does not know an argument. Delete the cluster and create it with others.'),
  ],
  [
    /x509|certificate signed by unknown authority|proxyconnect/i,
    () => t('A certificate was not accepted. Look at the proxy and the mirrors that the cluster was created with.'),
  ],
  [
    /429 Too Many Requests|toomanyrequests/i,
    () => t('The registry limits pulls. Create the cluster with a mirror: {0}', option('mirror', 'docker.io=ADDRESS')), // prettier-ignore
  ],
  [
    /operation not permitted|permission denied/i,
    () => t('The engine allows the container too little. Use an engine that runs as root and allows privileged containers.'), // prettier-ignore
  ],
];

/** The cause in a sentence or two; the last word of the container itself where none of the known ones fits. */
export function causeOf(container: ContainerFacts | undefined, logs: string): string {
  if (container === undefined) return t('Somebody removed its container. Create it again.');
  if (container.outOfMemory || (!container.running && container.exitCode === 137)) {
    return t('It ran out of memory. Give the engine more, or create it with a higher {0}.', option('memory'));
  }
  const telling = tellingLines(logs);
  for (const text of [telling.join('\n'), logs]) {
    const known = knownCauses.find(([pattern]) => pattern.test(text));
    if (known !== undefined) return known[1]();
  }
  const last = telling.at(-1);
  const ended = container.running ? '' : t('It ended with status {0}.', container.exitCode);
  return [ended, last === undefined ? '' : t('It said: {0}', last)].filter(Boolean).join(' ');
}

/** What k3s marks as an error, without the marks. */
function tellingLines(logs: string): string[] {
  const marked = logs.split('\n').filter((line) => /level="?(?:fatal|error)|^[EF]\d{4} /.test(line));
  const fatal = marked.filter((line) => /level="?fatal|^F\d{4} /.test(line));
  return [...marked.filter((line) => !fatal.includes(line)), ...fatal].map(wordsOf);
}

const wordsOf = (line: string): string => (/msg="((?:[^"\\]|\\.)*)"/.exec(line)?.[1] ?? line).trim();

/** Whether the engine refused --privileged for want of a capability, which it says in runc's words. */
export const refusesPrivileged = (message: string): boolean =>
  /unable to apply caps|privileged|capabilit|operation not permitted/i.test(message);

export const portTaken = (message: string): boolean =>
  /port is already allocated|address already in use|ports are not available/i.test(message);
