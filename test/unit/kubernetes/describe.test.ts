/** What rows of the Pods and Services views show. What they say aloud is in `test/unit/spoken.test.ts`. */
import assert from 'node:assert/strict';
import type { NodeDescription } from '../../../src/core/node.ts';
import {
  describeContainer,
  describeNamespace,
  describePod,
  describePort,
  describeService,
  describeWorkload,
} from '../../../src/kubernetes/describe.ts';
import type { ContainerRow, NamespaceRow, PodRow, ServiceRow } from '../../../src/kubernetes/rows.ts';

const at = { id: 'n', context: 'c', namespace: 'shop', name: 'web' };

/** A row as one sees it: label and text, then the icon and its colour. */
const seen = ({ label, description, icon }: NodeDescription): string =>
  `${[label, description].filter(Boolean).join(' ')} | ${[icon?.name, icon?.color].filter(Boolean).join(' ')}`;

const pod = (status: string, ready: number, more: Partial<PodRow> = {}): PodRow =>
  ({
    ...{ namespace: 'shop', name: 'web', status, ready, containerCount: 2, restarts: 0, node: 'n1' },
    ...{ ownerKind: 'ReplicaSet', ownerName: 'web-1', created: 1_000, ...more },
  }) as PodRow;

describe('rows of the Pods view', () => {
  it('show a pod by what kubectl calls it, how often it restarted, and a colour for who skims', () => {
    const shown = [
      pod('Running', 2),
      pod('Running', 1),
      pod('Running', 2, { restarts: 3 }),
      pod('Completed', 0),
      pod('Init:1/2', 0),
      pod('Terminating', 2),
      pod('CrashLoopBackOff', 1, { restarts: 12 }),
      pod('Init:ImagePullBackOff', 0),
      undefined,
    ].map((row) => seen(describePod({ kind: 'pod', ...at }, row, 0)));
    assert.deepEqual(shown, [
      'web 2/2 Running | pass-filled testing.iconPassed',
      'web 1/2 Running | circle-large-outline testing.iconQueued',
      'web 2/2 Running ↻3 | pass-filled testing.iconPassed',
      'web 0/2 Completed | circle-outline disabledForeground',
      'web 0/2 Init:1/2 | circle-large-outline testing.iconQueued',
      'web 2/2 Terminating | circle-large-outline testing.iconQueued',
      'web 1/2 CrashLoopBackOff ↻12 | error testing.iconFailed',
      'web 0/2 Init:ImagePullBackOff | error testing.iconFailed',
      'web gone | circle-slash',
    ]);
  });

  it('tell the rest of a pod when they are hovered, no name of it taken for markup', () => {
    const { tooltip } = describePod({ kind: 'pod', ...at }, pod('Running', 2, { node: '*n1*', ownerKind: '' }), 91_000);
    assert.ok(typeof tooltip === 'function');
    assert.equal(
      tooltip(),
      [
        ['**Pod** shop/web', '**Status** Running', '**Ready** 2/2', '**Restarts** 0'],
        ['**Node** \\*n1\\*', '**Controlled by** nothing', '**Age** 90s'],
      ]
        .flat()
        .join('  \n'),
    );
  });

  it('show a workload by its worst pod and how many are ready', () => {
    const facts = { row: undefined, desired: 2, favourite: false };
    const node = { kind: 'workload', workload: 'Deployment', ...at } as const;
    const shown = [
      describeWorkload(node, { ...facts, pods: [pod('Running', 2), pod('Running', 2)] }),
      describeWorkload(node, { ...facts, pods: [pod('Running', 2), pod('Error', 0)], favourite: true }),
      describeWorkload(node, { ...facts, pods: [] }),
      describeWorkload(node, { ...facts, pods: [pod('Running', 2)], desired: undefined }),
    ].map(seen);
    assert.deepEqual(shown, [
      'web Deployment 2/2 | layers testing.iconPassed',
      'web Deployment 1/2 ★ | layers testing.iconFailed',
      'web Deployment 0/2 | layers testing.iconQueued',
      'web Deployment 1/1 | layers testing.iconPassed',
    ]);
  });

  it('show containers, namespaces, services and ports', () => {
    const container = (more: Partial<ContainerRow>): NodeDescription =>
      describeContainer(
        { kind: 'container', ...at, pod: 'web' },
        {
          name: 'web',
          state: 'Running',
          ready: true,
          restarts: 0,
          init: false,
          image: 'web:1',
          ...more,
        },
      );
    const namespace = (row: NamespaceRow | 'missing' | undefined): NodeDescription =>
      describeNamespace({ kind: 'namespace', ...at, name: 'shop' }, row, false);
    const service = (more: Partial<ServiceRow>): NodeDescription =>
      describeService(
        { kind: 'service', ...at },
        {
          ...{ namespace: 'shop', name: 'web', type: 'ClusterIP', clusterIp: '10.0.0.1', externalIp: '', ports: [] },
          ...{ intercepted: '', created: 0, ...more },
        } as unknown as ServiceRow,
        0,
        false,
      );
    assert.deepEqual(
      [
        container({}),
        container({ init: true, state: 'Completed' }),
        container({ state: 'ContainerCreating' }),
        container({ state: 'Waiting' }),
        container({ state: '' }),
        container({ ephemeral: true, state: 'CrashLoopBackOff', restarts: 2 }),
        namespace(undefined),
        namespace({ phase: 'Terminating' } as NamespaceRow),
        namespace('missing'),
        service({}),
        service({ type: 'LoadBalancer' }),
        service({ type: 'ExternalName', externalIp: 'example.org' }),
        service({ intercepted: '127.0.0.1:8080' }),
        describePort({ kind: 'port', ...at, port: '80/TCP', name: 'http' } as Parameters<typeof describePort>[0]),
      ].map(seen),
      [
        'web Running | package testing.iconPassed',
        'web init Completed | package disabledForeground',
        'web ContainerCreating | package testing.iconQueued',
        'web Waiting | package testing.iconQueued',
        'web waiting | package testing.iconQueued',
        'web debug CrashLoopBackOff ↻2 | package testing.iconFailed',
        'shop | symbol-namespace',
        'shop terminating | symbol-namespace disabledForeground',
        'shop not found | symbol-namespace disabledForeground',
        'web ClusterIP 10.0.0.1 | plug',
        'web LoadBalancer 10.0.0.1 | globe',
        'web ExternalName example.org | plug',
        'web intercepted: 127.0.0.1:8080 | debug-alt testing.iconQueued',
        '80/TCP http | symbol-interface',
      ],
    );
  });
});
