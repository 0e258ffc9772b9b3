/** `gantry containers …`: the Containers view in a terminal. */
import { parseArgs } from 'node:util';
import { type CliCommand, type CliIo, type Exit, exit, table } from '../core/cli.ts';
import { Failure, messageOf } from '../core/failure.ts';
import { t } from '../core/l10n.ts';
import type { Docker, ListedContainer } from './domain.ts';
import type { Output } from './demux.ts';
import { imageCommands } from './imagesCli.ts';
import { insideCommands } from './insideCli.ts';
import { newDockerfileCommand } from './newDockerfileCli.ts';

/** @param domain loads the heavy part; called when a command runs. */
export function dockerCommands(domain: () => Promise<Docker>): CliCommand[] {
  const list: CliCommand = {
    name: 'containers list',
    usage: '[--json]',
    summary: () => t('List the containers of every engine that answers'),
    run: (args, io) => listContainers(args, io, domain),
  };
  return [
    { ...list, name: 'containers' },
    list,
    {
      name: 'containers logs',
      usage: 'CONTAINER [-f] [--tail N] [--json]',
      summary: () => t('Print what a container wrote; -f follows until it stops'),
      run: (args, io) => printLogs(args, io, domain),
    },
    ...insideCommands(domain),
    ...imageCommands(domain),
    newDockerfileCommand,
    {
      name: 'doctor engines',
      usage: '[--json]',
      summary: () => t('Tell where container engines were looked for, what was wrong, and how to correct it'),
      run: (args, io) => examine(args, io, domain),
    },
  ];
}

async function listContainers(args: readonly string[], io: CliIo, domain: () => Promise<Docker>): Promise<Exit> {
  const { values } = parse(() => parseArgs({ args: [...args], options: { json: { type: 'boolean' } } }));
  const docker = await domain();
  const listed = await docker.list(io.signal);
  if (values.json === true)
    io.out(
      JSON.stringify(
        listed.map(({ engine, container }) => ({ engine, ...container })),
        null,
        2,
      ),
    );
  else for (const line of table([headings(), ...(await rows(listed))])) io.out(line);
  return exit.done;
}

const headings = (): string[] => [t('CONTAINER ID'), t('NAME'), t('IMAGE'), t('STATE'), t('PORTS')];

async function rows(listed: readonly ListedContainer[]): Promise<string[][]> {
  const [{ portText }, { stateText }] = await Promise.all([import('./describe.ts'), import('./stateText.ts')]);
  return listed.map(({ container }) => [
    container.id.slice(0, 12),
    container.name,
    container.image,
    stateText(container),
    container.ports.map(portText).join(', '),
  ]);
}

async function examine(args: readonly string[], io: CliIo, domain: () => Promise<Docker>): Promise<Exit> {
  const { values } = parse(() => parseArgs({ args: [...args], options: { json: { type: 'boolean' } } }));
  const docker = await domain();
  const examination = await docker.examine();
  if (values.json === true) {
    io.out(JSON.stringify(examination, null, 2));
  } else {
    const { findingLines, verdictOf } = await import('./doctor.ts');
    for (const finding of examination.findings) {
      io.out(`${finding.source}: ${finding.address}`);
      for (const line of findingLines(finding)) io.out(`  ${line}`);
    }
    io.out('');
    io.out(verdictOf(examination));
  }
  return examination.used === undefined ? exit.problems : exit.done;
}

async function printLogs(args: readonly string[], io: CliIo, domain: () => Promise<Docker>): Promise<Exit> {
  const { values, positionals } = parse(() =>
    parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        follow: { type: 'boolean', short: 'f' },
        tail: { type: 'string', default: 'all' },
        json: { type: 'boolean' },
      },
    }),
  );
  const [container] = positionals;
  if (container === undefined || positionals.length > 1) throw new Failure('invalid', t('Name one container.'));
  const query = { follow: values.follow === true, tail: tailOf(values.tail) };
  const docker = await domain();
  const print = (stream: Output['stream'], line: string): void => {
    if (values.json === true) io.out(JSON.stringify({ stream, line }));
    else if (stream === 'stdout') io.out(line);
    else io.err(line);
  };
  await printLines(docker.logs(container, query, io.signal), print);
  return exit.done;
}

/** Frames end anywhere in a line, so each stream is framed by itself. */
async function printLines(
  output: AsyncIterable<Output>,
  print: (stream: Output['stream'], line: string) => void,
): Promise<void> {
  const rest: Record<Output['stream'], Buffer[]> = { stdout: [], stderr: [] };
  for await (const { stream, data } of output) {
    let start = 0;
    for (let end = data.indexOf(10); end >= 0; end = data.indexOf(10, start)) {
      print(stream, Buffer.concat([...rest[stream], data.subarray(start, end)]).toString());
      rest[stream] = [];
      start = end + 1;
    }
    if (start < data.length) rest[stream].push(data.subarray(start));
  }
  for (const stream of ['stdout', 'stderr'] as const) {
    if (rest[stream].length > 0) print(stream, Buffer.concat(rest[stream]).toString());
  }
}

function tailOf(text: string): number | 'all' {
  if (text === 'all') return 'all';
  if (!/^\d+$/.test(text)) throw new Failure('invalid', t('--tail takes a number of lines or "all", not {0}.', text));
  return Number(text);
}

function parse<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw new Failure('invalid', messageOf(error), error);
  }
}
