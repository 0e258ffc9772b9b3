/**
 * Check type `exchange`: requests and what is answered, field by field. What is sent is drawn anew for each run, what is
 * answered can be kept and sent again, and a request can be sent many times at once.
 */
import { t } from '../../core/l10n.ts';
import { addressesOf, withDoubles } from '../doubles/double.ts';
import { type Answer, answerText, ask } from './ask.ts';
import { type ArrivalFinding, doublesDiffer } from './arrivals.ts';
import { longestLag, tooBusy, watchLag } from './busy.ts';
import { type CheckContext, type RunCheck, valuesFor } from './context.ts';
import { leaveOnceCalled } from './leaving.ts';
import { difference, expectedText, headersDiffer } from './matching.ts';
import { type Running, withServer } from './serve.ts';
import { type DoubleSettings, type ExchangeCheck, type ExchangeStep, type Range, milliseconds } from './specs.ts';
import type { Json, Values } from './templates.ts';
import { type DoubleStates, set } from './doubleStates.ts';

/** A list of a lesson's answers is a few kilobytes. */
const longestBody = 4 * 1024 * 1024;
const patience = 10_000;
const lookEvery = 50;

export const runExchange: RunCheck<ExchangeCheck> = (spec, context) =>
  withDoubles(context, spec.starts ?? {}, (doubles) => {
    const values = valuesFor(context, spec.draw);
    return withServer(
      context,
      async (server) => {
        for (const step of spec.steps) {
          if (!(await runStep(step, { server, doubles, values, context }))) return;
        }
      },
      { ...values.texts, ...addressesOf(doubles) },
    );
  });

interface Stage {
  readonly server: Running;
  readonly doubles: DoubleStates;
  readonly values: Values;
  readonly context: CheckContext;
}

/** With what it freezes, which is let go whatever happens. */
async function runStep(step: ExchangeStep, stage: Stage): Promise<boolean> {
  const frozen = step.freezes === undefined ? undefined : stage.server.others.get(step.freezes)?.program;
  try {
    await frozen?.freeze(stage.context.signal);
    return await takeStep(step, stage);
  } finally {
    frozen?.thaw();
  }
}

async function takeStep(step: ExchangeStep, stage: Stage): Promise<boolean> {
  const { doubles, values, context, server } = stage;
  const { record, language, clock, signal, pace } = context;
  context.report(step.what[language]);
  await set(settings(step, values), doubles);
  if (step.kills !== undefined) await server.others.get(step.kills)?.program.end();
  if (step.restarts === true && !(await server.restart())) return false;
  if (step.wait !== undefined) await clock.sleep(milliseconds(step.wait), signal);
  const lag = watchLag();
  const until = clock.now() + milliseconds(step.settles ?? '0ms') * pace;
  let seen = await look(step, stage);
  while (seen.wrong !== undefined && clock.now() < until) {
    await clock.sleep(lookEvery, signal);
    await set(settings(step, values), doubles);
    seen = await look(step, stage);
  }
  signal.throwIfAborted();
  if (seen.wrong !== undefined && lag.end() > longestLag) throw tooBusy();
  lag.end();
  record.fact(step.id, seen.finding);
  if (seen.wrong === undefined) keep(step, seen.answers[0]!, values);
  return record.assert(step.id, seen.wrong === undefined, {
    what: step.what[language],
    want: wantText(step, values),
    got: seen.wrong ?? seen.answers.slice(0, 1).map(answerText).join(''),
    where: context.open,
    next: step.next[language],
  });
}

/** What the step sets its doubles to, with the values that were drawn. */
const settings = ({ sets = {} }: ExchangeStep, values: Values): DoubleSettings =>
  values.fillJson(sets as unknown as Json) as unknown as DoubleSettings;

/** In the words hints are chosen by: which part was not as expected. */
type Finding = 'ok' | 'no-answer' | 'answer' | 'status' | 'header' | 'body' | 'slow' | ArrivalFinding | 'pid';

interface Seen {
  readonly answers: readonly Answer[];
  readonly finding: Finding;
  /** What was not as expected, in words. */
  readonly wrong?: string;
}

async function look(step: ExchangeStep, stage: Stage): Promise<Seen> {
  const { server, values, context } = stage;
  const { expect, times = 1, together = 1 } = step;
  const pid = server.program.pid;
  const answers: Answer[] = [];
  let turn = 0;
  const worker = async (): Promise<void> => {
    while (turn < times && !context.signal.aborted) {
      values.set('turn', ++turn);
      answers.push(await send(step.send, stage));
    }
  };
  await Promise.all(Array.from({ length: Math.min(together, times) }, worker));
  const judged =
    step.send.leavesOnce === undefined
      ? answers.map((answer) => judge(answer, step, stage)).find(({ finding }) => finding !== 'ok')
      : undefined;
  if (judged !== undefined) return { answers, ...judged };
  const counted = Object.entries(expect.statuses ?? {}).find(
    ([status, range]) => !inRange(answers.filter((answer) => statusOf(answer) === Number(status)).length, range),
  );
  if (counted !== undefined) return { answers, finding: 'status', wrong: statusesText(answers) };
  if (expect.after !== undefined) await context.clock.sleep(milliseconds(expect.after), context.signal);
  const called = doublesDiffer(expect, stage.doubles, values, context.pace);
  if (called !== undefined) return { answers, ...called };
  if (server.program.ending !== undefined || server.program.pid !== pid) {
    return { answers, finding: 'pid', wrong: t('the program ended') };
  }
  return { answers, finding: 'ok' };
}

