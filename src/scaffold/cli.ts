/** `gantry new …`. */
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { type CliCommand, type CliIo, type Exit, exit } from '../core/cli.ts';
import { Failure, messageOf } from '../core/failure.ts';
import { t } from '../core/l10n.ts';
import type { Scaffold } from './domain.ts';
import { type Extra, extras, type Framework } from './model.ts';

export const scaffoldCommands = (domain: () => Promise<Scaffold>): CliCommand[] => [
  {
    name: 'new service',
    usage: 'NAME [--framework nethttp|gin|gokit] [--module PATH] [--with kustomize,skaffold,ci] [--dir DIR]',
    summary: () => t('Write a service that logs, measures, traces, tells its health and stops gracefully'),
    run: (args, io) => newService(args, io, domain),
  },
];

async function newService(args: readonly string[], io: CliIo, domain: () => Promise<Scaffold>): Promise<Exit> {
  const { values, positionals } = parse(args);
  const [name, more] = positionals;
  if (name === undefined || more !== undefined) throw new Failure('invalid', t('Name one service, such as orders.'));
  const [scaffold, { patchOf }] = await Promise.all([domain(), import('./write.ts')]);
  const made = await scaffold.service(resolve(io.cwd, values.dir ?? name), {
    name,
    module: values.module ?? `example.com/${name}`,
    framework: values.framework as Framework,
    extras: values.with.split(',').filter((part) => part !== '') as Extra[],
  });
  for (const path of made.fresh) io.out(path);
  for (const path of made.different) io.out(await patchOf(made.folder, path, made.files));
  io.err(
    made.different.length === 0
      ? t('Written to {0}.', made.folder)
      : t(
          '{0} files are other than generated and stay as they are; the differences stand above.',
          made.different.length,
        ),
  );
  return made.different.length === 0 ? exit.done : exit.problems;
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        framework: { type: 'string', default: 'nethttp' },
        module: { type: 'string' },
        with: { type: 'string', default: extras.join(',') },
        dir: { type: 'string' },
      },
    });
  } catch (error) {
    throw new Failure('invalid', messageOf(error));
  }
}
