/** `gantry images list|pull`: what engines have, and what registries give. */
import { parseArgs } from 'node:util';
import { type CliCommand, type CliIo, type Exit, exit, table } from '../core/cli.ts';
import { Failure } from '../core/failure.ts';
import { t } from '../core/l10n.ts';
import { formatBytes } from '../core/storage.ts';
import type { Docker } from './domain.ts';
import { parsed } from './insideCli.ts';

export function imageCommands(domain: () => Promise<Docker>): CliCommand[] {
  return [
    {
      name: 'images list',
      usage: '[--json]',
      summary: () => t('List the images of every engine that answers'),
      run: (args, io) => list(args, io, domain),
    },
    {
      name: 'images pull',
      usage: 'IMAGE',
      summary: () => t('Pull an image with the credentials of the docker command'),
      run: (args, io) => pull(args, io, domain),
    },
  ];
}

async function list(args: readonly string[], io: CliIo, domain: () => Promise<Docker>): Promise<Exit> {
  const { values } = parsed(() => parseArgs({ args: [...args], options: { json: { type: 'boolean' } } }));
  const docker = await domain();
  await docker.preferred();
  const lists = await Promise.all(
    docker.engines.all.map(async ({ address, client }) =>
      (await client.list('images', io.signal)).map((image) => ({ engine: address, ...image })),
    ),
  );
  if (values.json === true) {
    io.out(JSON.stringify(lists.flat(), undefined, 2));
    return exit.done;
  }
  const rows = lists
    .flat()
    .map(({ id, name, bytes, created }) => [
      id.replace('sha256:', '').slice(0, 12),
      name ?? t('dangling'),
      formatBytes(bytes),
      created > 0 ? new Date(created).toISOString().slice(0, 10) : '',
    ]);
  for (const line of table([[t('IMAGE ID'), t('NAME'), t('SIZE'), t('CREATED')], ...rows])) io.out(line);
  return exit.done;
}

async function pull(args: readonly string[], io: CliIo, domain: () => Promise<Docker>): Promise<Exit> {
  const { positionals } = parsed(() => parseArgs({ args: [...args], allowPositionals: true }));
  const [name] = positionals;
  if (name === undefined || positionals.length > 1) throw new Failure('invalid', t('Name one image.'));
  const docker = await domain();
  const { address } = await docker.preferred();
  for await (const { id, status, current } of docker.transfer(address, 'pull', name, io.signal)) {
    // What moves bytes comes many times a second; a terminal wants one line for each step.
    if (current === undefined && status !== '') io.err(id === '' ? status : `${id}: ${status}`);
  }
  io.out(name);
  return exit.done;
}
