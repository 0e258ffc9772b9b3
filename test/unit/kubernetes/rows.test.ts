import assert from 'node:assert/strict';
import type { ApiObject, ApiPod, ApiService } from '../../../src/kubernetes/api.ts';
import { age } from '../../../src/core/age.ts';
import { ports, restarts } from '../../../src/kubernetes/columns.ts';
import { kinds } from '../../../src/kubernetes/kinds.ts';
import { RowSet } from '../../../src/kubernetes/rowSet.ts';
import { Interner, type PodRow, podRow, selects, serviceRow } from '../../../src/kubernetes/rows.ts';
import { groupByWorkload } from '../../../src/kubernetes/workloads.ts';
import { apiPod } from '../../support/scriptedApi.ts';

const pod = (owner?: { kind: string; name: string }, labels?: Record<string, string>): ApiPod => ({
  metadata: {
    name: 'web-7b49-x',
    namespace: 'shop',
    uid: 'u1',
    creationTimestamp: '2026-01-01T00:00:00Z',
    ...(labels === undefined ? {} : { labels }),
    ...(owner === undefined ? {} : { ownerReferences: [{ ...owner, controller: true }] }),
  },
  spec: {
    nodeName: 'n1',
    initContainers: [{ name: 'migrate' }],
    containers: [{ name: 'web', image: 'example.com/web:1' }],
  },
  status: {
    phase: 'Running',
    initContainerStatuses: [{ name: 'migrate', state: { terminated: { exitCode: 0, reason: 'Completed' } } }],
    containerStatuses: [{ name: 'web', ready: true, restartCount: 2, state: { running: {} } }],
    ephemeralContainerStatuses: [{ name: 'debugger-1', state: { running: {} } }],
  },
});

