/** `gantry logs`, `gantry exec`, `gantry forward`: the same engine as the editor's commands. */
import { type ParseArgsConfig, parseArgs } from 'node:util';
import { systemClock } from '../../core/backoff.ts';
import { type CliCommand, type CliIo, type Exit, exit } from '../../core/cli.ts';
import { Failure, messageOf } from '../../core/failure.ts';
import { t } from '../../core/l10n.ts';
import { withoutColours } from '../../core/log/clean.ts';
import { LogRenderer } from '../../core/log/render.ts';
import { lookup } from '../../core/lookup.ts';
import { chooseContext } from '../cli.ts';
import type { Kubernetes } from '../domain.ts';
import { parsePorts } from '../forward/spec.ts';
import { type LogTarget, podLogs } from '../logs/podLogs.ts';
import { podTarget, workloadTarget } from '../logs/targets.ts';
import { type RemoteCommand, startRemote } from './remoteCommand.ts';

const place = '[-n NAMESPACE] [--context NAME] [--kubeconfig FILE]';
const usages = {
  logs: `POD | KIND/NAME [-c CONTAINER] [-f] [-p] [--tail N] [--since SECONDS] [--timestamps] [--raw] ${place}`,
  exec: `POD [-c CONTAINER] [-i] [-t] ${place} -- COMMAND [ARGS]`,
  forward: `POD | KIND/NAME PORT… ${place}`,
} as const;

const placeOptions = {
  namespace: { type: 'string', short: 'n' },
  context: { type: 'string' },
  kubeconfig: { type: 'string' },
} as const;

/** Kinds as they may be written, and as API objects name them. */
const kinds: Readonly<Record<string, string>> = lookup({
  pod: 'Pod',
  po: 'Pod',
  service: 'Service',
  svc: 'Service',
  deployment: 'Deployment',
  deploy: 'Deployment',
  statefulset: 'StatefulSet',
  sts: 'StatefulSet',
  daemonset: 'DaemonSet',
  ds: 'DaemonSet',
  replicaset: 'ReplicaSet',
  rs: 'ReplicaSet',
  job: 'Job',
});

export function streamCommands(kubernetes: () => Promise<Kubernetes>): CliCommand[] {
  return [
    {
      name: 'logs',
      usage: usages.logs,
      summary: () => t('Prints the log of a pod, of a container or of all pods of a workload.'),
      run: async (args, io) => logs(await kubernetes(), args, io),
    },
    {
      name: 'exec',
      usage: usages.exec,
      summary: () => t('Runs a command in a container.'),
      run: async (args, io) => execute(await kubernetes(), args, io),
    },
    {
      name: 'forward',
      usage: usages.forward,
      summary: () => t('Forwards ports of this machine to a pod, a service or a workload until Ctrl+C.'),
      run: async (args, io) => forward(await kubernetes(), args, io),
    },
  ];
}

function parse<T extends NonNullable<ParseArgsConfig['options']>>(
  name: keyof typeof usages,
  args: readonly string[],
  options: T,
): { values: ReturnType<typeof parseArgs<{ options: T; allowPositionals: true }>>['values']; words: string[] } {
  try {
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
    if (positionals.length > 0) return { values, words: positionals };
  } catch (error) {
    const problem = messageOf(error).split('. ', 1)[0]!;
    throw new Failure('invalid', t('{0}. Usage: gantry {1}', problem, `${name} ${usages[name]}`), error);
  }
  throw new Failure('invalid', t('Name what is meant. Usage: gantry {0}', `${name} ${usages[name]}`));
}

function subject(word: string, name: keyof typeof usages): { kind: string; name: string } {
  const [, kindWord, rest] = /^([^/]+)\/(.+)$/.exec(word) ?? [];
  if (kindWord === undefined) return { kind: 'Pod', name: word };
  const kind = kinds[kindWord.toLowerCase().replace(/s$/, '')] ?? kinds[kindWord.toLowerCase()];
  if (kind === undefined || rest === undefined) {
    throw new Failure('invalid', t('{0}. Usage: gantry {1}', word, `${name} ${usages[name]}`));
  }
  return { kind, name: rest };
}

