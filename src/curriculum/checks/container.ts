/** Check type `container`: the image of the `image` check, run as it will be run: bounded, without rights, and stopped. */
import { Failure } from '../../core/failure.ts';
import { t } from '../../core/l10n.ts';
import { lastLines } from '../evidence.ts';
import type { Subject } from '../model.ts';
import type { ContainerState, EnginePort } from '../ports.ts';
import type { Ending } from '../program.ts';
import { type Answer, answerText, ask } from './ask.ts';
import { asksTheProgram, healthAt, tellsHealth } from './containerHealth.ts';
import { goesByLimits } from './containerRuntime.ts';
import type { CheckContext, RunCheck } from './context.ts';
import { labelOf, plantedIn, tagOf } from './image.ts';
import { type Signalled, signalInFlight } from './processSignal.ts';
import { type ContainerCheck, milliseconds, processSignal } from './specs.ts';

const mib = 1024 * 1024;
const patience = 5_000;
const startsWithin = 10_000;
const lookEvery = 100;
const endKnownWithin = 2_000;
/** The exit code of a program that SIGKILL ended: 128 and 9. */
const killed = 137;

export const runContainer: RunCheck<ContainerCheck> = async (spec, context) => {
  const { ports, signal, report, record } = context;
  const engine = await ports.engine(signal);
  report(t('Running a container'));
  const hold = await engine.hold(signal);
  try {
    await runPhases(engine, spec, context);
    if (record.failed && hold.lost) throw engineLost();
  } finally {
    hold.dispose();
  }
  await context.held(record);
};

const engineLost = (): Failure =>
  new Failure('unreachable', t('The container engine ended while your program was checked. Check again once it runs.'));

async function runPhases(engine: EnginePort, spec: ContainerCheck, given: CheckContext): Promise<void> {
  const { signal, random, run, program } = given;
  const name = `gantry-lab-${run}-${spec.id}`;
  const user = spec.user === 'random' ? String(random.between(10_000, 60_000)) : spec.user;
  const memory = typeof spec.memory === 'object' ? random.between(...spec.memory) : spec.memory;
  const envAt = (port: number): string[] =>
    Object.entries({ ...program.env, ...spec.env }).map(
      ([name, value]) => `${name}=${value.replaceAll('${port}', String(port))}`,
    );
  const options = {
    image: tagOf(given),
    labels: labelOf(run),
    readOnly: spec.readOnly ?? false,
    dropCapabilities: spec.dropCapabilities ?? false,
    ...(user === undefined ? {} : { user }),
    ...(memory === undefined ? {} : { memory: memory * mib }),
    ...(spec.processors === undefined ? {} : { processors: await noMoreThanThereAre(spec.processors, engine, signal) }),
  };
  const health = spec.freezes === true ? { health: healthAt(given.pace) } : {};
  const id = await engine.run({ ...options, name, env: envAt(spec.port), at: { port: spec.port }, ...health }, signal);
  const subject = { kind: 'container', engine: engine.address, id, name } as const;
  const context = { ...given, record: given.record.about(subject) };
  const port = await answers(engine, id, spec, context);
  if (port === undefined) return;
  if (!(await isCurrent(port, spec, context))) return;
  if (!(await goesByLimits(engine, port, memory ?? Infinity, spec, context))) return;
  if (!(await survives(engine, id, port, memory, spec, context))) return;
  if (spec.freezes === true) {
    if (!(await tellsHealth(engine, id, context))) return;
    const env = envAt(spec.port + random.between(1, 1_000));
    const beside = { ...options, name: `${name}-beside`, env, at: { networkOf: id } };
    if (!(await asksTheProgram(engine, id, beside, context))) return;
  }
  if (spec.drains !== undefined)
    await drains(engine, subject, port, { ...spec.drains, id: `${spec.id}-stop` }, context);
  else await stops(engine, id, spec, context);
}

/** An engine refuses to give more than it has. */
const noMoreThanThereAre = async (wanted: number, engine: EnginePort, signal: AbortSignal): Promise<number> =>
  Math.min(wanted, await engine.processors(signal));

