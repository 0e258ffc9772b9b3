/** Where a container's ports are on this machine. */
import { Failure } from '../core/failure.ts';
import { t } from '../core/l10n.ts';
import type { Docker } from './domain.ts';
import type { ContainerNode } from './nodes.ts';

/** The address at which a port of a running container is published. Throws Failure that says what is missing. */
export async function publishedAddress(
  docker: Pick<Docker, 'list'>,
  name: string,
  port: number,
  signal: AbortSignal,
): Promise<string> {
  const containers = (await docker.list(signal)).map(({ container }) => container);
  const container = containers.find((each) => each.name === name || (each.id.startsWith(name) && name.length >= 12));
  if (container === undefined) throw new Failure('notFound', t('There is no container called {0}.', name));
  if (container.state !== 'running') throw new Failure('unreachable', t('The container {0} does not run.', name));
  const found = container.ports.find((each) => each.container === port && each.protocol === 'tcp');
  if (found !== undefined) return `127.0.0.1:${found.host}`;
  throw new Failure('notFound', t('The container {0} publishes no port {1}. Run it with -p {1}.', name, port));
}

/** The ports of the row's container that are published. Throws Failure `invalid` for a row that is no container's. */
export async function publishedPorts(
  docker: Pick<Docker, 'container'>,
  row: ContainerNode,
  signal: AbortSignal,
): Promise<{ readonly name: string; readonly ports: readonly number[] }> {
  if (row.kind !== 'container') throw new Failure('invalid', t('Choose a container first.'));
  const { name, ports } = await docker.container(row, signal);
  return { name, ports: ports.filter(({ protocol }) => protocol === 'tcp').map(({ container }) => container) };
}
