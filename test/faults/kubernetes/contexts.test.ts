/** Twenty contexts, of which fifteen lead to servers that accept and never say a word: K19. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Kubernetes } from '../../../src/kubernetes/domain.ts';
import type { KubernetesNode } from '../../../src/kubernetes/nodes.ts';
import { type TestCluster, eventually, pod, sharedControlPlane } from '../../support/controlPlane.ts';
import { type Footprint, footprint, nothingLeftSince } from '../../support/footprint.ts';
import { kubernetesOn } from '../../support/kubernetes.ts';
import { adminUser, trusting } from '../../support/kubernetesScene.ts';
import { type MuteServer, muteServer } from '../../support/muteServer.ts';

const [liveCount, deadCount] = [5, 15];

describe('K19 most contexts lead to dead servers', function () {
  this.timeout(120_000);
  let cluster: TestCluster;
  let namespace: string;
  let folder: string;
  let dead: MuteServer[];
  let kubernetes: Kubernetes;
  let footprintBefore: Footprint;
  before(async function () {
    cluster = await sharedControlPlane(this);
  });
  beforeEach(async () => {
    namespace = await cluster.namespace();
    await cluster.api('POST', `/api/v1/namespaces/${namespace}/pods`, pod('one'));
    folder = mkdtempSync(join(tmpdir(), 'gantry-contexts-'));
    dead = await Promise.all(Array.from({ length: deadCount }, muteServer));
    footprintBefore = footprint();
    kubernetes = kubernetesOn(kubeconfig());
  });
  afterEach(async () => {
    kubernetes.dispose();
    await Promise.all(dead.map((server) => server.close()));
    rmSync(folder, { recursive: true, force: true });
    await cluster.removeNamespace(namespace);
  });

  /** `live-0` … and `dead-0` …, the dead ones first in the file. */
  function kubeconfig(): string {
    const file = join(folder, 'config');
    const servers = [
      ...dead.map(({ port }, i) => [`dead-${i}`, `https://127.0.0.1:${port}`] as const),
      ...Array.from({ length: liveCount }, (_, i) => [`live-${i}`, cluster.server] as const),
    ];
    const text = JSON.stringify({
      clusters: servers.map(([name, server]) => ({ name, cluster: { server, ...trusting(cluster) } })),
      users: [{ name: 'u', user: adminUser(cluster) }],
      contexts: servers.map(([name]) => ({ name, context: { cluster: name, user: 'u' } })),
      'current-context': 'dead-0',
    });
    writeFileSync(file, text, { mode: 0o600 });
    return file;
  }

  it('all unfolded: the live ones are live while the dead ones connect, which say so in the end and are let go of', async () => {
    const tree = kubernetes.pods();
    const label = (node: KubernetesNode): string => tree.describe(node).label;
    const nodes = (await tree.children(undefined)).filter(({ kind }) => kind === 'context');
    assert.equal(nodes.length, liveCount + deadCount);
    const isDead = (node: KubernetesNode): boolean => label(node).startsWith('dead');
    const ended: string[] = [];
    /** The child with the label; a list may still be on its way when its first rows are shown. */
    const below = async (node: KubernetesNode, wanted: string): Promise<KubernetesNode> => {
      let found: KubernetesNode | undefined;
      await eventually(async () => {
        found = (await tree.children(node)).find((child) => label(child) === wanted);
        return found !== undefined;
      });
      return found!;
    };
    const unfold = async (node: KubernetesNode): Promise<string> => {
      const text = isDead(node)
        ? (await tree.children(node)).map(label).join()
        : label(await below(await below(node, namespace), 'one'));
      ended.push(isDead(node) ? 'dead' : 'live');
      return text;
    };
    const unfolded = nodes.map((node) => [node, unfold(node)] as const);
    for (const [node, labels] of unfolded) {
      assert.match(await labels, isDead(node) ? /does not answer/ : /^one$/);
    }
    assert.deepEqual(ended.slice(0, liveCount), Array<string>(liveCount).fill('live'));
    const descriptions = (): (string | undefined)[] => nodes.map((node) => tree.describe(node).description);
    await eventually(() => descriptions().every((text, i) => text === (isDead(nodes[i]!) ? 'unreachable' : 'live')));
    // They are tried again and again, by one connection for the watch and one for a question at a time.
    await eventually(() => dead.every(({ accepted }) => accepted >= 2));
    for (const { open } of dead) assert.ok(open <= 2, `${open} connections to a dead server`);
    kubernetes.dispose();
    await eventually(() => dead.every(({ open }) => open === 0), 5_000); // Sooner than connecting would time out.
    await nothingLeftSince(footprintBefore);
  });
});
