/** What there is to say of a pod and of pod templates. Values of environment variables are never shown. */
import { t } from '../../../core/l10n.ts';
import { podStatus } from '../../podStatus.ts';
import type { KubeObject } from '../apiCall.ts';
import { at, isMap, listAt, textAt, textsAt } from '../fields.ts';
import { type Section, facts, pairs } from './document.ts';
import { since } from './general.ts';

export function podSections(pod: KubeObject, now: number): Section[] {
  const { status, ready, containers, restarts } = podStatus(pod);
  return [
    facts(t('Pod'), [
      [t('Status'), status],
      [t('Ready'), `${ready}/${containers}`],
      [t('Restarts'), String(restarts)],
      [t('Message'), textAt(pod, 'status', 'message')],
      [t('Node'), textAt(pod, 'spec', 'nodeName') || t('not scheduled')],
      [t('IP'), textAt(pod, 'status', 'podIP')],
      [t('Service account'), textAt(pod, 'spec', 'serviceAccountName')],
      [t('Quality of service'), textAt(pod, 'status', 'qosClass')],
      [t('Node selector'), pairs(textsAt(pod, 'spec', 'nodeSelector'))],
      [t('Priority class'), textAt(pod, 'spec', 'priorityClassName')],
    ]),
    ...containerSections(at(pod, 'spec'), pod, now),
    volumes(at(pod, 'spec')),
  ];
}

/** One section for each container of a pod's spec; `pod` brings their states, where there is one. */
export function containerSections(spec: unknown, pod: KubeObject | undefined, now: number): Section[] {
  const of = (field: string, statuses: string, title: (name: string) => string): Section[] =>
    listAt(spec, field).map((container) => {
      const name = textAt(container, 'name');
      const status = listAt(pod, 'status', statuses).find((each) => textAt(each, 'name') === name);
      return facts(title(name), [...stateFacts(status, now), ...containerFacts(container)]);
    });
  return [
    ...of('initContainers', 'initContainerStatuses', (name) => t('Init container {0}', name)),
    ...of('containers', 'containerStatuses', (name) => t('Container {0}', name)),
    ...of('ephemeralContainers', 'ephemeralContainerStatuses', (name) => t('Debug container {0}', name)),
  ];
}

function stateFacts(status: unknown, now: number): [string, string][] {
  if (status === undefined) return [];
  return [
    [t('State'), stateText(at(status, 'state'), now)],
    [t('Before'), stateText(at(status, 'lastState'), now)],
    [t('Ready'), at(status, 'ready') === true ? t('yes') : t('no')],
    [t('Restarts'), textAt(status, 'restartCount')],
  ];
}

function stateText(state: unknown, now: number): string {
  const running = at(state, 'running');
  if (running !== undefined) return t('running for {0}', since(textAt(running, 'startedAt'), now));
  const waiting = at(state, 'waiting');
  if (waiting !== undefined) return [textAt(waiting, 'reason'), textAt(waiting, 'message')].filter(Boolean).join(': ');
  const ended = at(state, 'terminated');
  if (ended === undefined) return '';
  const signal = textAt(ended, 'signal');
  const how = signal === '' || signal === '0' ? t('exit code {0}', textAt(ended, 'exitCode')) : t('signal {0}', signal);
  const words = [textAt(ended, 'reason'), how, t('{0} ago', since(textAt(ended, 'finishedAt'), now))];
  return [words.filter(Boolean).join(', '), textAt(ended, 'message')].filter(Boolean).join(': ');
}

function containerFacts(container: unknown): [string, string][] {
  const ports = listAt(container, 'ports').map((port) => {
    const [name, number, protocol] = [textAt(port, 'name'), textAt(port, 'containerPort'), textAt(port, 'protocol')];
    return `${name === '' ? '' : `${name} `}${number}/${protocol || 'TCP'}`;
  });
  const mounts = listAt(container, 'volumeMounts').map(
    (mount) =>
      `${textAt(mount, 'mountPath')} ← ${textAt(mount, 'name')}${at(mount, 'readOnly') === true ? ` (${t('read only')})` : ''}`,
  );
  const command = [...listAt(container, 'command'), ...listAt(container, 'args')].join(' ');
  return [
    [t('Image'), textAt(container, 'image')],
    [t('Command'), command],
    [t('Ports'), ports.join(', ')],
    [t('Requests'), pairs(textsAt(container, 'resources', 'requests'))],
    [t('Limits'), pairs(textsAt(container, 'resources', 'limits'))],
    [t('Startup probe'), probeText(at(container, 'startupProbe'))],
    [t('Readiness probe'), probeText(at(container, 'readinessProbe'))],
    [t('Liveness probe'), probeText(at(container, 'livenessProbe'))],
    [t('Environment'), environment(container).join(', ')],
    [t('Mounts'), mounts.join(', ')],
  ];
}

export function probeText(probe: unknown): string {
  if (!isMap(probe)) return '';
  const http = at(probe, 'httpGet');
  const grpc = at(probe, 'grpc');
  const tcp = at(probe, 'tcpSocket');
  const what =
    http !== undefined
      ? `HTTP GET ${textAt(http, 'path')} :${textAt(http, 'port')}`
      : grpc !== undefined
        ? `gRPC :${textAt(grpc, 'port')} ${textAt(grpc, 'service')}`.trim()
        : tcp !== undefined
          ? `TCP :${textAt(tcp, 'port')}`
          : listAt(probe, 'exec', 'command').join(' ');
  const number = (field: string, fallback: string): string => textAt(probe, field) || fallback;
  // The defaults of the API: https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/
  const rhythm = t(
    'every {0} s, {1} s to answer, fails after {2}',
    number('periodSeconds', '10'),
    number('timeoutSeconds', '1'),
    number('failureThreshold', '3'),
  );
  return `${what}; ${rhythm}`;
}

/** Names only, and where a value comes from: a value may be a secret. */
function environment(container: unknown): string[] {
  const from = listAt(container, 'envFrom').map((each) => {
    const kind = at(each, 'secretRef') === undefined ? 'ConfigMap' : 'Secret';
    return `* ← ${kind} ${textAt(each, kind === 'Secret' ? 'secretRef' : 'configMapRef', 'name')}`;
  });
  const named = listAt(container, 'env').map((each) => {
    const name = textAt(each, 'name');
    const [secret, map] = [at(each, 'valueFrom', 'secretKeyRef'), at(each, 'valueFrom', 'configMapKeyRef')];
    if (secret !== undefined) return `${name} ← Secret ${textAt(secret, 'name')}/${textAt(secret, 'key')}`;
    if (map !== undefined) return `${name} ← ConfigMap ${textAt(map, 'name')}/${textAt(map, 'key')}`;
    return name;
  });
  return [...from, ...named];
}

function volumes(spec: unknown): Section {
  const rows = listAt(spec, 'volumes').map((volume): [string, string] => {
    const type = isMap(volume) ? (Object.keys(volume).find((key) => key !== 'name') ?? '') : '';
    const source = at(volume, type);
    const name =
      textAt(source, 'name') || textAt(source, 'claimName') || textAt(source, 'secretName') || textAt(source, 'path');
    return [textAt(volume, 'name'), `${type} ${name}`.trim()];
  });
  return facts(t('Volumes'), rows);
}
