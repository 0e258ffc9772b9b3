/**
 * Check type `process-signal`: a server that gets a signal while requests are in flight answers them all, refuses new
 * ones and exits in time. Only a request longer than any fixed sleep, and probing for new connections all the while,
 * tell a server that drains from one that waits a little.
 */
import { Failure } from '../../core/failure.ts';
import { t } from '../../core/l10n.ts';
import { within } from '../../core/within.ts';
import { listenerOf } from '../listener.ts';
import type { Program } from '../program.ts';
import type { Random } from '../random.ts';
import { type Answer, answerText, ask } from './ask.ts';
import { longestLag, paceOf, tooBusy, watchLag } from './busy.ts';
import type { CheckContext, RunCheck } from './context.ts';
import { endingText, withServer } from './serve.ts';
import type { ProcessSignalCheck } from './specs.ts';

/** Milliseconds between two attempts to get in after the signal. */
const probeEvery = 100;

/**
 * Milliseconds for a program to read the requests it has accepted: Go's server drops, without a word, one that it reads
 * after Shutdown began (`shuttingDown` in net/http's `conn.serve`), and that is nobody's fault.
 */
const reading = 150;

interface Work {
  /** Milliseconds the request asks for. */
  readonly ms: number;
  readonly nonce: string;
}

/** A probe after the signal that was not refused. */
interface Leak {
  /** Milliseconds after the signal. */
  readonly at: number;
  readonly path: string;
  readonly answer: Answer;
}

export const runProcessSignal: RunCheck<ProcessSignalCheck> = async (spec, context) => {
  if (process.platform === 'win32') throw noSignals(spec.signal);
  await withServer(context, ({ program, port }) => {
    const lost = async (): Promise<boolean> => (await listenerOf(port, program.pid, context.signal)) === 'other';
    const send = (): Promise<void> => Promise.resolve(program.signal(spec.signal));
    return signalInFlight({ program, send, port, lost }, spec, context);
  });
};

/** A server that can be told to end, be it a process or a container. */
export interface Signalled {
  readonly program: Pick<Program, 'ended' | 'ending'>;
  /** Sends it the signal. Resolves once that is sent: a busy engine takes seconds. */
  readonly send: () => Promise<void>;
  readonly port: number;
  /** Whether somebody else listens at the port by now. */
  readonly lost: () => Promise<boolean>;
}

/** Asserts that it answers, then signals it in the middle of requests. */
export async function signalInFlight(
  server: Signalled,
  spec: ProcessSignalCheck,
  context: CheckContext,
): Promise<void> {
  const answers = await echoes(server, spec, context);
  if (answers === undefined) return;
  // How late the program's answers are says more about this moment than how fast Go started.
  const pace = Math.max(context.pace, paceOf(answers));
  await drains(server, spec, { ...context, pace });
}

const noSignals = (signal: string): Failure =>
  new Failure(
    'toolMissing',
    t('Windows has no {0}. Open the folder in WSL or in a dev container and check there.', signal),
  );

const pathOf = (template: string, { ms, nonce }: Work): string =>
  template.replaceAll('${ms}', String(ms)).replaceAll('${nonce}', nonce);

/**
 * Before the signal: each answer carries its own nonce and takes the time that was asked for. Returns how many
 * milliseconds later than asked each came; undefined when one was wrong.
 */
async function echoes(
  { port }: Signalled,
  spec: ProcessSignalCheck,
  context: CheckContext,
): Promise<number[] | undefined> {
  const works = Array.from({ length: 3 }, () => ({
    ms: context.random.between(60, 120),
    nonce: context.random.nonce(),
  }));
  const answers = await Promise.all(
    works.map((work) => ask(port, pathOf(spec.inflight.path, work), 5_000 * context.pace, context.signal).answer),
  );
  context.signal.throwIfAborted();
  const wrong = answers.findIndex((answer, i) => grade(answer, works[i]!) !== 'own' || tooSoon(answer, works[i]!));
  const work = works[Math.max(0, wrong)]!;
  const right = context.record.assert('echoes', wrong < 0, {
    what: t('A request gets its own answer, after the time it asked for'),
    want: t('GET {0} answers 200 and {1} after {2} ms', pathOf(spec.inflight.path, work), work.nonce, work.ms),
    got: wrong < 0 ? t('it does') : answerText(answers[wrong]!),
    next: t('Leave the handler of the starter as it was: it answers the nonce of the request.'),
    where: context.open,
  });
  if (!right) return undefined;
  return answers.map((answer, i) => (answer.kind === 'answer' ? answer.took - works[i]!.ms : 0));
}

