import assert from 'node:assert/strict';
import { Failure } from '../../../src/core/failure.ts';
import type { Kubernetes } from '../../../src/kubernetes/domain.ts';
import { readDocument } from '../../../src/kubernetes/helm/read.ts';
import type { KubernetesNode } from '../../../src/kubernetes/nodes.ts';
import { type TestCluster, eventually, sharedControlPlane } from '../../support/controlPlane.ts';
import { releaseSecret } from '../../support/helmReleases.ts';
import { kubernetesOn } from '../../support/kubernetes.ts';

const signal = new AbortController().signal;

describe('Helm releases of a cluster', function () {
  this.timeout(120_000);
  let cluster: TestCluster;
  let namespace: string;
  let kubernetes: Kubernetes;

  before(async function () {
    cluster = await sharedControlPlane(this);
    namespace = await cluster.namespace();
    kubernetes = kubernetesOn(cluster.kubeconfig);
    await kubernetes.contexts.loaded();
  });
  after(async () => {
    kubernetes?.dispose();
    if (namespace !== undefined) await cluster.removeNamespace(namespace);
  });

  const secrets = (): string => `/api/v1/namespaces/${namespace}/secrets`;

  it('stand below the context, follow an upgrade and open as documents', async () => {
    const first = { name: 'web', revision: 1, status: 'deployed' } as const;
    await cluster.api('POST', secrets(), releaseSecret(first));
    kubernetes.preferences.setNamespaces('gantry', [namespace]);
    const tree = kubernetes.pods();
    const child = async (parent: KubernetesNode | undefined, label: string): Promise<KubernetesNode | undefined> =>
      (await tree.children(parent)).find((node) => tree.describe(node).label === label);
    const context = (await tree.children(undefined)).find(({ kind }) => kind === 'context');
    const folder = await child(context, 'Helm Releases');
    const described = async (): Promise<string | undefined> => {
      const release = await child(folder, 'web');
      return release && tree.describe(release).description;
    };
    await eventually(async () => (await described()) === `${namespace} · deployed · web-1.2.3 · app 2.0`);

    const patch = { 'content-type': 'application/merge-patch+json' };
    const superseded = { metadata: { labels: { status: 'superseded' } } };
    await cluster.api('PATCH', `${secrets()}/sh.helm.release.v1.web.v1`, superseded, patch);
    const next = { name: 'web', revision: 2, status: 'failed', chartVersion: '1.3.0', values: { a: 1 } } as const;
    await cluster.api('POST', secrets(), releaseSecret(next));
    await eventually(async () => (await described()) === `${namespace} · failed · web-1.3.0 · app 2.0`);
    tree.setVisible(false);

    const ref = { context: 'gantry', namespace, name: 'web' };
    assert.equal(await readDocument(kubernetes, ref, 'values', signal), 'a: 1\n');
    const history = await readDocument(kubernetes, ref, 'history', signal);
    assert.deepEqual(
      history.split('\n').map((line) => line.slice(0, 1)),
      ['R', '1', '2', ''],
    );
    await assert.rejects(
      readDocument(kubernetes, { ...ref, name: 'nothing' }, 'notes', signal),
      (error) => error instanceof Failure && error.kind === 'notFound',
    );
  });
});
