/**
 * Everything the editor suite looks at: a cluster, an engine with a container, the demo services. One per process, gone
 * with it, however that ends.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from '../../scripts/lib/project.ts';
import { lazy } from '../../src/core/lazy.ts';
import { ownControlPlane, TestCluster } from './controlPlane.ts';
import { TestEditor } from './editor.ts';
import { type Engine, testEngine } from './engine.ts';
import { type TestNode, joinNode } from './node.ts';
import { startRegistry } from './registry.ts';
import { releaseSecret } from './helmReleases.ts';
import { dlvProgram, govulncheckProgram, helmProgram } from './peers.ts';
import { type Shop, startShop } from './shop.ts';

export interface World {
  readonly cluster: TestCluster;
  readonly engine: Engine;
  readonly shop: Shop;
  /** Where its pods really run. */
  readonly node: TestNode;
  /** Id of the engine's container `gantry-world`. */
  readonly container: string;
  /** For the VS Code that looks at this world. */
  readonly env: NodeJS.ProcessEnv;
  readonly settings: Readonly<Record<string, unknown>>;
}

/** Name of the container that the world's engine holds. */
export const worldContainer = 'gantry-world';

const say = (line: string): void => console.error(line);

export const sharedWorld = lazy(async (): Promise<World> => {
  const folder = mkdtempSync(join(tmpdir(), 'gantry-world-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  const kubeconfig = join(folder, 'no-contexts');
  writeFileSync(kubeconfig, '');
  // Where the product keeps its own cluster when this is the state folder; so it finds this one running.
  const controlPlane = ownControlPlane({ folder: join(folder, 'gantry', 'cluster') });
  const [running, engine, shop, registry, ...tools] = await Promise.all([
    controlPlane.start(say, new AbortController().signal),
    testEngine(),
    startShop({}, say),
    startRegistry(),
    helmProgram(),
    dlvProgram(),
    govulncheckProgram(),
  ]);
  const cluster = new TestCluster(controlPlane, running);
  const release = { name: 'web', revision: 1, status: 'deployed', values: { replicas: 2 } } as const;
  await cluster.api('POST', '/api/v1/namespaces/default/secrets', releaseSecret(release));
  for (const [revision, status] of [
    [1, 'superseded'],
    [2, 'deployed'],
  ] as const) {
    const manifest = `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: tuned\ndata:\n  revision: "${revision}"\n`;
    const tuned = { name: 'tuned', revision, status, manifest };
    await cluster.api('POST', '/api/v1/namespaces/default/secrets', releaseSecret(tuned));
  }
  const container = await engine.run({ name: worldContainer, command: ['tick', '1000'] });
  const node = await joinNode(cluster, engine);
  const namespace = await runPods(cluster, node);
  return {
    cluster,
    engine,
    node,
    shop,
    container,
    env: {
      // Nothing of the person's own clusters and engines.
      KUBECONFIG: kubeconfig,
      DOCKER_CONFIG: folder,
      XDG_STATE_HOME: folder,
      DOCKER_HOST: engine.address,
      GANTRY_TEST_CONTAINER: container,
      GANTRY_TEST_NAMESPACE: namespace,
      GANTRY_TEST_REGISTRY: registry.name,
      // Folders of programs that only some tests have on their PATH.
      GANTRY_TEST_TOOLS: tools.map((program) => dirname(program)).join(delimiter),
      GANTRY_TEST_VULNERABILITIES: pathToFileURL(join(import.meta.dirname, '../fixtures/docker/vulndb')).href,
      GANTRY_TEST_CONTEXT: `${running.kubeconfig}#gantry`,
      GANTRY_TEST_RELEASE: 'default/web',
    },
    settings: { 'gantry.grpc.servers': Object.values(shop.addresses) },
  };
});

/** VS Code on the demo workspace, looking at this world. */
export const openShop = ({ env, settings }: World): Promise<TestEditor> =>
  TestEditor.launch({ workspace: join(root, 'examples/shop'), env, settings });

/** A namespace with pods on a real node: `web` serves port 8080 and has a shell, `json` logs JSON, `talk` reads input. */
async function runPods(cluster: TestCluster, node: TestNode): Promise<string> {
  const namespace = await cluster.namespace();
  await Promise.all([
    node.run(namespace, 'web', {
      args: ['serve', '8080'],
      image: 'shell',
      container: { ports: [{ containerPort: 8080 }] },
    }),
    node.run(namespace, 'json', { args: ['json'] }),
    node.run(namespace, 'talk', { args: ['talk'], container: { stdin: true } }),
  ]);
  return namespace;
}
