import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { KubeObject } from '../../../src/kubernetes/actions/apiCall.ts';
import { known } from '../../../src/kubernetes/apiResource.ts';
import { debuggedSpec, runBy } from '../../../src/kubernetes/loans/debugged.ts';
import { type Entry, Journal } from '../../../src/kubernetes/loans/journal.ts';
import { givenBack, isHeld, lent, loanOf, ownersAfter, thisProcess } from '../../../src/kubernetes/loans/loan.ts';
import { controlPort, interceptedSpec, standIn, takenPort } from '../../../src/kubernetes/intercept/plan.ts';

const session = { session: 'abc', use: 'intercept', text: 'localhost:8080', holder: thisProcess() } as const;
const service = (more: object = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: {
    name: 'orders',
    namespace: 'shop',
    uid: 'u1',
    annotations: { own: 'kept' },
    managedFields: [{ manager: 'gantry' }, { manager: 'k3s', subresource: 'status', time: 'old' }],
  },
  spec: { selector: { app: 'orders' }, ports: [{ name: 'http', port: 80, targetPort: 'web' }], ...more },
});

describe('loans', () => {
  it('are given back as the object was, and keep what others changed meanwhile', () => {
    const object = lent(service(), interceptedSpec(service(), 'abc'), session);
    assert.deepEqual(object['spec'], {
      selector: { 'gantry.session': 'abc' },
      ports: [{ name: 'http', port: 80, targetPort: 'web' }],
    });
    const { before, managedFields: _, ...said } = loanOf(object)!;
    assert.deepEqual({ before, ...said }, { before: { selector: { app: 'orders' } }, ...session });
    const meanwhile = { ...object, spec: { ...(object['spec'] as object), type: 'NodePort' } };
    assert.deepEqual(givenBack(meanwhile, loanOf(object)!), service({ type: 'NodePort' }));
  });

  it('take out again what was not there, and leave the owners of its status alone', () => {
    const object = lent(service(), { ...(service()['spec'] as object), replicas: 1 }, session);
    assert.deepEqual(givenBack(object, loanOf(object)!), service());
    const now = { ...object, metadata: { ...object.metadata, managedFields: [{ manager: 'gantry-session' }, { manager: 'k3s', subresource: 'status', time: 'new' }] } }; // prettier-ignore
    assert.deepEqual(ownersAfter(now, loanOf(object)!), [
      { manager: 'gantry' },
      { manager: 'k3s', subresource: 'status', time: 'new' },
    ]);
  });

  it('are none for an annotation that nobody of ours wrote', () => {
    for (const text of ['', 'null', '{}', '{"holder":{"pid":1}}']) {
      assert.equal(loanOf({ metadata: { annotations: { 'gantry.loan': text } } }), undefined);
    }
  });

  it('are held by a process that lives, and by one of another machine, of which nobody can tell', () => {
    assert.equal(isHeld(thisProcess()), true);
    assert.equal(isHeld({ ...thisProcess(), started: 'before' }), false);
    assert.equal(isHeld({ pid: 1, started: 'before', host: `not ${hostname()}` }), true);
  });
});

describe('the journal of loans', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'gantry-journal-'))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('tells those whose process is gone, and survives files that are none', async () => {
    const journal = new Journal(join(folder, 'loans'));
    assert.deepEqual(await journal.orphans(), []);
    const ref = { ...known.services, context: 'c', namespace: 'shop', name: 'orders' };
    const entry: Entry = { session: 'a', holder: thisProcess(), kubeconfig: '/k', context: 'c', ref };
    const orphan: Entry = { ...entry, session: 'b', holder: { ...entry.holder, started: 'before' } };
    await journal.add(entry);
    await journal.add(orphan);
    writeFileSync(join(folder, 'loans', 'half.json'), '{"session":');
    assert.deepEqual(await journal.orphans(), [orphan]);
    await journal.remove('b');
    assert.deepEqual(await journal.orphans(), []);
  });
});

describe('what a Service is led to', () => {
  it('is a pod with the port that the Service asks its pods for, by name or number', () => {
    const taken = takenPort(service());
    assert.deepEqual(taken, { port: 80, target: 'web', listen: 20_000 });
    const { metadata, spec } = standIn(service(), taken, 'abc', 'relay:1') as { metadata: object; spec: { containers: object[] } }; // prettier-ignore
    assert.deepEqual(metadata, {
      name: 'gantry-intercept-abc',
      namespace: 'shop',
      labels: { 'gantry.session': 'abc' },
      ownerReferences: [{ apiVersion: 'v1', kind: 'Service', name: 'orders', uid: 'u1' }],
    });
    const { args, ports } = spec.containers[0] as { args: string[]; ports: object[] };
    assert.deepEqual({ args, ports }, { args: ['20001', '20000'], ports: [{ name: 'web', containerPort: 20_000 }] });
    assert.deepEqual(takenPort(service({ ports: [{ port: 9 }] })), { port: 9, target: '', listen: 9 });
    assert.notEqual(controlPort({ port: 9, target: '', listen: 20_001 }), 20_001);
  });

  it('is one of several ports, by name or number; those there are when it is neither', () => {
    const several = service({ ports: [{ port: 80 }, { name: 'admin', port: 81, targetPort: 9000 }, { port: 53, protocol: 'UDP' }] }); // prettier-ignore
    assert.equal(takenPort(several).port, 80);
    assert.equal(takenPort(several, 'admin').listen, 9000);
    assert.equal(takenPort(several, '81').listen, 9000);
    assert.throws(() => takenPort(several, '53'), { kind: 'notFound', message: 'Service orders has no TCP port 53. It has: 80, 81' }); // prettier-ignore
  });

  it('is nothing for a Service without pods of its own', () => {
    assert.throws(() => takenPort(service({ selector: undefined })), { kind: 'invalid' });
  });
});

describe('a workload under Delve', () => {
  const workload: KubeObject = {
    kind: 'Deployment',
    metadata: { name: 'orders' },
    spec: {
      replicas: 3,
      template: {
        metadata: { labels: { app: 'orders' } },
        spec: {
          containers: [
            {
              name: 'orders',
              image: 'orders:gantry-1',
              args: ['--fast'],
              livenessProbe: {},
              readinessProbe: {},
              startupProbe: {},
              resources: { requests: { cpu: '1' }, limits: { memory: '64Mi' } },
              envFrom: [{ configMapRef: { name: 'orders' } }],
            },
            { name: 'side', image: 'side:1', livenessProbe: {} },
          ],
        },
      },
    },
  };
  const isImage = (image: string): boolean => image.startsWith('orders:');

  it('is one pod whose container runs Delve, without probes and limits; the others stay', () => {
    const how = { image: 'orders:debug', command: ['/dlv'], session: 'abc' };
    assert.deepEqual(debuggedSpec(workload, isImage, how), {
      replicas: 1,
      template: {
        metadata: { labels: { app: 'orders', 'gantry.session': 'abc' } },
        spec: {
          containers: [
            {
              name: 'orders',
              image: 'orders:debug',
              imagePullPolicy: 'IfNotPresent',
              command: ['/dlv'],
              resources: { requests: { cpu: '1' } },
              envFrom: [{ configMapRef: { name: 'orders' } }],
            },
            { name: 'side', image: 'side:1', livenessProbe: {} },
          ],
        },
      },
    });
  });

  it('is told what its container was to run', () => {
    assert.deepEqual(runBy(workload, isImage), { command: [], args: ['--fast'] });
    assert.throws(() => runBy(workload, () => false), { kind: 'notFound' });
  });
});
