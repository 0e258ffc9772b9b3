/** Starting the learner's server on a port of ours, and making sure that it is theirs that answers. */
import { Failure } from '../../core/failure.ts';
import { t } from '../../core/l10n.ts';
import { freePorts } from '../../core/ports.ts';
import { lastLines } from '../evidence.ts';
import { listenerOf, portsOf } from '../listener.ts';
import { type Ending, Program, usualLimits } from '../program.ts';
import { ask } from './ask.ts';
import type { CheckContext } from './context.ts';

export interface Server {
  readonly program: Program;
  readonly port: number;
}

/** The program under test, and what was started with it. */
export interface Running extends Server {
  /** Its further ports, by name. */
  readonly ports: Readonly<Record<string, number>>;
  /** The other processes of the item, by name. */
  readonly others: ReadonlyMap<string, Server>;
  /** Ends the program at once, as a crash would, and starts it anew at the same ports. */
  restart(): Promise<boolean>;
}

/** Milliseconds between two looks at a starting program. */
const lookEvery = 25;

/**
 * Starts the program and hands it to `use` once it is ready; ends it afterwards, whatever happens.
 * Asserts `starts`; `use` does not run when that fails. A program that runs already is handed over as it is.
 * @param addresses of doubles, by name, for the variables of the program.
 */
export async function withServer(
  context: CheckContext,
  use: (server: Running) => Promise<void>,
  addresses: Readonly<Record<string, string>> = {},
): Promise<void> {
  if (context.shared !== undefined) return use(context.shared.server);
  const { program: spec, signal } = context;
  const names = [...(spec.ports ?? []), ...Object.keys(spec.others ?? {})];
  const [port, ...more] = (await freePorts(1 + names.length)) as [number, ...number[]];
  const ports = Object.fromEntries(names.map((name, i) => [name, more[i]!]));
  const values = { ...addresses, ...asTexts(ports), port: String(port) };
  context.report(t('Starting your program'));
  const started: Program[] = [];
  let judged: readonly Program[] = started;
  const end = async (): Promise<void> => void (await Promise.all(started.map((program) => program.end())));
  const onAbort = (): void => void end();
  signal.addEventListener('abort', onAbort, { once: true });
  const start = async (at: number, of: CheckContext, binary: string): Promise<Server> => {
    const program = await startProgram(of, { ...values, port: String(at) }, binary);
    started.push(program);
    return { program, port: at };
  };
  try {
    const others = new Map<string, Server>();
    for (const [name, { env, ready }] of Object.entries(spec.others ?? {})) {
      const of = { ...context, program: { ...spec, env, ready } };
      const server = await start(ports[name]!, of, `${context.binary}-${name}`);
      if (!(await becomesReady(server, of, name))) return;
      others.set(name, server);
    }
    let server = await start(port, context, context.binary);
    const running: Running = {
      get program() {
        return server.program;
      },
      port,
      ports,
      others,
      restart: async () => {
        await server.program.end();
        server = await start(port, context, context.binary);
        return becomesReady(server, context, 'again');
      },
    };
    if (await becomesReady(server, context)) {
      await use(running);
      signal.throwIfAborted();
      judged = await keptAfter(started, running.program, context);
    }
    signal.throwIfAborted();
  } finally {
    signal.removeEventListener('abort', onAbort);
    await end();
    assertLimits(judged, context);
  }
}

/** Waits while the person looks at a program that failed. Returns those whose limits count: not what a person made of them. */
async function keptAfter(
  started: readonly Program[],
  program: Program,
  { held, record }: CheckContext,
): Promise<readonly Program[]> {
  if (program.ending !== undefined) return started;
  const before = started.filter(({ ending }) => ending !== undefined);
  return (await held(record, program.ended(usualLimits.time))) ? before : started;
}

/** Says so when a program was ended for using too much; otherwise that is not worth a row. */
function assertLimits(started: readonly Program[], { record, open }: CheckContext): void {
  const ending = started.map(({ ending }) => ending).find((one) => one?.excess !== undefined);
  if (ending === undefined) return;
  record.fact('excess', ending.excess!);
  record.assert('limits', false, {
    what: t('Your program uses no more of this machine than it may'),
    want: t('at most {0} MiB of memory, {1} MiB of output and {2} processes', ...limitNumbers),
    got: endingText(ending),
    where: open,
    next: t('Look for a loop that never ends, and for what is kept and never let go.'),
  });
}

const mebi = 1024 * 1024;
const limitNumbers = [usualLimits.memory / mebi, usualLimits.output / mebi, usualLimits.processes] as const;

