/** A cluster with something to see in the Pods and Services views, and a kubeconfig with several contexts on it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestCluster, eventually } from './controlPlane.ts';
import { releaseSecret } from './helmReleases.ts';
import { adminUser, trusting } from './kubernetesScene.ts';
import { muteServer } from './muteServer.ts';
import { type BadNetwork, Toxiproxy } from './toxiproxy.ts';

export interface ViewScene {
  /**
   * For the VS Code that looks at it: contexts `blue`, `green`, `silent`, whose server never answers, `corporate`, which
   * signs in by a program, and `viewer`, who may read the first namespace but for its secrets, and nothing else.
   */
  readonly env: NodeJS.ProcessEnv;
  /** Names of three namespaces. The first has all there is to see. */
  readonly namespaces: readonly [string, string, string];
  /** The way of `green` to the server. */
  readonly network: BadNetwork;
  /** Lets the program of `corporate` succeed. */
  logIn(): void;
  remove(): Promise<void>;
}

/** A group that the administrator of the tests can be taken for. */
const viewers = 'viewers';

/** More than a folder shows at once. */
export const manyObjects = 520;

export async function viewScene(cluster: TestCluster): Promise<ViewScene> {
  const folder = mkdtempSync(join(tmpdir(), 'gantry-views-'));
  const names = [await cluster.namespace(), await cluster.namespace(), await cluster.namespace()] as const;
  const [first] = names;
  const silent = await muteServer();
  const toxiproxy = await Toxiproxy.start();
  const network = await toxiproxy.to(Number(new URL(cluster.server).port));
  await Promise.all([deployment(cluster, first, 'orders', 3), deployment(cluster, first, 'products', 2)]);
  await crashingPod(cluster, first, 'broken');
  await cluster.api('POST', `/api/v1/namespaces/${first}/services`, {
    metadata: { name: 'orders' },
    spec: { selector: { app: 'orders' }, ports: [{ name: 'grpc', port: 8080 }] },
  });
  await cluster.api('POST', `/apis/rbac.authorization.k8s.io/v1/namespaces/${first}/rolebindings`, {
    metadata: { name: 'viewers' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' },
    subjects: [{ kind: 'Group', name: viewers, apiGroup: 'rbac.authorization.k8s.io' }],
  });
  const release = { name: 'storefront', revision: 1, status: 'deployed', values: { replicas: 2 } } as const;
  await cluster.api('POST', `/api/v1/namespaces/${first}/secrets`, releaseSecret(release));
  for (let made = 0; made < manyObjects; made += 20) {
    const numbers = Array.from({ length: 20 }, (_, index) => made + index);
    await Promise.all(
      numbers.map((number) =>
        cluster.api('POST', `/api/v1/namespaces/${first}/configmaps`, {
          metadata: { name: `page-${String(number).padStart(3, '0')}` },
        }),
      ),
    );
  }
  writeFileSync(
    join(folder, 'kubeconfig'),
    kubeconfig(cluster, first, folder, { far: network.port, silent: silent.port }),
    { mode: 0o600 },
  );
  return {
    env: {
      KUBECONFIG: join(folder, 'kubeconfig'),
      DOCKER_HOST: `unix://${join(folder, 'no-engine')}`,
      XDG_STATE_HOME: folder,
    },
    namespaces: names,
    network,
    logIn: () => writeFileSync(join(folder, 'token'), 'in'),
    remove: async () => {
      await Promise.all([toxiproxy.stop(), silent.close()]);
      rmSync(folder, { recursive: true, force: true });
      for (const name of names) await cluster.removeNamespace(name);
    },
  };
}

async function deployment(cluster: TestCluster, namespace: string, name: string, replicas: number): Promise<void> {
  const path = `/apis/apps/v1/namespaces/${namespace}/deployments`;
  const labels = { app: name };
  await cluster.api('POST', path, {
    metadata: { name },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: { containers: [{ name: 'main', image: `example.invalid/${name}:1` }] },
      },
    },
  });
  const isReady = async (): Promise<boolean> => {
    const { status } = await cluster.api<{ status: { readyReplicas?: number } }>('GET', `${path}/${name}`);
    return status.readyReplicas === replicas;
  };
  await eventually(isReady, 120_000);
}

/** A pod that nobody schedules, in a state of its own. */
async function crashingPod(cluster: TestCluster, namespace: string, name: string): Promise<void> {
  const path = `/api/v1/namespaces/${namespace}/pods`;
  const image = 'example.invalid/broken:1';
  const spec = { schedulerName: 'nobody', containers: [{ name: 'main', image }] };
  await cluster.api('POST', path, { metadata: { name }, spec });
  const waiting = { reason: 'CrashLoopBackOff', message: 'back-off 5m0s restarting failed container' };
  const main = { name: 'main', image, imageID: '', ready: false, restartCount: 7, state: { waiting } };
  await cluster.api(
    'PATCH',
    `${path}/${name}/status`,
    { status: { phase: 'Running', containerStatuses: [main] } },
    { 'content-type': 'application/merge-patch+json' },
  );
}

/** The program of `corporate` hands out the administrator's certificate once somebody has logged in. */
function kubeconfig(
  cluster: TestCluster,
  namespace: string,
  folder: string,
  ports: { readonly far: number; readonly silent: number },
): string {
  const apiVersion = 'client.authentication.k8s.io/v1';
  const status = { clientCertificateData: cluster.adminCert, clientKeyData: cluster.adminKey };
  writeFileSync(join(folder, 'credential'), JSON.stringify({ kind: 'ExecCredential', apiVersion, status }));
  const script = `test -e '${folder}/token' || { echo 'log in first' >&2; exit 1; }; cat '${folder}/credential'`;
  const exec = { apiVersion, command: 'sh', args: ['-c', script], interactiveMode: 'Never' };
  const context = (name: string, user: string, at = 'near'): object => ({ name, context: { cluster: at, user } });
  return JSON.stringify({
    clusters: [
      { name: 'near', cluster: { server: cluster.server, ...trusting(cluster) } },
      { name: 'far', cluster: { server: `https://127.0.0.1:${ports.far}`, ...trusting(cluster) } },
      { name: 'nowhere', cluster: { server: `http://127.0.0.1:${ports.silent}` } },
    ],
    users: [
      { name: 'admin', user: adminUser(cluster) },
      { name: 'employee', user: { exec } },
      { name: 'viewer', user: { ...adminUser(cluster), as: 'somebody', 'as-groups': [viewers] } },
    ],
    contexts: [
      context('blue', 'admin'),
      context('green', 'admin', 'far'),
      context('silent', 'admin', 'nowhere'),
      context('corporate', 'employee'),
      { name: 'viewer', context: { cluster: 'near', user: 'viewer', namespace } },
    ],
    'current-context': 'blue',
  });
}
