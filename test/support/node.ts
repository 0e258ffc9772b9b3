/**
 * A real Kubernetes node for tests: a container of the engine with containerd and a kubelet, joined to a test's control
 * plane. Its pods run, log, are executed in, attached to and forwarded to as anywhere.
 *
 *   const node = await sharedNode(this);                                      // in a before hook
 *   await node.run(namespace, 'web', { args: ['serve', '8080'] });            // resolves when it runs
 *
 * The node is tainted, so the scheduler gives it nothing: pods name it (`podOnNode`).
 */
import { randomBytes } from 'node:crypto';
import { createReadStream, mkdtempSync, rmSync } from 'node:fs';
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { type Server, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { lazy } from '../../src/core/lazy.ts';
import { TestCluster, eventually, shared, sharedControlPlane } from './controlPlane.ts';
import { type Engine, sharedEngine, testEngine } from './engine.ts';
import { images, nodeRootFileSystem, podImages } from './nodeImage.ts';
import { kubernetesProgram } from './peers.ts';

const nodeImage = 'gantry-test/node:1';
const fixtures = join(import.meta.dirname, '..', 'fixtures', 'kubernetes', 'node');

/** All but CAP_SYS_RESOURCE, which not every root has; --privileged would ask for it. */
const capabilities = [
  ...['AUDIT_CONTROL', 'AUDIT_WRITE', 'BLOCK_SUSPEND', 'CHOWN', 'DAC_OVERRIDE', 'DAC_READ_SEARCH', 'FOWNER'],
  ...['FSETID', 'IPC_LOCK', 'IPC_OWNER', 'KILL', 'LEASE', 'MKNOD', 'NET_ADMIN', 'NET_BIND_SERVICE', 'NET_BROADCAST'],
  ...['NET_RAW', 'SETFCAP', 'SETGID', 'SETPCAP', 'SETUID', 'SYSLOG', 'SYS_ADMIN', 'SYS_CHROOT', 'SYS_NICE'],
  ...['SYS_PTRACE', 'SYS_TTY_CONFIG'],
];

export interface PodOptions {
  /** Arguments of the worker, see test/fixtures/kubernetes/worker. */
  readonly args: readonly string[];
  readonly labels?: Readonly<Record<string, string>>;
  /** Without a shell unless told. */
  readonly image?: keyof typeof images;
  /** More fields of the container. */
  readonly container?: Readonly<Record<string, unknown>>;
  /** More fields of the pod's spec. */
  readonly spec?: Readonly<Record<string, unknown>>;
}

export class TestNode {
  readonly name: string;
  readonly cluster: TestCluster;
  readonly engine: Engine;
  readonly container: string;
  readonly #folder: string;
  readonly #relay: Server;

  constructor(name: string, cluster: TestCluster, engine: Engine, container: string, folder: string, relay: Server) {
    this.name = name;
    this.cluster = cluster;
    this.engine = engine;
    this.container = container;
    this.#folder = folder;
    this.#relay = relay;
  }

  /** The spec of a pod on this node; also for the template of a workload. */
  podSpec({ args, image = 'bare', container = {}, spec = {} }: PodOptions): object {
    return {
      nodeName: this.name,
      terminationGracePeriodSeconds: 5,
      automountServiceAccountToken: false,
      containers: [{ name: 'main', image: images[image], imagePullPolicy: 'Never', args, ...container }],
      ...spec,
    };
  }

  /** Creates a pod and resolves when its containers are ready. */
  async run(namespace: string, name: string, options: PodOptions): Promise<void> {
    await this.cluster.api('POST', `/api/v1/namespaces/${namespace}/pods`, {
      metadata: { name, labels: options.labels ?? {} },
      spec: this.podSpec(options),
    });
    await this.ready(namespace, name);
  }

  /** Resolves when the pod is ready. */
  async ready(namespace: string, name: string): Promise<void> {
    await eventually(async () => {
      const { status, text } = await this.cluster.send('GET', `/api/v1/namespaces/${namespace}/pods/${name}`);
      return status === 200 && isReady(JSON.parse(text));
    }, 180_000);
  }

  /** A Deployment on this node; resolves when all its pods are ready. */
  async deploy(namespace: string, name: string, replicas: number, options: PodOptions): Promise<void> {
    const labels = { app: name, ...options.labels };
    await this.cluster.api('POST', `/apis/apps/v1/namespaces/${namespace}/deployments`, {
      metadata: { name },
      spec: {
        replicas,
        selector: { matchLabels: { app: name } },
        template: { metadata: { labels }, spec: this.podSpec(options) },
      },
    });
    await this.rolledOut(namespace, name);
  }

  /** Resolves when every pod of the Deployment is of its newest template and ready. */
  async rolledOut(namespace: string, name: string): Promise<void> {
    const path = `/apis/apps/v1/namespaces/${namespace}/deployments/${name}`;
    await eventually(async () => {
      const { metadata, spec, status } = await this.cluster.api<{
        metadata: { generation: number };
        spec: { replicas: number };
        status: Record<string, number | undefined>;
      }>('GET', path);
      return (
        status['observedGeneration'] === metadata.generation &&
        [status['replicas'], status['updatedReplicas'], status['readyReplicas']].every(
          (count) => count === spec.replicas,
        )
      );
    }, 180_000);
  }

  /** Puts a program where pods of this node can mount it; resolves with its path on the node. */
  async share(program: string): Promise<string> {
    await copyFile(program, join(this.#folder, basename(program)));
    return `/gantry/${basename(program)}`;
  }

  /** Freezes the node as a machine that hangs, or lets it go on. */
  async freeze(frozen: boolean): Promise<void> {
    await this.engine.json('POST', `/containers/${this.container}/${frozen ? 'pause' : 'unpause'}`);
  }

  /** The ends of the logs of kubelet and containerd, and how the container ended. */
  async logs(): Promise<string> {
    const { State } = await this.engine.json<{ State: object }>('GET', `/containers/${this.container}/json`);
    const out = await this.engine.api('GET', `/containers/${this.container}/logs?stdout=1&stderr=1&tail=20`);
    const read = async (name: string): Promise<string> =>
      (await readFile(join(this.#folder, name), 'utf8').catch(() => '')).slice(-3000);
    return [JSON.stringify(State), out.body.toString(), await read('containerd.log'), await read('kubelet.log')].join(
      '\n---\n',
    );
  }

  /** Removes the container with all its pods, and the node from the cluster. */
  async close(): Promise<void> {
    await this.engine.api('DELETE', `/containers/${this.container}?force=1&v=1`);
    await this.cluster.send('DELETE', `/api/v1/nodes/${this.name}`).catch(() => undefined);
    this.#relay.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** The node of this run. Call from a hook or a test with its `this`; skips where there is no engine or no Go. */
export async function sharedNode(context: Mocha.Context): Promise<TestNode> {
  context.timeout(60 * 60_000);
  await sharedControlPlane(context);
  await sharedEngine(context);
  return testNode();
}

/** The same for programs that are no mocha tests. */
export const testNode = lazy(async () => joinNode(await shared(), await testEngine()));

/** Starts a node of its own and resolves when it is ready. */
export async function joinNode(cluster: TestCluster, engine: Engine, kubelet = ''): Promise<TestNode> {
  const name = `node-${randomBytes(3).toString('hex')}`;
  const folder = mkdtempSync(join(tmpdir(), 'gantry-node-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  const network = await bridgeOf(engine);
  const relay = await relayApi(network.gateway, Number(new URL(cluster.server).port));
  await writeConfiguration(folder, cluster, relay.port, network.gateway, kubelet);
  await importNodeImage(engine);
  const container = await engine.create({
    name,
    command: ['/bin/sh', '-c', 'NODE_IP=$(hostname -i) exec /bin/sh /gantry/start.sh'],
    more: {
      Image: nodeImage,
      Hostname: name,
      Env: [`NODE_NAME=${name}`, 'PATH=/usr/sbin:/usr/bin:/sbin:/bin'],
      Volumes: { '/var/lib/containerd': {}, '/var/lib/kubelet': {}, '/var/log': {} },
      HostConfig: {
        Binds: [`${folder}:/gantry`],
        CapAdd: capabilities,
        SecurityOpt: ['seccomp=unconfined', 'apparmor=unconfined'],
        MaskedPaths: [],
        ReadonlyPaths: [],
        DeviceCgroupRules: ['a *:* rwm'],
        CgroupnsMode: 'private',
        Tmpfs: { '/run': 'exec', '/tmp': 'exec' },
      },
    },
  });
  const node = new TestNode(name, cluster, engine, container, folder, relay.server);
  try {
    await engine.json('POST', `/containers/${container}/start`);
    await eventually(async () => {
      const { status, text } = await cluster.send('GET', `/api/v1/nodes/${name}`);
      return status === 200 && isReady(JSON.parse(text));
    }, 180_000);
    return node;
  } catch (error) {
    const logs = await node.logs();
    await node.close();
    throw new Error(`the node did not become ready:\n${logs}`, { cause: error });
  }
}

async function importNodeImage(engine: Engine): Promise<void> {
  if ((await engine.api('GET', `/images/${nodeImage}/json`)).status === 200) return;
  const file = await nodeRootFileSystem();
  await new Promise<void>((resolve, reject) => {
    const query = new URLSearchParams({ fromSrc: '-', repo: nodeImage }).toString();
    const outgoing = request({ socketPath: engine.socketPath, method: 'POST', path: `/images/create?${query}` });
    outgoing.on('error', reject).on('response', (response) => {
      let text = '';
      response.on('data', (piece: Buffer) => (text += piece.toString()));
      response.on('end', () => (text.includes('"error"') ? reject(new Error(text)) : resolve()));
    });
    createReadStream(file).on('error', reject).pipe(outgoing);
  });
}

/** The engine's default network: its bridge's address is where a container finds this machine. */
async function bridgeOf(engine: Engine): Promise<{ gateway: string }> {
  const { IPAM } = await engine.json<{ IPAM: { Config: { Gateway?: string; Subnet: string }[] } }>(
    'GET',
    '/networks/bridge',
  );
  const { Gateway, Subnet } = IPAM.Config[0]!;
  return { gateway: Gateway ?? Subnet.replace(/\.0\/\d+$/, '.1') };
}

/** The API server listens on loopback only; the node reaches it at the bridge, through this process. */
async function relayApi(host: string, apiPort: number): Promise<{ server: Server; port: number }> {
  const server = createServer((incoming) => {
    const outgoing = connect(apiPort, '127.0.0.1');
    const end = (): void => void (incoming.destroy(), outgoing.destroy());
    for (const socket of [incoming, outgoing]) socket.on('error', end).on('close', end);
    incoming.pipe(outgoing).pipe(incoming);
  });
  server.unref();
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, host, resolve));
  return { server, port: (server.address() as { port: number }).port };
}

async function writeConfiguration(
  folder: string,
  cluster: TestCluster,
  port: number,
  host: string,
  kubelet: string,
): Promise<void> {
  const own = await readFile(cluster.kubeconfig, 'utf8');
  // The certificate is for `localhost`; the node comes by another way.
  const kubeconfig = own.replace(/server: .*/, `server: https://${host}:${port}\n    tls-server-name: localhost`);
  await mkdir(join(folder, 'images'));
  await Promise.all([
    writeFile(join(folder, 'kubeconfig'), kubeconfig, { mode: 0o600 }),
    writeFile(join(folder, 'ca.crt'), cluster.ca),
    writeFile(join(folder, 'kubelet.yaml'), kubeletConfiguration + taint + kubelet),
    writeFile(join(folder, 'containerd.toml'), containerdConfiguration),
    writeFile(join(folder, 'cni.conflist'), JSON.stringify(networkConfiguration)),
    writeFile(join(folder, 'images', 'pods.tar'), await podImages()),
    copyFile(join(fixtures, 'start.sh'), join(folder, 'start.sh')),
    copyFile(await kubernetesProgram(), join(folder, 'kubernetes')),
  ]);
}

/** For a kubelet in a container; its certificate authority stands in /gantry. */
export const kubeletConfiguration = `apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
authentication:
  anonymous: {enabled: false}
  x509: {clientCAFile: /gantry/ca.crt}
authorization: {mode: Webhook}
containerRuntimeEndpoint: unix:///run/containerd/containerd.sock
cgroupDriver: cgroupfs
cgroupsPerQOS: false
enforceNodeAllocatable: []
failSwapOn: false
oomScoreAdj: 0
localStorageCapacityIsolation: false
evictionHard: {memory.available: 0%, nodefs.available: 0%, imagefs.available: 0%}
imageGCHighThresholdPercent: 100
# Numbered lines are counted, so none may be rotated away.
containerLogMaxSize: 2Gi
# Seconds, where the defaults are minutes: tests wait for what the node tells.
nodeStatusReportFrequency: 10s
syncFrequency: 5s
`;

const taint = `registerWithTaints: [{key: gantry.test/real, value: "true", effect: NoSchedule}]
`;

export const containerdConfiguration = `version = 2
[plugins."io.containerd.grpc.v1.cri"]
sandbox_image = "${images.pause}"
restrict_oom_score_adj = true
disable_apparmor = true
[plugins."io.containerd.grpc.v1.cri".cni]
bin_dir = "/usr/lib/cni"
conf_dir = "/etc/cni/net.d"
`;

/** Pods need no more than each other and their node: nothing leaves the container. */
export const networkConfiguration = {
  cniVersion: '0.4.0',
  name: 'gantry',
  plugins: [
    {
      type: 'bridge',
      bridge: 'cni0',
      isGateway: true,
      ipam: { type: 'host-local', ranges: [[{ subnet: '10.88.0.0/16' }]], routes: [{ dst: '0.0.0.0/0' }] },
    },
  ],
};

function isReady(object: unknown): boolean {
  const { status } = object as { status?: { conditions?: readonly { type: string; status: string }[] } };
  return status?.conditions?.some(({ type, status: holds }) => type === 'Ready' && holds === 'True') ?? false;
}
