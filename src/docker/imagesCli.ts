/** `gantry images list|pull|build|scan`: what engines have, what registries give, what is built, and what is known of it. */
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { type CliCommand, type CliIo, type Exit, exit, table } from '../core/cli.ts';
import { Failure } from '../core/failure.ts';
import { t } from '../core/l10n.ts';
import { formatBytes } from '../core/storage.ts';
import type { BuildReport, BuildRequest } from './build/build.ts';
import { buildArgs, tagFor } from './build/request.ts';
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
    {
      name: 'images build',
      usage: '[FOLDER] [-t NAME] [-f FILE] [--build-arg A=B]… [--target STAGE] [--no-cache] [--network MODE] [--json]',
      summary: () => t('Build an image; what ran anew and why, and how large each line is, at the end'),
      run: (args, io) => build(args, io, domain),
    },
    {
      name: 'images scan',
      usage: 'IMAGE [--json]',
      summary: () =>
        t('Name the known vulnerabilities of an image’s Go programs, by govulncheck; exit status 1 when there are any'),
      run: (args, io) => scan(args, io, domain),
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

async function build(args: readonly string[], io: CliIo, domain: () => Promise<Docker>): Promise<Exit> {
  const { values, positionals } = parsed(() =>
    parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        tag: { type: 'string', short: 't' },
        file: { type: 'string', short: 'f', default: 'Dockerfile' },
        'build-arg': { type: 'string', multiple: true, default: [] },
        target: { type: 'string' },
        'no-cache': { type: 'boolean' },
        network: { type: 'string' },
        json: { type: 'boolean' },
      },
    }),
  );
  if (positionals.length > 1) throw new Failure('invalid', t('Name one folder.'));
  const folder = resolve(io.cwd, positionals[0] ?? '.');
  const { target, network } = values;
  const request: BuildRequest = {
    folder,
    dockerfile: values.file,
    tag: values.tag ?? tagFor(folder),
    args: buildArgs(values['build-arg']),
    ...(target === undefined ? {} : { target }),
    ...(values['no-cache'] === true ? { noCache: true } : {}),
    ...(network === undefined ? {} : { network }),
  };
  const docker = await domain();
  const { address } = await docker.preferred();
  const { BuildFailure } = await import('./build/build.ts');
  const { BuildLines, summaryLines } = await import('./build/lines.ts');
  const lines = new BuildLines();
  try {
    const report: BuildReport = (news) => lines.of(news).forEach(({ text }) => io.err(text));
    const outcome = await docker.build(address, request, report, io.signal);
    if (values.json === true) {
      const { steps, misses, sizes, tag } = outcome;
      const byLine = { misses: Object.fromEntries(misses), sizes: Object.fromEntries(sizes) };
      io.out(JSON.stringify({ tag, steps, ...byLine }, undefined, 2));
    } else {
      for (const line of summaryLines(outcome)) io.err(line);
      io.out(outcome.tag);
    }
    return exit.done;
  } catch (error) {
    if (!(error instanceof BuildFailure)) throw error;
    io.err(error.step?.line === undefined ? error.message : `${values.file}:${error.step.line + 1}: ${error.message}`);
    return exit.problems;
  }
}

async function scan(args: readonly string[], io: CliIo, domain: () => Promise<Docker>): Promise<Exit> {
  const { values, positionals } = parsed(() =>
    parseArgs({ args: [...args], allowPositionals: true, options: { json: { type: 'boolean' } } }),
  );
  const [name] = positionals;
  if (name === undefined || positionals.length > 1) throw new Failure('invalid', t('Name one image.'));
  const docker = await domain();
  const { address } = await docker.preferred();
  const report = await docker.scan(address, name, (message) => io.err(message), io.signal);
  const { advice } = await import('./imageParts.ts');
  if (values.json === true) io.out(JSON.stringify(report, undefined, 2));
  else {
    for (const { path, vulnerabilities } of report.programs) {
      for (const one of vulnerabilities) {
        io.out(`${path}: ${one.id} ${one.module} ${one.version} ${one.summary}`.trimEnd());
        for (const sentence of advice(one)) io.out(`    ${sentence}`);
      }
    }
    const { scanText } = await import('./scan/report.ts');
    io.err(scanText(report));
  }
  return report.programs.some(({ vulnerabilities }) => vulnerabilities.length > 0) ? exit.problems : exit.done;
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
