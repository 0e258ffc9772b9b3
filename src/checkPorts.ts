/** What the curriculum's checks need of the other domains. Each is loaded when a check first needs it. */
import { readFile } from 'node:fs/promises';
import type { Cluster } from './cluster/domain.ts';
import { credentialsIn } from './cluster/kubeconfig.ts';
import { neverChanges } from './core/emitter.ts';
import { toFailure } from './core/failure.ts';
import type { Log } from './core/log.ts';
import {
  type CheckPorts,
  type ClusterPort,
  type GrpcAnswer,
  type PodCluster,
  NoEngine,
  NoPodCluster,
} from './curriculum/ports.ts';
import type { Docker } from './docker/domain.ts';
import type { Grpc } from './grpc/domain.ts';

export interface Sources {
  readonly cluster: () => Promise<Cluster>;
  readonly docker: () => Promise<Docker>;
  readonly grpc: () => Promise<Grpc>;
}

/** What a lesson asks is answered by the program alone: no file or setting of the workspace says how to call it. */
export async function grpcOfLessons(log: Log): Promise<Grpc> {
  const { createGrpc } = await import('./grpc/domain.ts');
  return createGrpc({ log, settings: { servers: () => [], deadline: () => 10, onDidChange: neverChanges } });
}

export function checkPorts({ cluster, docker, grpc }: Sources): CheckPorts {
  return {
    labkit: async (name, report, signal) => (await cluster()).labkit(name, report, signal),
    grpc: async (request, signal) => {
      const answer = { messages: [] as string[], details: '' };
      let code: string | undefined;
      const { onMessage, deadline, ...call } = request;
      for await (const event of (await grpc()).call({ ...call, deadline: deadline / 1000 }, signal)) {
        if (event.kind === 'message') {
          answer.messages.push(event.json);
          onMessage?.(event.json);
        } else if (event.kind === 'trailers') {
          code = event.codeName;
          answer.details = event.details;
        } else if (event.kind === 'failed') {
          answer.details = event.failure.message;
          // In gRPC's own word for a server that takes no connection.
          if (event.failure.kind === 'unreachable') code = 'UNAVAILABLE';
        }
      }
      return { ...answer, ...(code === undefined ? {} : { code }) } satisfies GrpcAnswer;
    },
    engine: async (signal) => {
      signal.throwIfAborted();
      const domain = await docker();
      const { address, client } = await preferredEngine(domain);
      const { enginePort } = await import('./enginePort.ts');
      return enginePort(domain, address, client);
    },
    cluster: async (report, signal) => clusterPort('gantry', await (await cluster()).start(report, signal)),
    podCluster: async (signal) => {
      const { address } = await preferredEngine(await docker());
      const domain = await cluster();
      const found = (await ownPodCluster(domain)) ?? (await otherPodCluster(domain, signal));
      if (found === undefined) throw new NoPodCluster();
      return {
        ...found,
        load: async (image, aborted) => void (await domain.load(image, () => {}, aborted, found.context, address)),
        unload: (image, aborted) => domain.unload(image, aborted, found.context),
      } satisfies PodCluster;
    },
  };
}

const preferredEngine = (docker: Docker): ReturnType<Docker['preferred']> =>
  docker.preferred().catch((error: unknown) => {
    throw new NoEngine(toFailure(error));
  });

/** The administrator's certificate out of the cluster's own kubeconfig, which has it inside. */
async function clusterPort(
  context: string,
  { kubeconfig, server }: { readonly kubeconfig: string; readonly server: string },
): Promise<ClusterPort> {
  const text = await readFile(kubeconfig, 'utf8');
  return { context, server, ...credentialsIn(text, kubeconfig) };
}

/** A cluster of ours in a container that runs. */
async function ownPodCluster(domain: Cluster): Promise<ClusterPort | undefined> {
  const all = await domain.list();
  const running = all.find(({ kind, status }) => kind === 'container' && status === 'running');
  if (running === undefined) return undefined;
  return clusterPort(running.name, await domain.reached(running.name));
}

/** One of kind or k3d, by the context that these wrote into the person's kubeconfig. */
async function otherPodCluster(domain: Cluster, signal: AbortSignal): Promise<ClusterPort | undefined> {
  const others = await domain.others(signal).catch(() => []);
  if (others.length === 0) return undefined;
  const { loadKubeConfigs } = await import('./kubernetes/kubeconfig.ts');
  const { contexts } = await loadKubeConfigs({ env: process.env, extra: [] });
  const text = (base64: string | undefined): string => Buffer.from(base64 ?? '', 'base64').toString('utf8');
  return contexts
    .filter(({ name, cluster: { server } }) =>
      others.some((other) => other.name === name && other.ports.includes(Number(URL.parse(server)?.port))),
    )
    .map(({ name, cluster: { server, caData }, user }) => ({
      context: name,
      server,
      ca: text(caData),
      certificate: text(user?.certData),
      key: text(user?.keyData),
    }))[0];
}
