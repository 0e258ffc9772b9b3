/**
 * Istio's control plane, istiod, before a cluster: one process for a check, on loopback, that reads the namespace of this
 * check alone and writes nothing. What it may be asked for is in `pilot-discovery discovery --help` and in the variables
 * that Istio documents (istio.io/latest/docs/reference/commands/pilot-discovery).
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../core/backoff.ts';
import { Failure } from '../core/failure.ts';
import { t } from '../core/l10n.ts';
import { freePorts } from '../core/ports.ts';
import { run } from '../core/processes.ts';
import { ask } from './checks/ask.ts';
import { listenerOf } from './listener.ts';
import type { ClusterPort } from './ports.ts';

/** Objects by kind and name, `VirtualService/prices`, and the version of each; undefined: there is none. */
export type IstioConfig = ReadonlyMap<string, string | undefined>;

export interface IstiodOptions {
  /** The built program of `labkit/istiod`. */
  readonly program: string;
  readonly cluster: ClusterPort;
  /** The label of the namespaces it reads, and its value. */
  readonly selects: readonly [label: string, value: string];
  /** A folder of its own; gone when it ends. */
  readonly folder: string;
  /** How many times longer than on a quiet machine it may take. */
  readonly pace: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Milliseconds from its start to ready on a quiet machine; measured: 250 to 1,000. */
const startPatience = 30_000;
const lookEvery = 25;
/** Characters kept of what it prints. */
const keptOutput = 4_000;

export class Istiod {
  readonly #options: IstiodOptions;
  readonly #ports: Readonly<Record<'http' | 'grpc' | 'monitoring', number>>;
  #child: ChildProcess | undefined;
  #output = '';

  private constructor(options: IstiodOptions, [http = 0, grpc = 0, monitoring = 0]: readonly number[]) {
    this.#options = options;
    this.#ports = { http, grpc, monitoring };
  }

  /** Resolves once it serves what is in the cluster by then. Throws a Failure: it is never the learner's fault. */
  static async start(options: IstiodOptions): Promise<Istiod> {
    const istiod = new Istiod(options, await freePorts(3));
    await istiod.#prepare();
    await istiod.start();
    return istiod;
  }

