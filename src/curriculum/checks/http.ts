/**
 * Check type `http`: what a program answers, and what it asks of those it depends on, while they work and while they
 * fail. The depended-on are doubles that count; an answer counts only with a nonce the double gave for it, so neither a
 * made-up nor a remembered answer passes.
 */
import { t } from '../../core/l10n.ts';
import { type Double, addressesOf, withDoubles } from '../doubles/double.ts';
import { type Answer, answerText, ask } from './ask.ts';
import { longestLag, paceOf, tooBusy, watchLag } from './busy.ts';
import type { CheckContext, RunCheck } from './context.ts';
import { type Server, withServer } from './serve.ts';
import type { HttpCheck, HttpStep, Range } from './specs.ts';

export const runHttp: RunCheck<HttpCheck> = (spec, context) =>
  withDoubles(context, spec.starts, (doubles) =>
    withServer(context, (server) => runSteps(server, spec.steps, doubles, context), addressesOf(doubles)),
  );

async function runSteps(
  server: Server,
  steps: readonly HttpStep[],
  doubles: ReadonlyMap<string, Double>,
  context: CheckContext,
): Promise<void> {
  let { pace } = context;
  for (const step of steps) {
    const seen = await runStep(server, step, doubles.get(step.double)!, { ...context, pace });
    if (seen === undefined) return;
    // How late the first answers are says more about this moment than how fast Go started.
    if (step === steps[0]) pace = Math.max(pace, paceOf(seen.map((answer) => tookOf(answer) - step.delay)));
  }
}

/** What a step saw, in the words hints are chosen by. */
type Finding = 'ok' | 'wrong-answer' | 'too-few-passed' | 'too-many-calls' | 'too-few-calls' | 'slow';

/** Returns the answers; undefined when the step's assertion does not hold. */
async function runStep(
  { port }: Server,
  step: HttpStep,
  double: Double,
  context: CheckContext,
): Promise<readonly Answer[] | undefined> {
  const { pace, signal, record, language } = context;
  context.report(step.what[language]);
  const limit = step.expect.within * pace;
  let seen = await look(port, step, double, limit, context);
  // A program that has time to settle can be asked again, and a moment when nothing ran says nothing about it.
  for (let again = 0; again < looksAgain && step.settles > 0 && seen.finding !== 'ok' && seen.lag > calm; again++) {
    seen = await look(port, step, double, limit, context);
  }
  signal.throwIfAborted();
  const { answers, passed, wrong, calls, finding, lag } = seen;
  // What was later than it may by no more than we were ourselves proves nothing.
  const excused = lag > longestLag || (finding === 'slow' && Math.max(...answers.map(tookOf)) - lag <= limit);
  if (finding !== 'ok' && excused) throw tooBusy();
  // A slow machine would explain it, and a program that makes the machine look slow would gain by it.
  if (finding === 'ok' && answers.some((answer) => tookOf(answer) > step.expect.within)) throw tooBusy();
  record.fact(step.id, finding);
  const held = record.assert(step.id, finding === 'ok', {
    what: step.what[language],
    want: wantText(step, limit),
    got: gotText(answers, step, passed, calls) + (wrong === undefined ? '' : `; ${answerText(wrong)}`),
    where: context.open,
    next: step.next[language],
  });
  return held ? answers : undefined;
}

/** Milliseconds our own timer may be late while a program's answers are taken at their word. */
const calm = 50;
const looksAgain = 3;

/** Sets the double, lets the program settle, and asks. */
async function look(
  port: number,
  step: HttpStep,
  double: Double,
  limit: number,
  context: CheckContext,
): Promise<Seen & { readonly finding: Finding; readonly lag: number }> {
  const { clock, signal } = context;
  await double.begin(step);
  if (step.wait > 0) await clock.sleep(step.wait, signal);
  const watch = watchLag();
  if (step.settles > 0) await settle(port, step, double, limit, context);
  const answers = await send(port, step, limit, signal);
  const seen = { answers, ...grade(answers, step, double), calls: double.calls, limit };
  return { ...seen, finding: judge(seen, step), lag: watch.end() };
}

/** Milliseconds between two looks at a program that has time to notice a change. */
const lookEvery = 50;

