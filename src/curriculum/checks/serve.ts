/** Starting the learner's server on a port of ours, and making sure that it is theirs that answers. */
import { Failure } from '../../core/failure.ts';
import { t } from '../../core/l10n.ts';
import { freePorts } from '../../core/ports.ts';
import { listenerOf, portsOf } from '../listener.ts';
import { type Ending, Program } from '../program.ts';
import { ask } from './ask.ts';
import type { CheckContext } from './context.ts';

export interface Server {
  readonly program: Program;
  readonly port: number;
}

/** Milliseconds between two looks at a starting program. */
const lookEvery = 25;

/**
 * Starts the program and hands it to `use` once it is ready; ends it afterwards, whatever happens.
 * Asserts `starts`; `use` does not run when that fails.
 * @param addresses of doubles, by name, for the variables of the program.
 */
export async function withServer(
  context: CheckContext,
  use: (server: Server) => Promise<void>,
  addresses: Readonly<Record<string, string>> = {},
): Promise<void> {
  const [port] = (await freePorts(1)) as [number];
  context.report(t('Starting your program'));
  const program = await startProgram(context, { ...addresses, port: String(port) });
  const end = (): void => void program.end();
  context.signal.addEventListener('abort', end, { once: true });
  try {
    if (await becomesReady({ program, port }, context)) await use({ program, port });
    context.signal.throwIfAborted();
  } finally {
    context.signal.removeEventListener('abort', end);
    await program.end();
  }
}

/** Starts the learner's program; `values` are what `${…}` in its variables stands for. Whoever starts it ends it. */
export const startProgram = (context: CheckContext, values: Readonly<Record<string, string>>): Promise<Program> =>
  Program.start(context.binary, { cwd: context.lab, env: environment(context, values) });

/** Variables a program needs to run at all. The rest of the person's environment, secrets included, stays with them. */
const inherited = ['PATH', 'HOME', 'USER', 'LANG', 'TMPDIR', 'TZ'];

function environment({ program }: CheckContext, values: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  const own = Object.entries(program.env).map(([name, template]) => [
    name,
    template.replaceAll(/\$\{([a-z]+)\}/g, (whole, key: string) => values[key] ?? whole),
  ]);
  const passed = inherited.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]]));
  return Object.fromEntries([...passed, ...own]) as NodeJS.ProcessEnv;
}

async function becomesReady(server: Server, context: CheckContext): Promise<boolean> {
  const { record, program, pace, clock, signal } = context;
  const limit = clock.now() + program.readyWithin * pace;
  let seen = t('nothing listens on port {0}', server.port);
  while (clock.now() < limit && server.program.ending === undefined) {
    const found = await lookAtPort(server, context);
    if (found === true) return record.assert('starts', true, { ...claim(context, server.port), got: t('it does') });
    seen = found;
    await clock.sleep(lookEvery, signal);
  }
  signal.throwIfAborted();
  // A program that lost its port to another one ends with "address already in use": not its fault.
  if ((await listenerOf(server.port, server.program.pid, signal)) === 'other') throw portTaken(server.port);
  const { ending, output } = server.program;
  record.fact('started', ending === undefined ? 'no' : 'ended');
  const got = ending === undefined ? await nearMiss(server, seen, signal) : t('it ended: {0}', endingText(ending));
  return record.assert('starts', false, {
    ...claim(context, server.port),
    got: output === '' ? got : `${got}\n${output.slice(-400)}`,
    where: context.open,
    next: t('Listen on 127.0.0.1 at the port in the variable PORT and answer {0} with 200.', program.ready),
  });
}

const claim = ({ program }: CheckContext, port: number): { what: string; want: string } => ({
  what: t('Your program starts and becomes ready'),
  want: t('GET {0} on port {1} answers 200', program.ready, port),
});

/** True when it is ready; else what is there instead. */
async function lookAtPort({ program, port }: Server, context: CheckContext): Promise<true | string> {
  switch (await listenerOf(port, program.pid, context.signal)) {
    case 'other':
      throw portTaken(port);
    case 'none':
      return t('nothing listens on port {0}', port);
    case 'own': {
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
export function endingText({ code, signal }: Ending): string {
  return signal === null ? t('exit code {0}', code ?? '?') : t('killed by {0}', signal);
}
