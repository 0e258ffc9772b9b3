/** Of a `container` check: whether its HEALTHCHECK sees that the program hangs, and that it no longer does. */
import { t } from '../../core/l10n.ts';
import type { ContainerOptions, EnginePort, HealthOptions } from '../ports.ts';
import type { CheckContext } from './context.ts';

/** Often enough not to wait for, and with more time for one answer than it takes to start a process. */
const usual: HealthOptions = { interval: 250, timeout: 2_000, retries: 2 };

/** How a container that is to tell its health is asked for it. */
export const healthAt = (pace: number): HealthOptions => ({ ...usual, timeout: Math.round(usual.timeout * pace) });

/** Milliseconds in which the health is to follow, on a quiet machine: two checks that take all their time, twice. */
const follows = 2 * usual.retries * (usual.interval + usual.timeout);
const lookEvery = 100;

/** Freezes process 1 and lets it go on. What the engine starts beside it, as the health's command, is not frozen. */
export async function tellsHealth(engine: EnginePort, id: string, context: CheckContext): Promise<boolean> {
  const { report, signal } = context;
  report(t('Asking for the health of a program that hangs'));
  if (!(await becomes('healthy', 'healthy', engine, id, context))) return false;
  await engine.kill(id, 'SIGSTOP', signal);
  const told = await becomes('unhealthy', 'unhealthy', engine, id, context);
  await engine.kill(id, 'SIGCONT', signal);
  return told && becomes('recovers', 'healthy', engine, id, context);
}

/** Milliseconds for a command that is asked once: it need not be quick, only right. */
const patience = 5_000;
const startsWithin = 10_000;
/** What the sources that the check plants take for: answer from now on that you are not well. */
const unwell = 'SIGUSR1';
const seesWithin = 3_000;

/**
 * Whether the health's command goes by answers, and not by the state of process 1 or by a port that takes connections: it
 * is sent, by its variables, to another program in the same network, which hangs while its own does not, and then is not well.
 */
export async function asksTheProgram(
  engine: EnginePort,
  id: string,
  beside: ContainerOptions,
  context: CheckContext,
): Promise<boolean> {
  const { record, pace, signal, open } = context;
  const asked = (): Promise<number | undefined> => engine.runHealth(id, beside.env, patience * pace, signal);
  const other = await engine.run(beside, signal);
  const well = await readUntil(asked, (code) => code === 0, startsWithin, context);
  await engine.kill(other, 'SIGSTOP', signal);
  const hanging = await asked();
  const asks = record.assert('asks', well === 0 && hanging !== 0, {
    what: t('Its command asks the program at the port in PORT'),
    want: t('exit code {0} while that answers, another while it hangs', 0),
    got: `${endText(well)}; ${endText(hanging)}`,
    where: open,
    next: t('Ask for a page over HTTP at the port in PORT, and go by the answer alone.'),
  });
  if (!asks) return false;
  await engine.kill(other, 'SIGCONT', signal);
  await engine.kill(other, unwell, signal);
  const ill = await readUntil(asked, (code) => code !== 0, seesWithin, context);
  return record.assert('heeds', ill !== 0, {
    what: t('Its command goes by the status of the answer'),
    want: t('another exit code than {0} while the program answers {1}', 0, 503),
    got: endText(ill),
    where: open,
    next: t('End with 1 unless the status is 200: an error is an answer, too.'),
  });
}

/** What was read last: once it is as it should be, or when the milliseconds of a quiet machine are over. */
async function readUntil<T>(
  read: () => Promise<T>,
  isRight: (value: T) => boolean,
  milliseconds: number,
  { clock, pace, signal }: CheckContext,
): Promise<T> {
  const until = clock.now() + milliseconds * pace;
  let value = await read();
  while (!isRight(value) && clock.now() < until) {
    await clock.sleep(lookEvery, signal);
    value = await read();
  }
  return value;
}

const endText = (code: number | undefined): string =>
  code === undefined ? t('it did not end') : t('exit code {0}', code);

/** Asserts that the engine calls it so, sooner or later. */
async function becomes(
  assertion: 'healthy' | 'unhealthy' | 'recovers',
  want: 'healthy' | 'unhealthy',
  engine: EnginePort,
  id: string,
  context: CheckContext,
): Promise<boolean> {
  const { record, signal, open } = context;
  const state = await readUntil(
    () => engine.state(id, signal),
    ({ health, running }) => health === want || health === undefined || !running,
    follows,
    context,
  );
  record.fact('health', state.health ?? 'none');
  return record.assert(assertion, state.health === want, {
    what: whats[assertion](),
    want,
    got: state.running ? (state.health ?? t('the image has no HEALTHCHECK')) : t('exit code {0}', state.exitCode),
    where: open,
    next: t(
      'Let HEALTHCHECK start the program itself with an argument, ask for a page over HTTP, and end with 1 when none comes in time.',
    ),
  });
}

const whats = {
  healthy: () => t('It is healthy while the program answers'),
  unhealthy: () => t('It is unhealthy while the program hangs'),
  recovers: () => t('It is healthy again once the program goes on'),
} as const;