/** Its program was built of the sources as they are now. */
async function isCurrent(port: number, spec: ContainerCheck, context: CheckContext): Promise<boolean> {
  if (spec.planted === undefined) return true;
  const { record, open, signal, pace } = context;
  const answer = await ask(port, spec.planted, patience * pace, signal).answer;
  const right = answer.kind === 'answer' && answer.body.trim() === plantedIn(context);
  return record.assert('current', right, {
    what: t('Its program was built of your sources, now'),
    want: t('GET {0} answers "{1}"', spec.planted, plantedIn(context)),
    got: right ? t('it does') : answerText(answer),
    where: open,
    next: t('Build the program in the first stage, of all the sources that are sent, and copy that one.'),
  });
}

/** It answers a nonce that nobody can have written into it. Returns its port on this machine. */
async function answers(
  engine: EnginePort,
  id: string,
  spec: ContainerCheck,
  context: CheckContext,
): Promise<number | undefined> {
  const { record, open, clock, signal, pace, random } = context;
  const until = clock.now() + startsWithin * pace;
  const nonce = random.nonce();
  let state = await engine.state(id, signal);
  let answer: Answer | undefined;
  const right = (): boolean => answer?.kind === 'answer' && answer.status === 200 && answer.body.trim() === nonce;
  while (state.running && !right() && clock.now() < until) {
    if (state.port !== undefined) {
      answer = await ask(state.port, spec.path.replaceAll('${nonce}', nonce), patience * pace, signal).answer;
    }
    if (!right()) await clock.sleep(lookEvery, signal);
    state = await engine.state(id, signal);
  }
  record.fact('answers', right() ? 'ok' : state.running ? 'no-answer' : 'ended');
  const held = record.assert('answers', right(), {
    what: t('The container answers'),
    want: t('GET {0} answers "{1}"', spec.path, nonce),
    got: right() ? t('it does') : await trouble(engine, id, state, answer, signal),
    where: open,
    next: t(
      'Listen on all addresses of the container, at the port in PORT, and write nowhere but where it may be written.',
    ),
  });
  return held ? state.port : undefined;
}

async function trouble(
  engine: EnginePort,
  id: string,
  { running, exitCode, outOfMemory }: ContainerState,
  answer: Answer | undefined,
  signal: AbortSignal,
): Promise<string> {
  const state = running
    ? answer === undefined
      ? t('no answer')
      : answerText(answer)
    : outOfMemory
      ? t('it was killed for want of memory')
      : t('it ended: {0}', t('exit code {0}', exitCode));
  const logs = lastLines(await engine.logs(id, signal));
  return logs === '' ? state : `${state}\n${logs}`;
}

async function survives(
  engine: EnginePort,
  id: string,
  port: number,
  memory: number | undefined,
  spec: ContainerCheck,
  context: CheckContext,
): Promise<boolean> {
  if (spec.requests === undefined) return true;
  const { record, open, signal, pace, random, report } = context;
  const together = spec.together ?? 10;
  const path = loadPath(spec, memory ?? 0, together);
  report(t('{0} requests, {1} at a time', spec.requests, together));
  let left = spec.requests;
  let wrong: string | undefined;
  const worker = async (): Promise<void> => {
    while (left-- > 0 && wrong === undefined && !signal.aborted) {
      const nonce = random.nonce();
      const answer = await ask(port, path.replaceAll('${nonce}', nonce), patience * 4 * pace, signal).answer;
      if (answer.kind !== 'answer' || answer.status !== 200 || answer.body.trim() !== nonce)
        wrong ??= answerText(answer);
    }
  };
  await Promise.all(Array.from({ length: together }, worker));
  signal.throwIfAborted();
  const state = wrong === undefined ? await engine.state(id, signal) : await whatEndedIt(engine, id, context);
  record.fact('survives', state.outOfMemory ? 'out-of-memory' : wrong === undefined && state.running ? 'ok' : 'wrong');
  return record.assert('survives', wrong === undefined && state.running && !state.outOfMemory, {
    what: memory === undefined ? t('It bears the load') : t('It bears the load in {0} MiB', memory),
    want: t('{0} of {0} answer 200 with their nonce', spec.requests),
    got: state.outOfMemory ? t('it was killed for want of memory') : (wrong ?? t('all {0} did', spec.requests)),
    where: open,
    next: t('Tell the Go runtime the limit (GOMEMLIMIT), and keep nothing of a request once it is answered.'),
  });
}

