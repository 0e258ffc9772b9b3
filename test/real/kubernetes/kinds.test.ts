import assert from 'node:assert/strict';
import type { Kubernetes } from '../../../src/kubernetes/domain.ts';
import { type DiscoveredResource, discover } from '../../../src/kubernetes/discovery.ts';
import { resourceName } from '../../../src/kubernetes/apiResource.ts';
import type { ObjectRow } from '../../../src/kubernetes/rows.ts';
import { complete } from '../../../src/kubernetes/complete.ts';
import type { Look } from '../../../src/kubernetes/store.ts';
import { type TestCluster, eventually, sharedControlPlane } from '../../support/controlPlane.ts';
import { removeCronTabs, cronTab, makeCronTabs } from '../../support/cronTabs.ts';
import { kubernetesOn } from '../../support/kubernetes.ts';

const signal = new AbortController().signal;

describe('every kind of a server', function () {
  this.timeout(120_000);
  let cluster: TestCluster;
  let namespace: string;
  let kubernetes: Kubernetes;
  let kinds: DiscoveredResource[];

  before(async function () {
    cluster = await sharedControlPlane(this);
    namespace = await cluster.namespace();
    await makeCronTabs(cluster);
    kubernetes = kubernetesOn(cluster.kubeconfig);
    await kubernetes.contexts.loaded();
    kinds = await discover(kubernetes.contexts.connect('gantry'), signal);
  });
  after(async () => {
    kubernetes?.dispose();
    if (cluster === undefined) return;
    await removeCronTabs(cluster);
    await cluster.removeNamespace(namespace);
  });

  const look = (resource: string, within: string | undefined): Look<ObjectRow> => {
    const found = kinds.find((kind) => resourceName(kind) === resource);
    assert.ok(found, `the server has no ${resource}`);
    return kubernetes.store.look({ context: 'gantry', kind: 'objects', resource: found, namespace: within });
  };

  it('is found, and each of them can be listed and watched', async () => {
    const plain = async (path: string): Promise<string[]> => {
      const { resources } = await cluster.api<{ resources: { name: string; verbs: string[] }[] }>('GET', path);
      return resources
        .filter(({ name, verbs }) => !name.includes('/') && verbs.includes('list'))
        .map(({ name }) => name);
    };
    const { groups } = await cluster.api<{ groups: { preferredVersion: { groupVersion: string } }[] }>('GET', '/apis');
    const paths = groups.map(({ preferredVersion }) => `/apis/${preferredVersion.groupVersion}`);
    const theirs = (await Promise.all(['/api/v1', ...paths].map(plain))).flat();
    assert.deepEqual(kinds.map(({ resource }) => resource).sort(), theirs.sort());
    assert.ok(kinds.length > 50);
    const looks = kinds.map((kind) => look(resourceName(kind), undefined));
    await Promise.all(looks.map((each) => complete(each, signal)));
    const failed = looks.flatMap((each, index) => {
      const state = each.state();
      return 'failure' in state ? [`${resourceName(kinds[index]!)}: ${state.failure.message}`] : [];
    });
    for (const each of looks) each.dispose();
    assert.deepEqual(failed, []);
  });

  it('shows custom resources with their printer columns, and follows them', async () => {
    const path = `/apis/stable.example.com/v1/namespaces/${namespace}/crontabs`;
    await cluster.api('POST', path, cronTab('nightly', '0 3 * * *', 2));
    const tabs = look('crontabs.stable.example.com', namespace);
    const cells = (): unknown[] => [...tabs.rows.values()].map((row) => row.cells);
    await eventually(() => tabs.rows.size === 1);
    assert.deepEqual(
      [...tabs.rows.values()][0]!.columns.map(({ name }) => name),
      ['Name', 'Schedule', 'Replicas', 'Age'],
    );
    assert.deepEqual(cells(), [['nightly', '0 3 * * *', '2', '']]);
    const patch = { 'content-type': 'application/merge-patch+json' };
    await cluster.api('PATCH', `${path}/nightly`, { spec: { replicas: 5 } }, patch);
    await eventually(() => JSON.stringify(cells()) === JSON.stringify([['nightly', '0 3 * * *', '5', '']]));
    await cluster.api('DELETE', `${path}/nightly`);
    await eventually(() => tabs.rows.size === 0);
    tabs.dispose();
  });

  it('lists secrets without reading them', async () => {
    const secret = 'c2VudGluZWwtb2YtYS1zZWNyZXQ=';
    const annotations = { 'kubectl.kubernetes.io/last-applied-configuration': `{"data":{"key":"${secret}"}}` };
    const body = { metadata: { name: 'hidden', annotations }, data: { key: secret } };
    await cluster.api('POST', `/api/v1/namespaces/${namespace}/secrets`, body);
    const secrets = look('secrets', namespace);
    await eventually(() => secrets.rows.size === 1);
    const row = [...secrets.rows.values()][0]!;
    assert.deepEqual(row.cells, ['hidden', 'Opaque', '1', '']);
    assert.equal(JSON.stringify(row).includes(secret), false);
    secrets.dispose();
  });

  it('notices a custom resource that comes and goes while its folder is open', async () => {
    await removeCronTabs(cluster);
    // The server's list of kinds follows a moment later.
    await eventually(async () => {
      const now = await discover(kubernetes.contexts.connect('gantry'), signal);
      return now.every(({ group }) => group !== 'stable.example.com');
    });
    const tree = kubernetes.pods();
    const [context] = (await tree.children(undefined)).filter(({ kind }) => kind === 'context');
    const [resources] = await tree.children(context);
    const labels = async (): Promise<string[]> =>
      (await tree.children(resources)).map((node) => tree.describe(node).label);
    assert.equal((await labels()).includes('stable.example.com'), false);
    await makeCronTabs(cluster);
    await eventually(async () => (await labels()).includes('stable.example.com'));
    await removeCronTabs(cluster);
    await eventually(async () => !(await labels()).includes('stable.example.com'));
    tree.setVisible(false);
  });
});