async function logs(kubernetes: Kubernetes, args: readonly string[], io: CliIo): Promise<Exit> {
  const { values, words } = parse('logs', args, {
    ...placeOptions,
    container: { type: 'string', short: 'c' },
    follow: { type: 'boolean', short: 'f' },
    previous: { type: 'boolean', short: 'p' },
    tail: { type: 'string' },
    since: { type: 'string' },
    timestamps: { type: 'boolean' },
    raw: { type: 'boolean' },
  });
  const { kind, name } = subject(words[0]!, 'logs');
  const context = await chooseContext(kubernetes, values, io);
  const where = { context: context.id, namespace: values.namespace ?? context.namespace };
  const target: LogTarget =
    kind === 'Pod'
      ? podTarget(where, name, values.container)
      : { ...workloadTarget(where, kind, name), container: values.container };
  const { store, contexts } = kubernetes;
  const feed = podLogs({ store, connect: contexts.connect, clock: systemClock }, target, {
    follow: values.follow ?? false,
    previous: values.previous ?? false,
    tail: count(values.tail, '--tail'),
    sinceSeconds: count(values.since, '--since'),
  });
  const renderer = new LogRenderer();
  const options = { json: values.raw !== true, times: values.timestamps ?? false };
  const colours = io.env['NO_COLOR'] === undefined && process.stdout.isTTY;
  for await (const batch of feed(io.signal)) {
    const lines = batch.map((entry) => renderer.render(entry, options));
    const text = `${(colours ? lines : lines.map(withoutColours)).join('\n')}\n`;
    if (io.write === undefined) io.out(text.slice(0, -1));
    else await io.write(Buffer.from(text));
  }
  return exit.done;
}

function count(text: string | undefined, option: string): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text.replace(/s$/, ''));
  if (Number.isInteger(value) && value >= 0) return value;
  throw new Failure('invalid', t('{0}. Usage: gantry {1}', `${option} ${text}`, `logs ${usages.logs}`));
}

async function execute(kubernetes: Kubernetes, args: readonly string[], io: CliIo): Promise<Exit> {
  const at = args.indexOf('--');
  const command = at < 0 ? [] : args.slice(at + 1);
  const { values, words } = parse('exec', at < 0 ? args : args.slice(0, at), {
    ...placeOptions,
    container: { type: 'string', short: 'c' },
    stdin: { type: 'boolean', short: 'i' },
    tty: { type: 'boolean', short: 't' },
  });
  if (command.length === 0)
    throw new Failure('invalid', t('Name what is meant. Usage: gantry {0}', `exec ${usages.exec}`));
  const context = await chooseContext(kubernetes, values, io);
  const where = {
    namespace: values.namespace ?? context.namespace,
    pod: words[0]!,
    container: values.container,
  };
  const [stdin, tty] = [values.stdin ?? false, values.tty ?? false];
  const server = kubernetes.contexts.connect(context.id);
  const remote = await startRemote(server, where, { command, stdin, tty }, io.signal);
  io.signal.addEventListener('abort', () => remote.close(), { once: true });
  const input = stdin ? io.stdin : undefined;
  if (tty && input?.isTTY === true) {
    const resize = (): void => remote.resize(process.stdout.columns, process.stdout.rows);
    input.setRawMode(true);
    resize();
    process.stdout.on('resize', resize);
  }
  if (input !== undefined) void passInput(input, remote);
  try {
    for await (const { stream, data } of remote.output) {
      if (stream === 'stdout') await io.write?.(data);
      else process.stderr.write(data);
    }
    const code = await remote.exit;
    if (code === 0) return exit.done;
    io.err(t('The command ended with exit code {0}.', code));
    return exit.problems;
  } finally {
    if (input?.isTTY === true) input.setRawMode(false);
    input?.destroy(); // What is still being waited for would keep the program from ending.
  }
}

/** Piece by piece, so that none overtakes another and no more is read than is taken. */
async function passInput(input: AsyncIterable<Buffer>, remote: RemoteCommand): Promise<void> {
  try {
    for await (const data of input) await remote.write(data);
    await remote.endInput();
  } catch {
    // Nobody takes it any more: how the command ended is told elsewhere.
  }
}

async function forward(kubernetes: Kubernetes, args: readonly string[], io: CliIo): Promise<Exit> {
  const { values, words } = parse('forward', args, placeOptions);
  const [word, ...ports] = words;
  if (ports.length === 0) {
    throw new Failure('invalid', t('Name what is meant. Usage: gantry {0}', `forward ${usages.forward}`));
  }
  const parsed = ports.map(parsePorts);
  const context = await chooseContext(kubernetes, values, io);
  const target = {
    context: context.id,
    namespace: values.namespace ?? context.namespace,
    ...subject(word!, 'forward'),
  };
  for (const each of parsed) {
    const { address, spec } = await kubernetes.forwards.start({ ...target, ...each });
    io.out(t('{0} forwards to {1}', address ?? '', `${spec.name}:${spec.remotePort}`));
  }
  let told = '';
  const listening = kubernetes.forwards.onDidChange(() => {
    const problem = kubernetes.forwards.states().find((state) => state.problem !== undefined)?.problem?.message ?? '';
    if (problem !== '' && problem !== told) io.err(problem);
    told = problem;
  });
  await new Promise<void>((resolve) => {
    if (io.signal.aborted) resolve();
    else io.signal.addEventListener('abort', () => resolve(), { once: true });
  });
  listening.dispose();
  return exit.done;
}