/** Asks until an answer is as expected, or the time for that is up; then the double counts anew. */
async function settle(
  port: number,
  step: HttpStep,
  double: Double,
  limit: number,
  { pace, clock, signal }: CheckContext,
): Promise<void> {
  const until = clock.now() + step.settles * pace;
  while (clock.now() < until) {
    const answer = await ask(port, step.get, limit, signal).answer;
    signal.throwIfAborted();
    const { passed, wrong } = grade([answer], step, double);
    if (wrong === undefined && answer.kind === 'answer' && (step.expect.passed === 0 || passed === 1)) break;
    await clock.sleep(lookEvery, signal);
  }
  await double.begin(step);
}

/** Sends a step's requests, so many at a time; stops early once an answer took longer than it may. */
async function send(port: number, step: HttpStep, limit: number, signal: AbortSignal): Promise<Answer[]> {
  const answers: Answer[] = [];
  let started = 0;
  const worker = async (): Promise<void> => {
    while (started < step.requests && !signal.aborted && answers.every((answer) => tookOf(answer) <= limit)) {
      started++;
      answers.push(await ask(port, step.get, limit + patience, signal).answer);
    }
  };
  await Promise.all(Array.from({ length: step.together }, worker));
  return answers;
}

/** Milliseconds an answer is awaited beyond its limit, so that a slow one is told from none. */
const patience = 5_000;

const tookOf = (answer: Answer): number =>
  answer.kind === 'answer' ? answer.took : answer.kind === 'late' ? Infinity : 0;

/** How many answers carry a nonce of the double, and the first answer that is neither that nor a permitted refusal. */
function grade(
  answers: readonly Answer[],
  { expect }: HttpStep,
  double: Double,
): { readonly passed: number; readonly wrong: Answer | undefined } {
  let passed = 0;
  let wrong: Answer | undefined;
  for (const answer of answers) {
    if (answer.kind === 'answer' && answer.status === 200 && double.claim(answer.body.trim())) passed++;
    else if (answer.kind !== 'late' && !(answer.kind === 'answer' && expect.otherwise.includes(answer.status))) {
      wrong ??= answer;
    }
  }
  return { passed, wrong };
}

interface Seen {
  readonly answers: readonly Answer[];
  readonly passed: number;
  readonly wrong: Answer | undefined;
  readonly calls: number;
  readonly limit: number;
}

function judge({ answers, passed, wrong, calls, limit }: Seen, { expect }: HttpStep): Finding {
  if (wrong !== undefined) return 'wrong-answer';
  if (answers.some((answer) => tookOf(answer) > limit)) return 'slow';
  if (calls > (expect.calls?.most ?? Infinity)) return 'too-many-calls';
  if (calls < (expect.calls?.least ?? 0)) return 'too-few-calls';
  return passed === expect.passed ? 'ok' : 'too-few-passed';
}

function wantText({ requests, expect }: HttpStep, limit: number): string {
  const answers =
    expect.passed === 0
      ? t('{0} requests answer {1}', requests, expect.otherwise.join('/'))
      : t("{0} of {1} requests answer 200 with the upstream's nonce, each its own", expect.passed, requests);
  const calls = expect.calls === undefined ? [] : [rangeText(expect.calls)];
  return [answers, ...calls, t('each within {0} ms', Math.round(limit))].join('; ');
}

const rangeText = ({ least, most }: Range): string =>
  least === most ? t('calls to the upstream: {0}', least) : t('calls to the upstream: {0} to {1}', least, most);

function gotText(answers: readonly Answer[], { expect }: HttpStep, passed: number, calls: number): string {
  const slowest = Math.max(...answers.map(tookOf));
  const time = Number.isFinite(slowest) ? t('the slowest after {0} ms', Math.round(slowest)) : t('no answer');
  const what =
    expect.passed === 0 ? statusesText(answers) : [t('{0} of {1} carried its nonce', passed, answers.length)];
  return [...what, ...(expect.calls === undefined ? [] : [t('calls: {0}', calls)]), time].join('; ');
}

/** `503 × 5` */
function statusesText(answers: readonly Answer[]): string[] {
  const counts = new Map<number, number>();
  for (const answer of answers) {
    if (answer.kind === 'answer') counts.set(answer.status, (counts.get(answer.status) ?? 0) + 1);
  }
  return [...counts].map(([status, count]) => `${status} × ${count}`);
}
