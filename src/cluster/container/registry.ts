/**
 * An image registry next to a cluster in a container: it lives in the network of the node, so that one name, localhost and a
 * port, is the registry for this machine and for the node alike, and image names need no change.
 */
import { t } from '../../core/l10n.ts';
import type { ApiClient } from '../apiClient.ts';
import type { ContainerEngine, ContainerFacts } from './engine.ts';
import { clusterLabel, containerName } from './request.ts';

/** Marks it with the cluster's name. */
export const registryLabel = `${clusterLabel}.registry`;

export const registryContainer = (cluster: string): string => `${containerName(cluster)}-registry`;

/** As it stands in image names. */
export const registryName = (port: number): string => `localhost:${port}`;

/** Body of `POST /containers/create`. @param node id of the container whose network it shares. */
export const registryRequest = (cluster: string, image: string, port: number, node: string): object => ({
  Image: image,
  Labels: { [registryLabel]: cluster },
  // https://distribution.github.io/distribution/about/configuration: the setting http.addr.
  Env: [`REGISTRY_HTTP_ADDR=0.0.0.0:${port}`],
  HostConfig: { NetworkMode: `container:${node}` },
});

/** The registry of a cluster; undefined when there is none. */
export async function ownRegistry(
  engine: ContainerEngine,
  cluster: string,
  signal: AbortSignal,
): Promise<ContainerFacts | undefined> {
  const container = await engine.container(registryContainer(cluster), signal);
  return container?.labels[registryLabel] === cluster ? container : undefined;
}

/**
 * Starts it anew, made if it is not there: a node that was started again has another network than the one it knew.
 * To be asked for once the node runs.
 */
export async function startRegistry(
  engine: ContainerEngine,
  cluster: string,
  image: string,
  port: number,
  node: string,
): Promise<void> {
  const never = new AbortController().signal;
  const before = await ownRegistry(engine, cluster, never);
  if (before?.running === true) await engine.stop(before.id, never);
  const id =
    before?.id ?? (await engine.create(registryContainer(cluster), registryRequest(cluster, image, port, node), never));
  await engine.start(id, never);
}

/** Tells tools that build images where to push, as https://kep.k8s.io/1755 has it. */
export async function announceRegistry(api: ApiClient, port: number): Promise<void> {
  const data = { 'localRegistryHosting.v1': `host: "${registryName(port)}"\n` };
  await api.send('POST', '/api/v1/namespaces/kube-public/configmaps', {
    metadata: { name: 'local-registry-hosting' },
    data,
  });
}

export const registrySentence = (registry: string): string =>
  t('Push images to {0}, and name them so in manifests: its nodes pull them from there.', registry);
