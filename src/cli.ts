/** `gantry`: the terminal program. Finds the command, gives it the terminal, turns its outcome into an exit status. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type CliCommand, type CliIo, exit, type Exit } from './core/cli.ts';
import { isAbort, messageOf, toFailure } from './core/failure.ts';
import { installLanguage, t } from './core/l10n.ts';
import type { Log } from './core/log.ts';
import { passingMemory } from './core/memory.ts';
import { compose } from './compose.ts';
import { neverChanges } from './core/emitter.ts';
import { commands } from './commands.ts';

const dist = dirname(fileURLToPath(import.meta.url));

/** Warnings and errors go to stderr; the rest would only disturb. */
const log: Log = {
  trace: () => {},
  info: () => {},
  warn: (message) => process.stderr.write(`${message}\n`),
  error: (message, error) => process.stderr.write(`${message}${error === undefined ? '' : `: ${messageOf(error)}`}\n`),
};

async function main(args: readonly string[]): Promise<Exit> {
  if (isChinese(process.env))
    installLanguage(
      JSON.parse(readFileSync(join(dist, 'l10n/bundle.l10n.zh-cn.json'), 'utf8')) as Record<string, string>,
    );
  const interrupted = new AbortController();
  process.once('SIGINT', () => interrupted.abort());
  const io: CliIo = {
    out: (line) => process.stdout.write(`${line}\n`),
    err: (line) => process.stderr.write(`${line}\n`),
    write: (bytes) =>
      new Promise((resolve) => {
        if (process.stdout.write(bytes)) resolve();
        else process.stdout.once('drain', resolve);
      }),
    stdin: process.stdin,
    env: process.env,
    cwd: process.cwd(),
    signal: interrupted.signal,
    terminal: { input: process.stdin, output: process.stdout },
  };
  const gantry = compose({
    log,
    extensionFolder: dirname(dist),
    env: process.env,
    language: isChinese(process.env) ? 'zh-cn' : 'en',
    workspaceFolder: () => process.cwd(),
    memory: passingMemory(),
    workspaceMemory: passingMemory(),
    trusted: () => true, // Who types the command trusts the folder they stand in.
    settings: {
      dockerEndpoint: () => '',
      dockerGroupBy: () => '',
      onDidChangeDocker: neverChanges,
      vulnerabilityDatabase: () => '',
      grpcServers: () => [],
      grpcDeadline: () => 15,
      grpcConnections: () => ({}),
      onDidChangeGrpc: neverChanges,
    },
  });
  try {
    return await run(args, commands(gantry), io);
  } catch (error) {
    if (isAbort(error)) return exit.unable;
    const failure = toFailure(error);
    io.err(failure.message);
    return failure.kind === 'invalid' ? exit.usage : exit.unable;
  } finally {
    gantry.dispose();
  }
}

async function run(args: readonly string[], all: readonly CliCommand[], io: CliIo): Promise<Exit> {
  const [first] = args;
  if (first === undefined || first === 'help' || first === '--help' || first === '-h') {
    help(all, io);
    return first === undefined ? exit.usage : exit.done;
  }
  if (first === '--version') {
    io.out((JSON.parse(readFileSync(join(dist, '../package.json'), 'utf8')) as { version: string }).version);
    return exit.done;
  }
  const command = select(all, args);
  // The commands of one thing, such as `gantry learn --help`.
  const group = all.filter(({ name }) => name.startsWith(`${first} `));
  if (command === undefined && group.length > 0 && [undefined, '--help', '-h'].includes(args[1])) {
    help(group, io);
    return args[1] === undefined ? exit.usage : exit.done;
  }
  if (command === undefined) {
    io.err(t('There is no command "{0}". `gantry --help` lists them.', args.slice(0, 2).join(' ')));
    return exit.usage;
  }
  const rest = args.slice(command.name.split(' ').length);
  if (rest.includes('--help') || rest.includes('-h')) {
    io.out(`gantry ${command.name} ${command.usage}\n\n${command.summary()}`);
    return exit.done;
  }
  return command.run(rest, io);
}

/** The command whose words the arguments begin with; the longest wins, so `containers logs` is not `containers`. */
function select(all: readonly CliCommand[], args: readonly string[]): CliCommand | undefined {
  return all
    .filter(({ name }) => name.split(' ').every((word, i) => args[i] === word))
    .toSorted((a, b) => b.name.length - a.name.length)[0];
}

function help(all: readonly CliCommand[], io: CliIo): void {
  io.out(t('Gantry: clusters, containers, gRPC and a proven curriculum.'));
  io.out('');
  for (const { name, usage, summary } of all) io.out(`  gantry ${name} ${usage}\n      ${summary()}`);
  io.out('');
  io.out(t('Exit status: 0 done, 1 problems found, 2 wrong use, 3 could not run.'));
}

/** POSIX order: LC_ALL, then LC_MESSAGES, then LANG. */
function isChinese(env: NodeJS.ProcessEnv): boolean {
  return (env['LC_ALL'] || env['LC_MESSAGES'] || env['LANG'] || '').toLowerCase().startsWith('zh');
}

// A reader that ends early (`gantry get pods | head`) is no fault.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(exit.done);
  throw error;
});
process.exit(await main(process.argv.slice(2)));
