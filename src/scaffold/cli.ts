/** `gantry new …`. */
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { type CliCommand, type CliIo, type Exit, exit, table } from '../core/cli.ts';
import { Failure, messageOf } from '../core/failure.ts';
import { t } from '../core/l10n.ts';
import type { Scaffold } from './domain.ts';
import { explainedExtras, explainedFrameworks, type Extra, type Framework, usualExtras } from './model.ts';

export const scaffoldCommands = (domain: () => Promise<Scaffold>): CliCommand[] => [
  {
    name: 'new service',
    usage:
      'NAME [--framework nethttp|gin|gokit|gomicro|grpc | --proto FILE] [--module PATH] [--with kustomize,helm,skaffold,ci] [--dir DIR]',
    summary: () => t('Write a service that logs, measures, traces, tells its health and stops gracefully'),
    run: (args, io) => newService(args, io, domain),
  },
  {
    name: 'new choices',
    usage: '',
    summary: () => t('Say what a new service can be made with, and why one would'),
    run: async (_, io) => {
      explain(io);
      return exit.done;
    },
  },
];

async function newService(args: readonly string[], io: CliIo, domain: () => Promise<Scaffold>): Promise<Exit> {
  const { values, positionals } = parse(args);
  const [name, more] = positionals;
  if (name === undefined || more !== undefined) throw new Failure('invalid', t('Name one service, such as orders.'));
  const [scaffold, { patchOf }] = await Promise.all([domain(), import('./write.ts')]);
  const { proto, dir, module = `example.com/${name}`, framework = proto === undefined ? 'nethttp' : 'grpc' } = values;
  if (proto !== undefined) io.err(t('Making Go code of {0} …', proto));
  const choice = {
    name,
    module,
    framework: framework as Framework,
    extras: values.with.split(',').filter((part) => part !== '') as Extra[],
    ...(proto === undefined ? {} : { proto: resolve(io.cwd, proto) }),
  };
  const made = await scaffold.service(resolve(io.cwd, dir ?? name), choice, io.signal);
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

/** Each framework and each part with its reason. */
function explain(io: CliIo): void {
  const rows = (all: ReturnType<typeof explainedExtras> | ReturnType<typeof explainedFrameworks>): string[][] =>
    all.map(({ id, title, reason }) => [`  ${id}`, title, reason]);
  io.out(`--framework: ${t('What it is built with')}`);
  for (const line of table(rows(explainedFrameworks()))) io.out(line);
  io.out(`--with: ${t('What comes beside the program')}`);
  for (const line of table(rows(explainedExtras()))) io.out(line);
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        framework: { type: 'string' },
        proto: { type: 'string' },
        module: { type: 'string' },
        with: { type: 'string', default: usualExtras.join(',') },
        dir: { type: 'string' },
      },
    });
  } catch (error) {
    throw new Failure('invalid', messageOf(error));
  }
}
