/** What must not happen: requests while nobody looks, and a credential plugin that runs for each call. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestCluster, eventually, pod } from '../../support/controlPlane.ts';
import { fasterClock } from '../../support/fasterClock.ts';
import { Scene, sceneAt } from '../../support/kubernetesScene.ts';
import { tamperingProxy } from '../../support/tamperingProxy.ts';
import { type Figure, figure } from '../figures.ts';

const idleMinutes = 10;
/** The domain's own clock is this much faster; what it waits for comes as often as in the minutes, only sooner. */
const speed = 10;
/** Milliseconds, of the wall's clock, after which a watch that nobody looks at has ended. */
const linger = 35_000;
const calls = 12;

export async function idleRequests(cluster: TestCluster): Promise<Figure> {
  const namespace = await cluster.namespace();
  await cluster.api('POST', `/api/v1/namespaces/${namespace}/pods`, pod('one'));
  const proxy = await tamperingProxy(cluster);
  const scene = await Scene.open(proxy.url, { clock: fasterClock(speed) });
  try {
    const tree = scene.kubernetes.pods();
    tree.setVisible(true);
    const context = (await tree.children(undefined)).find(({ kind }) => kind === 'context')!;
    const wanted = await eventuallyChild(tree, context, namespace);
    await eventuallyChild(tree, wanted, 'one');
    tree.setVisible(false);
    await new Promise((resolve) => setTimeout(resolve, linger));
    const before = proxy.requests.length;
    await new Promise((resolve) => setTimeout(resolve, (idleMinutes * 60_000) / speed));
    const asked = proxy.requests.length - before;
    if (before === 0) throw new Error('nothing was asked for while the view was open');
    return figure(
      `requests in ${idleMinutes} idle minutes with a view closed, by a clock ${speed} times as fast`,
      asked,
      '',
      0,
    );
  } finally {
    await proxy.close();
    await scene.close();
    await cluster.removeNamespace(namespace);
  }
}

type Tree = ReturnType<Scene['kubernetes']['pods']>;
type Node = Awaited<ReturnType<Tree['children']>>[number];

async function eventuallyChild(tree: Tree, node: Node, label: string): Promise<Node> {
  let found: Node | undefined;
  await eventually(async () => {
    found = (await tree.children(node)).find((child) => tree.describe(child).label === label);
    return found !== undefined;
  });
  return found!;
}

export async function pluginRuns(cluster: TestCluster): Promise<Figure> {
  const folder = mkdtempSync(join(tmpdir(), 'gantry-plugin-'));
  const apiVersion = 'client.authentication.k8s.io/v1';
  const status = { clientCertificateData: cluster.adminCert, clientKeyData: cluster.adminKey };
  writeFileSync(join(folder, 'credential'), JSON.stringify({ kind: 'ExecCredential', apiVersion, status }));
  const script = `echo run >> '${folder}/runs'; cat '${folder}/credential'`;
  const exec = { apiVersion, command: 'sh', args: ['-c', script], interactiveMode: 'Never' };
  const scene = await sceneAt(cluster, Number(new URL(cluster.server).port), { user: { exec } });
  try {
    const connection = scene.kubernetes.contexts.connect('ctx');
    const read = async (): Promise<void> => {
      const options = { signal: AbortSignal.timeout(60_000), what: 'read a namespace' };
      const { body } = await connection.request('/api/v1/namespaces/default', options);
      for await (const _ of body);
    };
    await Promise.all(Array.from({ length: calls }, read));
    const runs = readFileSync(join(folder, 'runs'), 'utf8').trim().split('\n').length;
    return figure(`exec-plugin runs for ${calls} parallel calls`, runs, '', 1);
  } finally {
    await scene.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