const asTexts = (ports: Readonly<Record<string, number>>): Record<string, string> =>
  Object.fromEntries(Object.entries(ports).map(([name, port]) => [name, String(port)]));

/** Starts the learner's program; `values` are what `${…}` in its variables stands for. Whoever starts it ends it. */
export const startProgram = (
  context: CheckContext,
  values: Readonly<Record<string, string>>,
  binary = context.binary,
): Promise<Program> => Program.start(binary, { cwd: context.workplace, env: environment(context, values) });

/** Variables a program needs to run at all. The rest of the person's environment, secrets included, stays with them. */
const inherited = ['PATH', 'HOME', 'USER', 'LANG', 'TMPDIR', 'TZ'];

function environment({ program }: CheckContext, values: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  const own = Object.entries(program.env).map(([name, template]) => [
    name,
    template.replaceAll(/\$\{([a-z][a-z0-9-]*)\}/g, (whole, key: string) => values[key] ?? whole),
  ]);
  const passed = inherited.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]]));
  return Object.fromEntries([...passed, ...own]) as NodeJS.ProcessEnv;
}

/** @param which of several starts; asserts `starts` for the first of the program, and a failed start only for others. */
async function becomesReady(server: Server, context: CheckContext, which?: string): Promise<boolean> {
  const { record, program, pace, clock, signal } = context;
  const limit = clock.now() + program.readyWithin * pace;
  let seen = t('nothing listens on port {0}', server.port);
  while (clock.now() < limit && server.program.ending === undefined) {
    const found = await lookAtPort(server, context);
    if (found === true) {
      return (
        which !== undefined || record.assert('starts', true, { ...claim(context, server.port), got: t('it does') })
      );
    }
    seen = found;
    await clock.sleep(lookEvery, signal);
  }
  signal.throwIfAborted();
  // A program that lost its port to another one ends with "address already in use": not its fault.
  if ((await listenerOf(server.port, server.program.pid, signal)) === 'other') throw portTaken(server.port);
  const { ending, output } = server.program;
  record.fact('started', ending === undefined ? 'no' : 'ended');
  const got = ending === undefined ? await nearMiss(server, seen, signal) : t('it ended: {0}', endingText(ending));
  return record.assert(which === undefined ? 'starts' : `starts-${which}`, false, {
    ...claim(context, server.port),
    got: output === '' ? got : `${got}\n${lastLines(output)}`,
    where: context.open,
    next:
      program.ready === listens
        ? t('Listen on 127.0.0.1 at the port in the variable PORT.')
        : t('Listen on 127.0.0.1 at the port in the variable PORT and answer {0} with 200.', program.ready),
  });
}

const claim = ({ program }: CheckContext, port: number): { what: string; want: string } => ({
  what: t('Your program starts and becomes ready'),
  want:
    program.ready === listens
      ? t('it listens on port {0}', port)
      : t('GET {0} on port {1} answers 200', program.ready, port),
});

/** Of a program that speaks something else than HTTP. */
const listens = 'listens';

/** True when it is ready; else what is there instead. */
async function lookAtPort({ program, port }: Server, context: CheckContext): Promise<true | string> {
  switch (await listenerOf(port, program.pid, context.signal)) {
    case 'other':
      throw portTaken(port);
    case 'none':
      return t('nothing listens on port {0}', port);
    case 'own': {
      if (context.program.ready === listens) return true;
      const answer = await ask(port, context.program.ready, 1_000 * context.pace, context.signal).answer;
      if (answer.kind !== 'answer') return t('GET {0} got no answer', context.program.ready);
      return answer.status === 200 || t('GET {0} answered {1}', context.program.ready, answer.status);
    }
  }
}

const portTaken = (port: number): Failure =>
  new Failure('conflict', t('Another program took port {0} before yours could. Check again.', port));

/** The usual slip is a port written into the code. */
async function nearMiss({ program, port }: Server, seen: string, signal: AbortSignal): Promise<string> {
  const elsewhere = (await portsOf(program.pid, signal)).filter((other) => other !== port);
  return elsewhere.length === 0 ? seen : t('it listens on port {0} instead', elsewhere.join(', '));
}

/** How a program ended, in words. */
export function endingText({ code, signal, excess }: Ending): string {
  switch (excess) {
    case 'memory':
      return t('it was ended because it held too much memory');
    case 'output':
      return t('it was ended because it printed without end');
    case 'processes':
      return t('it was ended because it started too many processes');
    case 'time':
      return t('it was ended because it ran for too long');
    default:
      return signal === null ? t('exit code {0}', code ?? '?') : t('killed by {0}', signal);
  }
}