describe('rows', () => {
  it('keep of a pod what views show', () => {
    const labels = { app: 'web', 'pod-template-hash': '7b49' };
    assert.deepEqual(podRow(pod({ kind: 'ReplicaSet', name: 'web-7b49' }, labels), new Interner()), {
      namespace: 'shop',
      name: 'web-7b49-x',
      uid: 'u1',
      created: Date.parse('2026-01-01T00:00:00Z'),
      ready: 1,
      containerCount: 1,
      status: 'Running',
      restarts: 2,
      lastRestart: 0,
      ownerKind: 'Deployment',
      ownerName: 'web',
      node: 'n1',
      labels,
      containers: [
        { name: 'migrate', image: '', state: 'Completed', ready: false, restarts: 0, init: true },
        { name: 'web', image: 'example.com/web:1', state: 'Running', ready: true, restarts: 2, init: false },
        { name: 'debugger-1', image: '', state: 'Running', ready: false, restarts: 0, init: false, ephemeral: true },
      ],
    });
  });

  it('name what controls a pod: a Deployment behind its ReplicaSet, else the controller itself', () => {
    const ownerOf = (owner?: { kind: string; name: string }, labels?: Record<string, string>): string => {
      const { ownerKind, ownerName } = podRow(pod(owner, labels), new Interner());
      return `${ownerKind} ${ownerName}`;
    };
    assert.deepEqual(
      [
        ownerOf({ kind: 'ReplicaSet', name: 'web-7b49' }, { 'pod-template-hash': '7b49' }),
        ownerOf({ kind: 'ReplicaSet', name: 'bare' }),
        ownerOf({ kind: 'StatefulSet', name: 'db' }),
        ownerOf({ kind: 'Job', name: 'import-1' }),
        ownerOf(),
      ],
      ['Deployment web', 'ReplicaSet bare', 'StatefulSet db', 'Job import-1', ' '],
    );
  });

  it('keep one copy of what repeats', () => {
    const interner = new Interner();
    const [a, b] = [podRow(pod(undefined, { app: 'web' }), interner), podRow(pod(undefined, { app: 'web' }), interner)];
    assert.equal(a.labels, b.labels);
    assert.equal(a.containers, b.containers);
  });

  it('keep it while it repeats, whatever else comes and goes', () => {
    const interner = new Interner();
    const web = (): unknown => podRow(pod(undefined, { app: 'web' }), interner).labels;
    const first = web();
    const once = podRow(pod(undefined, { change: '0' }), interner).labels;
    for (let change = 1; change <= 12_000; change++) {
      podRow(pod(undefined, { change: String(change) }), interner);
      if (change % 1000 === 0) assert.equal(web(), first);
    }
    assert.notEqual(podRow(pod(undefined, { change: '0' }), interner).labels, once);
  });

  const services: readonly (readonly [string, ApiService['spec'], ApiService['status'], string])[] = [
    ['cluster IP', { clusterIPs: ['10.0.0.1'], ports: [{ port: 80 }] }, {}, 'ClusterIP 10.0.0.1 <none> 80/TCP'],
    ['headless', { clusterIP: 'None', ports: [{ port: 80, protocol: 'UDP' }] }, {}, 'ClusterIP None <none> 80/UDP'],
    ['no ports', { clusterIP: 'None' }, {}, 'ClusterIP None <none> <none>'],
    [
      'node port',
      { type: 'NodePort', clusterIP: '10.0.0.1', externalIPs: ['1.2.3.4'], ports: [{ port: 80, nodePort: 30080 }] },
      {},
      'NodePort 10.0.0.1 1.2.3.4 80:30080/TCP',
    ],
    [
      'balancer, pending',
      { type: 'LoadBalancer', clusterIP: '10.0.0.1' },
      {},
      'LoadBalancer 10.0.0.1 <pending> <none>',
    ],
    [
      'balancer',
      { type: 'LoadBalancer', clusterIP: '10.0.0.1' },
      { loadBalancer: { ingress: [{ hostname: 'a-long-name.example.com' }] } },
      'LoadBalancer 10.0.0.1 a-long-name.example.com <none>',
    ],
    [
      'external name',
      { type: 'ExternalName', externalName: 'db.example.com' },
      {},
      'ExternalName <none> db.example.com <none>',
    ],
  ];
  for (const [name, spec, status, expected] of services) {
    it(`print a service as kubectl does: ${name}`, () => {
      const row = serviceRow({ metadata: { name: 's' }, spec: spec!, status: status! }, new Interner());
      assert.equal([row.type, row.clusterIp, row.externalIp, ports(row)].join(' '), expected);
    });
  }

  it('print ages as kubectl does', () => {
    const [minute, hour, day] = [60, 3600, 86_400];
    const seconds = [-5, -1, 0, 119, 120, 9 * minute + 5, 10 * minute, 179 * minute, 3 * hour, 7 * hour + 5 * minute];
    seconds.push(
      8 * hour,
      47 * hour,
      2 * day,
      3 * day + 5 * hour,
      8 * day,
      729 * day,
      730 * day,
      1000 * day,
      2920 * day,
    );
    assert.equal(
      seconds.map((s) => age(s * 1000)).join(' '),
      '<invalid> 0s 0s 119s 2m 9m5s 10m 179m 3h 7h5m 8h 47h 2d 3d5h 8d 729d 2y 2y270d 8y',
    );
  });

  it('print restarts with the time of the last one', () => {
    const row = { restarts: 3, lastRestart: 1_000_000 } as PodRow;
    assert.equal(restarts(row, 1_300_000), '3 (5m ago)');
    assert.equal(restarts({ ...row, restarts: 0 }, 1_300_000), '0');
  });

  it('match selectors; an empty one matches nothing', () => {
    assert.deepEqual(
      [
        selects({ a: '1' }, { a: '1', b: '2' }),
        selects({ a: '1', b: '3' }, { a: '1', b: '2' }),
        selects({}, { a: '1' }),
        selects(undefined, {}),
      ],
      [true, false, false, false],
    );
  });

  it('announce only what shows something else', () => {
    const changed: string[] = [];
    const rows = new RowSet<PodRow>(kinds.pods, new Interner(), (key) => changed.push(key));
    for (const version of ['1', '2']) rows.upsert(apiPod('a', version) as ApiObject);
    rows.upsert(apiPod('a', '3', 'Failed') as ApiObject);
    rows.remove(apiPod('b') as ApiObject);
    assert.deepEqual(changed, ['shop/a', 'shop/a']);
  });

  it('group by workload, orphans apart, everything by name', () => {
    const row = (name: string, ownerKind = '', ownerName = ''): PodRow => ({ name, ownerKind, ownerName }) as PodRow;
    const { workloads, orphans } = groupByWorkload([
      row('z'),
      row('web-2', 'Deployment', 'web'),
      row('db-0', 'StatefulSet', 'db'),
      row('web-1', 'Deployment', 'web'),
      row('a'),
    ]);
    assert.deepEqual(
      workloads.map(({ kind, name, pods }) => `${kind} ${name}: ${pods.map((each) => each.name).join(' ')}`),
      ['StatefulSet db: db-0', 'Deployment web: web-1 web-2'],
    );
    assert.deepEqual(
      orphans.map(({ name }) => name),
      ['a', 'z'],
    );
  });
});