function send(
  { method = 'GET', path, headers = {}, body, port, leavesOnce }: ExchangeStep['send'],
  { server, values, doubles, context: { pace, signal, clock } }: Stage,
): Promise<Answer> {
  const content = body === undefined ? undefined : typeof body === 'string' ? values.fill(body) : values.fillJson(body);
  const json = content !== undefined && typeof content !== 'string';
  const named = Object.entries(headers).map(([name, value]) => [name, values.fill(value)]);
  const at = port === undefined ? server.port : (server.ports[port] ?? server.port);
  const leaves = new AbortController();
  const upstream = leavesOnce === undefined ? undefined : doubles.get(leavesOnce);
  const asked = ask(at, values.fill(path), patience * pace, AbortSignal.any([signal, leaves.signal]), {
    method,
    headers: { ...(json ? { 'content-type': 'application/json' } : {}), ...Object.fromEntries(named) },
    longestBody,
    ...(content === undefined ? {} : { body: json ? JSON.stringify(content) : content }),
  });
  if (upstream !== undefined) void leaveOnceCalled(upstream, leaves, asked.answer, { clock, signal });
  return asked.answer;
}

function judge(answer: Answer, step: ExchangeStep, { values, doubles, context }: Stage): Omit<Seen, 'answers'> {
  const { expect } = step;
  if (expect.gone === true) return goneBy(answer);
  if (answer.kind !== 'answer') return { finding: 'no-answer', wrong: answerText(answer) };
  const statuses =
    expect.statuses === undefined ? [values.count(expect.status ?? 200)] : Object.keys(expect.statuses).map(Number);
  if (!statuses.includes(answer.status)) return { finding: 'status', wrong: answerText(answer) };
  const header = headersDiffer(answer.headers, expect.headers ?? {}, (pattern) => values.fill(pattern));
  if (header !== undefined) return { finding: 'header', wrong: header };
  const claim = (double: string, nonce: string): boolean => doubles.get(double)?.claim(nonce) === true;
  const body = bodyDiffers(answer.body, expect, values, claim);
  if (body !== undefined) return { finding: 'body', wrong: body };
  const limit = expect.within === undefined ? Infinity : milliseconds(expect.within) * context.pace;
  if (answer.took > limit) return { finding: 'slow', wrong: answerText(answer) };
  return { finding: 'ok' };
}

/** What hangs is not gone. */
const goneBy = (answer: Answer): Omit<Seen, 'answers'> =>
  answer.kind === 'cut' || answer.kind === 'refused'
    ? { finding: 'ok' }
    : { finding: 'answer', wrong: answerText(answer) };

function bodyDiffers(
  body: string,
  expect: ExchangeStep['expect'],
  values: Values,
  claim: (double: string, nonce: string) => boolean,
): string | undefined {
  if (expect.body !== undefined && !new RegExp(values.fill(expect.body), 'u').test(body)) {
    return t('the body is "{0}"', body.slice(0, 200));
  }
  if (expect.from !== undefined && !claim(expect.from, body.trim())) {
    return t('the body is "{0}", which {1} did not answer now', body.slice(0, 60), expect.from);
  }
  if (expect.json === undefined) return undefined;
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    return t('the body is no JSON: "{0}"', body.slice(0, 200));
  }
  return difference(values.fillJson(expect.json), parsed, claim);
}

/** Keeps parts of the answer under names: `header etag`, or a path into the JSON, `items.0.id`. */
function keep(step: ExchangeStep, answer: Answer, values: Values): void {
  if (answer.kind !== 'answer') return;
  for (const [name, from] of Object.entries(step.keep ?? {})) {
    const header = /^header (.+)$/.exec(from)?.[1]?.toLowerCase();
    if (header === undefined) values.keep(name, JSON.parse(answer.body), from);
    else values.keep(name, answer.headers, header);
  }
}

const statusOf = (answer: Answer): number | undefined => (answer.kind === 'answer' ? answer.status : undefined);

const inRange = (count: number, { least, most }: Range): boolean => count >= least && count <= most;

function statusesText(answers: readonly Answer[]): string {
  const counts = new Map<string, number>();
  for (const answer of answers) {
    const name = String(statusOf(answer) ?? answerText(answer));
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return [...counts].map(([status, count]) => `${status} × ${count}`).join(', ');
}

function wantText({ send: { method = 'GET', path }, expect, times }: ExchangeStep, values: Values): string {
  const request = `${method} ${values.fill(path)}${times === undefined ? '' : ` × ${times}`}`;
  if (expect.gone === true) return t('{0} gets no answer', request);
  const statuses =
    expect.statuses === undefined
      ? String(values.count(expect.status ?? 200))
      : Object.entries(expect.statuses)
          .map(([status, { least, most }]) => `${status} × ${least === most ? least : `${least}–${most}`}`)
          .join(', ');
  const rest = [
    ...(expect.json === undefined ? [] : [expectedText(values.fillJson(expect.json))]),
    ...Object.entries(expect.headers ?? {}).map(([name, pattern]) => `${name}: ${values.fill(pattern)}`),
    ...(expect.body === undefined ? [] : [values.fill(expect.body)]),
  ];
  return t('{0} answers {1}', request, [statuses, ...rest].join(' ').slice(0, 400));
}