/** A timer may fire a moment early, and took is measured on another clock than the server's. */
const tooSoon = (answer: Answer, { ms }: Work): boolean => answer.kind === 'answer' && answer.took < ms - 10;

async function drains(server: Signalled, spec: ProcessSignalCheck, context: CheckContext): Promise<void> {
  const { program, port } = server;
  const { pace, clock, signal, record } = context;
  const patience = spec.expect.exitWithin * pace;
  const works = drawWork(spec.inflight, context.random);
  context.report(t('{0} requests in flight', works.length));
  const begun = clock.now();
  const asked = works.map((work) => ask(port, pathOf(spec.inflight.path, work), patience + 10_000, signal));
  const early: Answer[] = [];
  let lastAnswer = begun;
  for (const { answer } of asked) {
    void answer.then((came) => {
      early.push(came);
      lastAnswer = clock.now();
    });
  }
  await Promise.all(asked.map(({ sent }) => sent));
  // Connections are accepted in order: once this one has its answer, those before it have reached the program.
  await ask(port, pathOf(spec.inflight.path, { ms: 0, nonce: context.random.nonce() }), 5_000 * pace, signal).answer;
  await clock.sleep(Math.min(reading * pace, spec.inflight.shortest / 2), signal);
  signal.throwIfAborted();
  if (early.length > 0 && clock.now() - begun >= spec.inflight.shortest) throw tooBusy();
  if (!assertInFlight(works.length, early, context)) return;

  context.report(t('{0} sent; waiting for the requests in flight', spec.signal));
  const told = clock.now();
  await server.send();
  const signalled = clock.now();
  // Meanwhile requests ended that were to be in flight.
  if (signalled - told > longestLag) throw tooBusy();
  const lag = watchLag();
  const leaks = probe(server, spec, signalled, context);
  const ending = await program.ended(patience);
  const soon = (spec.expect.endsAfter ?? Infinity) * pace;
  const lingered = Math.max(0, (ending?.at ?? clock.now()) - Math.max(signalled, lastAnswer));
  const late = (await leaks).length > 0 || ending === undefined || lingered > soon;
  if (lag.end() > longestLag && late) throw tooBusy();
  const answers = await Promise.all(asked.map(({ answer }) => (ending === undefined ? inTime(answer, 200) : answer)));
  const took = Math.max(0, (ending?.at ?? clock.now()) - signalled);
  record.fact('ended', ending === undefined ? 'running' : (ending.signal ?? String(ending.code)));
  assertAnswered(works, answers, context);
  assertRefused(await leaks, spec, context);
  signal.throwIfAborted();

  record.assert('ends', ending !== undefined, {
    what: t('The program ends by itself after {0}', spec.signal),
    want: t('within {0} ms', Math.round(patience)),
    got: ending === undefined ? t('it still ran') : t('after {0} ms', took),
    where: context.open,
    next: t('Let main return once Shutdown has returned.'),
  });
  if (ending === undefined) return;
  record.assert('exits', ending.signal === null && ending.code === spec.expect.exitCode, {
    what: t('It ends in order'),
    want: t('exit code {0}', spec.expect.exitCode),
    got: endingText(ending),
    where: context.open,
    next: t('Catch {0} with signal.NotifyContext, and do not treat http.ErrServerClosed as a failure.', spec.signal),
  });
  if (spec.expect.endsAfter === undefined) return;
  // A slow machine would explain it, and a program that makes the machine look slow would gain by it.
  if (!record.failed && lingered > spec.expect.endsAfter && lingered <= soon) throw tooBusy();
  record.assert('lingers', lingered <= soon, {
    what: t('It ends once the last request is answered'),
    want: t('within {0} ms of the last answer', Math.round(soon)),
    got: t('{0} ms after it', Math.round(lingered)),
    where: context.open,
    next: t('Sleep no fixed time: http.Server.Shutdown returns as soon as all requests are answered.'),
  });
}

/** The longest request and others of random length, in random order. Each is drawn from the seed. */
function drawWork({ count, shortest, longest }: ProcessSignalCheck['inflight'], random: Random): Work[] {
  const works = Array.from({ length: count - 1 }, () => ({
    ms: random.between(shortest, Math.round(longest * 0.6)),
    nonce: random.nonce(),
  }));
  works.splice(random.between(0, works.length), 0, { ms: longest, nonce: random.nonce() });
  return works;
}

