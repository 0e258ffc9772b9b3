/** What is lent for a session goes back whole, with the owners of its fields, while others write to it. */
import assert from 'node:assert/strict';
import { type ObjectRef, workloadResources } from '../../../src/kubernetes/apiResource.ts';
import type { KubeObject } from '../../../src/kubernetes/actions/apiCall.ts';
import type { Requester } from '../../../src/kubernetes/connection.ts';
import type { Kubernetes } from '../../../src/kubernetes/domain.ts';
import { giveBack, lend } from '../../../src/kubernetes/loans/lending.ts';
import { ownersOf, specOf, thisProcess } from '../../../src/kubernetes/loans/loan.ts';
import { type TestCluster, eventually, sharedControlPlane } from '../../support/controlPlane.ts';
import { kubernetesOn, requesting } from '../../support/kubernetes.ts';

const signal = new AbortController().signal;
const merging = { 'content-type': 'application/merge-patch+json' };

interface Observed {
  readonly metadata: { readonly generation: number };
  readonly status: { readonly observedGeneration?: number };
}

describe('an object that is lent', () => {
  let cluster: TestCluster;
  let kubernetes: Kubernetes;
  let server: Requester;
  let namespace: string;
  let ref: ObjectRef;
  let path: string;

  before(async function () {
    cluster = await sharedControlPlane(this);
    kubernetes = kubernetesOn(cluster.kubeconfig);
    const context = (await kubernetes.contexts.load()).contexts[0]!.id;
    server = kubernetes.contexts.connect(context);
    namespace = await cluster.namespace();
    ref = { ...workloadResources['Deployment']!, context, namespace, name: 'lent' };
    path = `/apis/apps/v1/namespaces/${namespace}/deployments/lent`;
  });
  after(async () => {
    kubernetes?.dispose();
    if (cluster !== undefined) await cluster.removeNamespace(namespace);
  });

  const read = (): Promise<KubeObject> => cluster.api('GET', path);
  /** Lends it, and waits until its controller has written its status: the first write of giving back meets no other then. */
  const lendIt = async (session: Parameters<typeof lend>[2]): Promise<void> => {
    await lend(server, ref, session, (object) => ({ ...specOf(object), minReadySeconds: 7 }), signal);
    await eventually(async () => {
      const { metadata, status } = await cluster.api<Observed>('GET', path);
      return status.observedGeneration === metadata.generation;
    });
  };
  /** Does something before each write of a session that is given back, the first of which is number 1. */
  const meddling = (meddle: (write: number) => Promise<unknown>): Requester => {
    let writes = 0;
    return requesting(server, async (at, options) => {
      if (options.method === 'PUT') await meddle(++writes);
      return server.request(at, options);
    });
  };

  beforeEach(async () => {
    await cluster.api(
      'PATCH',
      `${path}?fieldManager=applier&force=true`,
      {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name: 'lent' },
        spec: {
          replicas: 0,
          selector: { matchLabels: { app: 'lent' } },
          template: {
            metadata: { labels: { app: 'lent' } },
            spec: { containers: [{ name: 'main', image: 'example.invalid/app:1' }] },
          },
        },
      },
      { 'content-type': 'application/apply-patch+yaml' },
    );
  });
  afterEach(() => cluster.api('DELETE', path));

  for (const write of [1, 2]) {
    it(`goes back with its owners when its status changes before write ${write}`, async () => {
      const before = await read();
      const session = { session: `s${write}`, use: 'debug', text: 'here', holder: thisProcess() } as const;
      await lendIt(session);
      assert.notDeepEqual(ownersOf(await read()), ownersOf(before), 'the loan took effect');
      let conflicts = 0;
      const busy = meddling(async (number) => {
        if (number !== write) return;
        conflicts++;
        await cluster.api('PATCH', `${path}/status`, { status: { collisionCount: write } }, merging);
      });
      assert.equal(await giveBack(busy, ref, session.session, signal), true);
      assert.equal(conflicts, 1);
      const after = await read();
      assert.deepEqual([after['spec'], ownersOf(after)], [before['spec'], ownersOf(before)]);
    });
  }

  it('keeps an owner that came while it was given back', async () => {
    const session = { session: 's3', use: 'debug', text: 'here', holder: thisProcess() } as const;
    await lendIt(session);
    const busy = meddling(async (number) => {
      if (number === 2)
        await cluster.api('PATCH', `${path}?fieldManager=other`, { spec: { minReadySeconds: 9 } }, merging);
    });
    assert.equal(await giveBack(busy, ref, session.session, signal), true);
    const after = await read();
    assert.equal(specOf(after)['minReadySeconds'], 9);
    assert.match(JSON.stringify(ownersOf(after)), /"manager":"other"/);
  });
});
