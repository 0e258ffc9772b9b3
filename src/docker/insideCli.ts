/** `gantry containers stats|exec`: what a container uses, and a command in it. */
import { parseArgs } from 'node:util';
import { type CliCommand, type CliIo, type Exit, exit } from '../core/cli.ts';
import { Failure, messageOf } from '../core/failure.ts';
import { t } from '../core/l10n.ts';
import { formatBytes } from '../core/storage.ts';
import type { Docker, NamedRef } from './domain.ts';
import type { Session } from './session.ts';
import type { Sample } from './stats.ts';

export function insideCommands(domain: () => Promise<Docker>): CliCommand[] {
  return [
    {
      name: 'containers stats',
      usage: 'CONTAINER… [--once] [--json]',
      summary: () => t('Print what containers use, about once a second until they stop'),
      run: (args, io) => printStats(args, io, domain),
    },
    {
      name: 'containers exec',
      usage: 'CONTAINER [--] COMMAND [ARGUMENT…]',
      summary: () => t('Run a command in a container; exits 1 when the command fails'),
      run: (args, io) => execute(args, io, domain),
    },
  ];
}

/** A container by name or by the beginning of its id. Throws Failure `notFound`, or `invalid` when several begin so. */
export async function findContainer(docker: Docker, wanted: string, signal: AbortSignal): Promise<NamedRef> {
  const listed = await docker.list(signal);
  const named = listed.filter(({ container }) => container.name === wanted);
  const found = named.length > 0 ? named : listed.filter(({ container }) => container.id.startsWith(wanted));
  if (found.length > 1)
    throw new Failure('invalid', t('Several containers are called {0}. Name one by its id.', wanted));
  const [one] = found;
  if (one === undefined) throw new Failure('notFound', t('There is no container {0}.', wanted));
  return { engine: one.engine, id: one.container.id, name: one.container.name };
}

async function printStats(args: readonly string[], io: CliIo, domain: () => Promise<Docker>): Promise<Exit> {
  const options = { once: { type: 'boolean' }, json: { type: 'boolean' } } as const;
  const { values, positionals } = parsed(() => parseArgs({ args: [...args], allowPositionals: true, options }));
  if (positionals.length === 0) throw new Failure('invalid', t('Name one container or more.'));
  const docker = await domain();
  const refs = await Promise.all(positionals.map((name) => findContainer(docker, name, io.signal)));
  const heading = [t('NAME'), t('CPU'), t('MEMORY'), t('NETWORK'), t('DISK')];
  if (values.json !== true) io.out(columns(heading));
  await Promise.all(
    refs.map(async (ref) => {
      // The first sample has no CPU: that is a difference of two.
      let count = 0;
      for await (const sample of docker.stats(ref, io.signal)) {
        if (++count === 1) continue;
        io.out(values.json === true ? JSON.stringify({ name: ref.name, ...sample }) : columns(cells(ref.name, sample)));
        if (values.once === true) return;
      }
    }),
  );
  return exit.done;
}

const cells = (name: string, sample: Sample): string[] => [
  name,
  `${sample.cpuPercent.toFixed(1)} %`,
  `${formatBytes(sample.memory)} / ${formatBytes(sample.memoryLimit)}`,
  `${formatBytes(sample.received)} / ${formatBytes(sample.sent)}`,
  `${formatBytes(sample.read)} / ${formatBytes(sample.written)}`,
];

/** Columns of a fixed width: rows come one by one. */
const columns = ([name = '', ...rest]: readonly string[]): string =>
  [name.padEnd(24), ...rest.map((cell) => cell.padEnd(20))].join(' ').trimEnd();

async function execute(args: readonly string[], io: CliIo, domain: () => Promise<Docker>): Promise<Exit> {
  const [wanted, ...rest] = args;
  const command = rest[0] === '--' ? rest.slice(1) : rest;
  if (wanted === undefined || wanted.startsWith('-') || command.length === 0) {
    throw new Failure('invalid', t('Name a container and a command: gantry containers exec CONTAINER -- COMMAND'));
  }
  const docker = await domain();
  const ref = await findContainer(docker, wanted, io.signal);
  const tty = io.terminal?.input.isTTY === true && io.terminal.output.isTTY;
  const session = await docker.exec(ref, { command, tty }, io.signal);
  const release = joined(session, io, tty);
  try {
    await print(session, io);
    const code = await session.exitCode();
    return code === 0 ? exit.done : exit.problems;
  } finally {
    release();
    session.close();
  }
}

/** Joins the terminal's input to the session; gives back what lets go of it again. */
function joined(session: Session, { terminal }: CliIo, tty: boolean): () => void {
  if (terminal === undefined) {
    session.endInput();
    return () => {};
  }
  const { input, output } = terminal;
  const resize = (): void => void session.resize({ columns: output.columns, rows: output.rows });
  const type = (data: Buffer): void => session.write(data);
  const end = (): void => session.endInput();
  if (tty) {
    input.setRawMode(true); // Ctrl-C and the rest are the command's.
    output.on('resize', resize);
    resize();
  }
  input.on('data', type).once('end', end);
  return () => {
    if (tty) input.setRawMode(false);
    output.off('resize', resize);
    input.off('data', type).off('end', end).pause();
  };
}

async function print(session: Session, io: CliIo): Promise<void> {
  const { terminal } = io;
  let rest = '';
  for await (const { stream, data } of session.output) {
    if (terminal !== undefined) (stream === 'stderr' ? process.stderr : terminal.output).write(data);
    else {
      const lines = (rest + data.toString()).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) io.out(line);
    }
  }
  if (rest !== '') io.out(rest);
}

export function parsed<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw new Failure('invalid', messageOf(error), error);
  }
}