function assertInFlight(count: number, early: readonly Answer[], { record, open }: CheckContext): boolean {
  return record.assert('inflight', early.length === 0, {
    what: t('{0} requests are in flight when the signal comes', count),
    want: t('none is answered before'),
    got: early.length === 0 ? t('none was') : `${early.length}: ${answerText(early[0]!)}`,
    where: open,
    next: t('Answer a request only after the time it asks for.'),
  });
}

/** Tries to get in, again and again, until the program ends or its time is up; returns what got in too late. */
async function probe(
  { program, port, lost }: Signalled,
  spec: ProcessSignalCheck,
  signalled: number,
  { pace, clock, signal, random, program: { ready } }: CheckContext,
): Promise<Leak[]> {
  const [refusedAfter, until] = [spec.expect.refusedAfter * pace, spec.expect.exitWithin * pace];
  const paths = [pathOf(spec.inflight.path, { ms: 0, nonce: random.nonce() }), ready];
  const leaks: Leak[] = [];
  for (let at = refusedAfter; at < until && leaks.length === 0; at += probeEvery) {
    const wait = signalled + at - clock.now();
    if ((await program.ended(wait)) !== undefined || signal.aborted) break;
    const started = clock.now() - signalled;
    const answers = await Promise.all(paths.map((path) => ask(port, path, 1_000 * pace, signal).answer));
    // What answers after the program's end is somebody else on the same port.
    if (program.ending !== undefined) break;
    const got = answers.flatMap((answer, i) => (isRefusal(answer) ? [] : { at: started, path: paths[i]!, answer }));
    // Nor is it the program once it let go of the port.
    if (got.length > 0 && (await lost())) break;
    leaks.push(...got);
  }
  return leaks;
}

const isRefusal = (answer: Answer): boolean =>
  answer.kind === 'refused' || answer.kind === 'cut' || (answer.kind === 'answer' && answer.status === 503);

function assertRefused(leaks: readonly Leak[], spec: ProcessSignalCheck, { record, pace, open }: CheckContext): void {
  const [leak] = leaks;
  record.fact('accepting', leak === undefined ? 'no' : 'yes');
  record.assert('refuses', leak === undefined, {
    what: t('New requests are refused'),
    want: t('no connection, or 503, from {0} ms after the signal', Math.round(spec.expect.refusedAfter * pace)),
    got:
      leak === undefined ? t('they were') : t('GET {0} after {1} ms: {2}', leak.path, leak.at, answerText(leak.answer)),
    where: open,
    next: t('Close the listener first: http.Server.Shutdown does that before it waits.'),
  });
}

/** What became of a request: `own` is 200 with its own nonce. */
type Grade = 'own' | 'foreign' | 'error' | 'cut' | 'late';

function grade(answer: Answer, { nonce }: Work): Grade {
  if (answer.kind !== 'answer') return answer.kind === 'late' ? 'late' : 'cut';
  if (answer.status !== 200) return 'error';
  return answer.body.trim() === nonce ? 'own' : 'foreign';
}

function assertAnswered(works: readonly Work[], answers: readonly Answer[], { record, open }: CheckContext): void {
  const grades = answers.map((answer, i) => grade(answer, works[i]!));
  const kinds = new Set(grades);
  record.fact('inflight', kinds.size === 1 ? grades[0]! : 'mixed');
  const wrong = grades.findIndex((found) => found !== 'own');
  const lost = grades.filter((found) => found !== 'own').length;
  record.assert('answers', wrong < 0, {
    what: t('Every request in flight is answered'),
    want: t('{0} of {0} answer 200 with their own nonce, the longest after {1} ms', works.length, longestOf(works)),
    got:
      wrong < 0
        ? t('all {0} did', works.length)
        : t(
            '{0} of {1} did not; the one of {2} ms: {3}',
            lost,
            works.length,
            works[wrong]!.ms,
            answerText(answers[wrong]!),
          ),
    where: open,
    next: t('Wait for http.Server.Shutdown to return before main returns.'),
  });
}

const longestOf = (works: readonly Work[]): number => Math.max(...works.map(({ ms }) => ms));

const inTime = async (answer: Promise<Answer>, ms: number): Promise<Answer> =>
  (await within(answer, ms)) ?? { kind: 'late' };
