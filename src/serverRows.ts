/** Where a gRPC server runs, as the command that shows its row in another view. */
import { Failure } from './core/failure.ts';
import { t } from './core/l10n.ts';
import type { Docker } from './docker/domain.ts';
import { type KubernetesPlace, readContainerPlace, readKubernetesPlace } from './grpc/places.ts';
import { type ApiResource, known, pick, workloadResources } from './kubernetes/apiResource.ts';
import type { Kubernetes } from './kubernetes/domain.ts';

/** A command and what it gets. */
export interface RowCommand {
  readonly id: string;
  readonly args: readonly unknown[];
}

/** Throws Failure: `invalid` for a server that is neither in a cluster nor in a container, `notFound` where it is gone. */
export async function rowOfServer(
  target: string,
  views: { readonly kubernetes: () => Promise<Kubernetes>; readonly docker: () => Promise<Docker> },
  signal: AbortSignal,
): Promise<RowCommand> {
  const place = readKubernetesPlace(target);
  if (place !== undefined) return clusterRow(place, await views.kubernetes());
  const container = readContainerPlace(target);
  if (container !== undefined) return containerRow(container.name, await views.docker(), signal);
  throw new Failure('invalid', t('Nothing is known of {0} but its address.', target));
}

async function clusterRow(place: KubernetesPlace, { contexts }: Kubernetes): Promise<RowCommand> {
  const context = (await contexts.loaded()).contexts.find(({ id, name }) => [id, name].includes(place.context));
  if (context === undefined) throw new Failure('notFound', t('There is no context {0}.', place.context));
  const { namespace, name } = place;
  const ref = { ...pick(kindOf(place.kind)), context: context.id, namespace, name };
  return { id: 'gantry.kubernetes.reveal', args: [ref] };
}

function kindOf(kind: string): ApiResource {
  if (kind === known.services.kind) return known.services;
  return workloadResources[kind] ?? known.pods;
}

async function containerRow(name: string, docker: Docker, signal: AbortSignal): Promise<RowCommand> {
  const found = (await docker.list(signal)).find(({ container }) => container.name === name);
  if (found === undefined) throw new Failure('notFound', t('There is no container called {0}.', name));
  const { engine, container } = found;
  return { id: 'gantry.docker.reveal', args: [{ kind: 'container', engine, id: container.id }] };
}