/** What the requests of the load ask for; those that hold memory share it. */
const loadPath = ({ heavy, path }: ContainerCheck, memory: number, together: number): string =>
  heavy === undefined
    ? path
    : heavy.path.replaceAll('${mib}', String(Math.floor((memory * heavy.share) / 100 / together)));

/** The engine knows a moment after the connection broke why its container ended; a container that goes on did not end. */
async function whatEndedIt(
  engine: EnginePort,
  id: string,
  { clock, pace, signal }: CheckContext,
): Promise<ContainerState> {
  const until = clock.now() + endKnownWithin * pace;
  let state = await engine.state(id, signal);
  while (!state.outOfMemory && (state.running || state.exitCode === killed) && clock.now() < until) {
    await clock.sleep(lookEvery, signal);
    state = await engine.state(id, signal);
  }
  return state;
}

/** As an orchestrator begins to stop it, in the middle of requests; what ends it in the end is its removal. */
async function drains(
  engine: EnginePort,
  subject: Extract<Subject, { kind: 'container' }>,
  port: number,
  asked: NonNullable<ContainerCheck['drains']> & { readonly id: string },
  context: CheckContext,
): Promise<void> {
  const spec = processSignal({ type: 'process-signal', signal: 'SIGTERM', ...asked });
  const { id } = subject;
  const { clock } = context;
  const record = context.record.within(spec.id).about(subject);
  const over = new AbortController();
  const signal = AbortSignal.any([context.signal, over.signal]);
  let ending: Ending | undefined;
  const exited = engine.wait(id, signal).then((code) => (ending = { code, signal: null, at: clock.now() }));
  exited.catch(() => {}); // Whoever waits for it is told.
  const program: Signalled['program'] = {
    get ending() {
      return ending;
    },
    ended: (ms) => Promise.race([exited, clock.sleep(Math.max(0, ms), signal).then(() => undefined)]),
  };
  const send = async (): Promise<void> => {
    try {
      await engine.askToStop(id, signal);
    } catch (error) {
      // One that has ended by itself is told of by what it left unanswered.
      if ((await engine.state(id, signal)).running) throw error;
    }
  };
  try {
    // The engine keeps the port for as long as the container runs.
    const lost = (): Promise<boolean> => Promise.resolve(false);
    await signalInFlight({ program, send, port, lost }, spec, { ...context, record });
  } finally {
    over.abort();
  }
}

/** As an orchestrator stops it: a signal to process 1, and no patience after that. */
async function stops(engine: EnginePort, id: string, spec: ContainerCheck, context: CheckContext): Promise<void> {
  if (spec.stopsWithin === undefined) return;
  const { record, open, signal, clock, pace, report } = context;
  report(t('Stopping the container'));
  const limit = milliseconds(spec.stopsWithin) * pace;
  const before = clock.now();
  await engine.stop(id, Math.ceil(limit / 1000), signal);
  const took = clock.now() - before;
  const { exitCode } = await engine.state(id, signal);
  record.fact('stops', exitCode === 0 ? 'ok' : exitCode === killed ? 'killed' : 'exit-code');
  record.assert('stops', exitCode === 0, {
    what: t('It ends by itself when it is stopped'),
    want: t('exit code {0} within {1} ms', 0, Math.round(limit)),
    got: `${t('exit code {0}', exitCode)}, ${t('after {0} ms', took)}`,
    where: open,
    next: t('ENTRYPOINT ["/server"] without a shell makes your program process 1, which gets SIGTERM; catch it.'),
  });
}
