/** Sections of their own for Deployments and their like, Services and Nodes. */
import { t } from '../../../core/l10n.ts';
import { podStatus } from '../../podStatus.ts';
import type { KubeObject } from '../apiCall.ts';
import { at, listAt, textAt, textsAt } from '../fields.ts';
import { selectorText } from '../rollout.ts';
import { type Section, facts, pairs } from './document.ts';
import { since } from './general.ts';
import { containerSections } from './pod.ts';

export function workloadSections(object: KubeObject, now: number): Section[] {
  const status = (field: string): string => textAt(object, 'status', field);
  return [
    facts(object.kind ?? '', [
      [t('Replicas wanted'), textAt(object, 'spec', 'replicas') || status('desiredNumberScheduled')],
      [t('Up to date'), status('updatedReplicas') || status('updatedNumberScheduled')],
      [t('Ready'), status('readyReplicas') || status('numberReady')],
      [t('Available'), status('availableReplicas') || status('numberAvailable')],
      [t('Strategy'), textAt(object, 'spec', 'strategy', 'type') || textAt(object, 'spec', 'updateStrategy', 'type')],
      [t('At most unavailable'), textAt(object, 'spec', 'strategy', 'rollingUpdate', 'maxUnavailable')],
      [t('At most more'), textAt(object, 'spec', 'strategy', 'rollingUpdate', 'maxSurge')],
      [t('Selector'), selectorText(object)],
    ]),
    ...containerSections(at(object, 'spec', 'template', 'spec'), undefined, now),
  ];
}

export function serviceSections(service: KubeObject, slices: readonly KubeObject[]): Section[] {
  const ports = listAt(service, 'spec', 'ports').map((port) => {
    const node = textAt(port, 'nodePort');
    const to = textAt(port, 'targetPort') || textAt(port, 'port');
    const number = `${textAt(port, 'port')}/${textAt(port, 'protocol') || 'TCP'}`;
    return [textAt(port, 'name') || '-', number, `→ ${to}`, node === '' ? '' : t('on every node: {0}', node)];
  });
  const endpoints = slices.flatMap((slice) =>
    listAt(slice, 'endpoints').map((endpoint) => [
      listAt(endpoint, 'addresses').join(', '),
      textAt(endpoint, 'targetRef', 'name'),
      at(endpoint, 'conditions', 'ready') === false ? t('not ready') : t('ready'),
      textAt(endpoint, 'nodeName'),
    ]),
  );
  const selector = textsAt(service, 'spec', 'selector');
  return [
    facts(t('Service'), [
      [t('Type'), textAt(service, 'spec', 'type')],
      [t('Cluster IP'), listAt(service, 'spec', 'clusterIPs').join(', ') || textAt(service, 'spec', 'clusterIP')],
      [t('External name'), textAt(service, 'spec', 'externalName')],
      [t('Selector'), pairs(selector) || t('none: its endpoints are set by hand')],
      [t('Session affinity'), textAt(service, 'spec', 'sessionAffinity')],
    ]),
    { title: t('Ports'), rows: ports },
    {
      title: t('Endpoints'),
      rows: endpoints.length > 0 ? endpoints : [[t('none: no pod that is ready has its labels')]],
    },
  ];
}

export function nodeSections(node: KubeObject, pods: readonly KubeObject[], now: number): Section[] {
  const roles = Object.keys(node.metadata.labels ?? {})
    .filter((label) => label.startsWith('node-role.kubernetes.io/'))
    .map((label) => label.slice('node-role.kubernetes.io/'.length));
  const info = (field: string): string => textAt(node, 'status', 'nodeInfo', field);
  const taints = listAt(node, 'spec', 'taints').map(
    (taint) => `${textAt(taint, 'key')}=${textAt(taint, 'value')}:${textAt(taint, 'effect')}`,
  );
  const capacity = textsAt(node, 'status', 'capacity');
  const allocatable = textsAt(node, 'status', 'allocatable');
  const resources = Object.keys(capacity).map((name) => [name, capacity[name]!, allocatable[name] ?? '']);
  return [
    facts(t('Node'), [
      [t('Roles'), roles.join(', ')],
      [t('New pods'), at(node, 'spec', 'unschedulable') === true ? t('kept away (cordoned)') : t('welcome')],
      [t('Taints'), taints.join(', ')],
      [
        t('Addresses'),
        listAt(node, 'status', 'addresses')
          .map((each) => textAt(each, 'address'))
          .join(', '),
      ],
      [t('Kubelet'), info('kubeletVersion')],
      [t('Container runtime'), info('containerRuntimeVersion')],
      [t('System'), [info('osImage'), info('kernelVersion'), info('architecture')].filter(Boolean).join(', ')],
    ]),
    {
      title: t('Resources'),
      rows: resources.length === 0 ? [] : [[t('Resource'), t('Capacity'), t('For pods')], ...resources],
    },
    { title: t('Pods'), rows: podRows(pods, now) },
  ];
}

/** One row for each pod: where it stands among what is related. */
export const podRows = (pods: readonly KubeObject[], now: number): string[][] =>
  pods.map((pod) => {
    const { status, ready, containers, restarts } = podStatus(pod);
    const name = `${pod.metadata.namespace ?? ''}/${pod.metadata.name}`;
    return [
      name,
      `${ready}/${containers}`,
      status,
      restarts > 0 ? `↻${restarts}` : '',
      since(pod.metadata.creationTimestamp ?? '', now),
    ];
  });
