import assert from 'node:assert/strict';
import { run } from '../../../src/core/processes.ts';
import type { Kubernetes } from '../../../src/kubernetes/domain.ts';
import { type TestCluster, eventually, sharedControlPlane } from '../../support/controlPlane.ts';
import { kubeconfigAt, kubernetesOn } from '../../support/kubernetes.ts';
import { withKubectl } from '../../support/peers.ts';

describe('a kubeconfig that changes', function () {
  this.timeout(60_000);
  let cluster: TestCluster;
  let file: string;
  let remove = (): void => {};
  let kubernetes: Kubernetes;
  let env: NodeJS.ProcessEnv;
  before(async function () {
    this.timeout(45 * 60_000); // The first build of kubectl takes minutes.
    env = await withKubectl(process.env);
    cluster = await sharedControlPlane(this);
    [file, remove] = kubeconfigAt(cluster.kubeconfig, Number(new URL(cluster.server).port));
    kubernetes = kubernetesOn(file);
  });
  after(() => {
    kubernetes?.dispose();
    remove();
  });

  it('shows a context that kubectl adds, without a refresh, and opens it', async () => {
    const tree = kubernetes.pods();
    const labels = async (): Promise<string[]> =>
      (await tree.children(undefined)).map((node) => tree.describe(node).label);
    assert.deepEqual(await labels(), ['Create a local cluster', 'gantry']);
    const { cluster: server, user } = kubernetes.contexts.get('gantry')!;
    let changed = false;
    tree.onDidChange((nodes) => (changed ||= nodes === undefined));
    const words = ['config', '--kubeconfig', file, 'set-context', 'second'];
    words.push(`--cluster=${server.name}`, `--user=${user!.name}`);
    assert.equal((await run('kubectl', words, { env })).code, 0);
    await eventually(() => changed);
    assert.deepEqual(await labels(), ['Create a local cluster', 'gantry', 'second']);
    const second = (await tree.children(undefined)).at(-1);
    const namespaces = (await tree.children(second)).map((node) => tree.describe(node).label);
    assert.ok(namespaces.includes('kube-system'), namespaces.join());
  });
});