  /** Of its process; undefined while it is stopped. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Whether it has read these objects as they are now; false also when it does not answer. */
  async hasRead(objects: IstioConfig): Promise<boolean> {
    const configs = (await this.#debug('configz')) as readonly ReadConfig[] | undefined;
    const read = new Map(
      configs?.map(({ kind, metadata: { name, resourceVersion } }) => [`${kind}/${name}`, resourceVersion]),
    );
    return configs !== undefined && [...objects].every(([name, version]) => read.get(name) === version);
  }

  /** How far its client has come: the last kind of resource that it took; undefined without a client. */
  async taken(): Promise<(typeof resourceKinds)[number] | undefined> {
    const clients = (await this.#debug('syncz')) as readonly Readonly<Record<string, string>>[] | undefined;
    return resourceKinds.findLast((kind) => clients?.some((client) => (client[`${kind}_acked`] ?? '') !== ''));
  }

  /** One of its own reports, as JSON (istio.io/latest/docs/ops/diagnostic-tools); undefined when it does not answer. */
  async #debug(report: string): Promise<unknown> {
    const { pace, signal } = this.#options;
    const options = { longestBody: 4 * 1024 * 1024 };
    const answer = await ask(this.#ports.http, `/debug/${report}`, 5_000 * pace, signal, options).answer;
    return answer.kind === 'answer' && answer.status === 200 ? (JSON.parse(answer.body) as unknown) : undefined;
  }

  /** What gRPC's xDS client has to know, as the file that GRPC_XDS_BOOTSTRAP names (gRPC's proposal A27). */
  bootstrap(namespace: string): string {
    return JSON.stringify({
      xds_servers: [
        {
          server_uri: `127.0.0.1:${this.#ports.grpc}`,
          channel_creds: [{ type: 'insecure' }],
          server_features: ['xds_v3'],
        },
      ],
      node: {
        id: `sidecar~127.0.0.1~client.${namespace}~${namespace}.svc.cluster.local`,
        metadata: {
          GENERATOR: 'grpc',
          CLUSTER_ID: clusterId,
          NAMESPACE: namespace,
          INSTANCE_IPS: '127.0.0.1',
          LABELS: {},
        },
      },
    });
  }

  /** Starts it, again at the same ports after a stop. */
  async start(): Promise<void> {
    const { program, folder, pace, clock, signal } = this.#options;
    const child = spawn(program, ['discovery', ...this.#flags()], {
      cwd: folder,
      env: { ...environment, PATH: process.env['PATH'], HOME: folder, TMPDIR: folder },
      // It ends when its standard input does, which is when we end, however that happens.
      stdio: ['pipe', 'pipe', 'pipe'],
      windowsHide: true,
    });
    this.#child = child;
    child.stdin.on('error', () => {}); // Its end is told by `exit`.
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8');
      stream.on('data', (text: string) => (this.#output = (this.#output + text).slice(-keptOutput)));
    }
    try {
      await once(child, 'spawn');
    } catch (error) {
      throw new Failure('unreachable', t('{0} could not be started: {1}', program, String(error)), error);
    }
    const until = clock.now() + startPatience * pace;
    while (!(await this.#isReady(child.pid!))) {
      if (child.exitCode !== null || child.signalCode !== null) throw this.#failure(t('it ended'));
      if (clock.now() > until) throw this.#failure(t('it did not become ready'));
      await clock.sleep(lookEvery, signal);
    }
  }

  /** Ends it at once, as a crash would. */
  async stop(): Promise<void> {
    const child = this.#child;
    if (child === undefined) return;
    this.#child = undefined;
    if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  }

  async #isReady(pid: number): Promise<boolean> {
    const { signal } = this.#options;
    if ((await listenerOf(this.#ports.grpc, pid, signal)) !== 'own') return false;
    const answer = await ask(this.#ports.http, '/ready', 1_000, signal).answer;
    return answer.kind === 'answer' && answer.status === 200;
  }

  async #prepare(): Promise<void> {
    const { folder, cluster, selects } = this.#options;
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await writeFile(this.#file('kubeconfig'), kubeconfig(cluster), { mode: 0o600 });
    const [label, value] = selects;
    const mesh = {
      trustDomain: 'cluster.local',
      rootNamespace: 'istio-system',
      defaultConfig: { discoveryAddress: `127.0.0.1:${this.#ports.grpc}` },
      ingressControllerMode: 'OFF',
      discoverySelectors: [{ matchLabels: { [label]: value } }],
    };
    await writeFile(this.#file('mesh.yaml'), JSON.stringify(mesh)); // JSON is YAML.
  }

  /** Loopback and plain text only: nothing that is secret passes here. */
  #flags(): string[] {
    const { http, grpc, monitoring } = this.#ports;
    return [
      `--kubeconfig=${this.#file('kubeconfig')}`,
      `--meshConfig=${this.#file('mesh.yaml')}`,
      '--networksConfig=',
      `--httpAddr=127.0.0.1:${http}`,
      '--httpsAddr=',
      `--grpcAddr=127.0.0.1:${grpc}`,
      '--secureGRPCAddr=',
      `--monitoringAddr=127.0.0.1:${monitoring}`,
      '--ctrlz_port=0',
      '--profile=false',
    ];
  }

  #file(name: string): string {
    return join(this.#options.folder, name);
  }

  #failure(what: string): Failure {
    const last = this.#output.trim().split('\n').slice(-3).join('\n');
    return new Failure('unreachable', t('istiod could not be started ({0}). Check again.', `${what}: ${last}`));
  }
}

/**
 * Makes the types that istiod reads known to a cluster; those that are there already, in whatever version, stay. They are
 * left in the cluster: to take away the type of an object takes all such objects away.
 * @param send a request of the cluster's administrator.
 */
export async function installTypes(
  program: string,
  send: (path: string, body: object) => Promise<{ readonly status: number; readonly body: string }>,
  signal: AbortSignal,
): Promise<void> {
  const { stdout, stderr, code } = await run(program, ['crds'], { signal, timeout: startPatience });
  if (code !== 0) throw new Failure('unreachable', t('{0} could not be started: {1}', program, stderr.trim()));
  const types = stdout.trim().split('\n');
  await Promise.all(
    types.map(async (type) => {
      const { status, body } = await send(
        '/apis/apiextensions.k8s.io/v1/customresourcedefinitions',
        JSON.parse(type) as object,
      );
      if (status >= 400 && status !== 409)
        throw new Failure('unreachable', t('The cluster refused: {0}', body.slice(0, 200)));
    }),
  );
}

/** In the order in which a client asks for them: each names what to ask for next. */
const resourceKinds = ['listener', 'route', 'cluster', 'endpoint'] as const;

interface ReadConfig {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly resourceVersion: string };
}

const clusterId = 'Kubernetes';

/** It has no authority of its own, changes nothing in the cluster and has no other one beside it. */
const environment = {
  GANTRY_LIFELINE: '1',
  POD_NAME: 'istiod',
  POD_NAMESPACE: 'istio-system',
  CLUSTER_ID: clusterId,
  REVISION: 'default',
  ENABLE_CA_SERVER: 'false',
  PILOT_CERT_PROVIDER: 'none',
  INJECT_ENABLED: 'false',
  VALIDATION_WEBHOOK_CONFIG_NAME: '',
  INJECTION_WEBHOOK_CONFIG_NAME: '',
  ENABLE_LEADER_ELECTION: 'false',
  PILOT_ENABLE_GATEWAY_API: 'false',
  PILOT_ENABLE_STATUS: 'false',
  PILOT_ENABLE_ANALYSIS: 'false',
};

function kubeconfig({ server, ca, certificate, key }: ClusterPort): string {
  const base64 = (text: string): string => Buffer.from(text).toString('base64');
  const [name, user] = ['lab', 'lab'];
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': name,
    clusters: [{ name, cluster: { server, 'certificate-authority-data': base64(ca) } }],
    users: [{ name: user, user: { 'client-certificate-data': base64(certificate), 'client-key-data': base64(key) } }],
    contexts: [{ name, context: { cluster: name, user } }],
  });
}
