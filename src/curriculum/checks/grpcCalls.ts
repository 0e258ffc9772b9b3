/** Check type `grpc`: calls by what the program's reflection says, and what is answered, message by message. */
import { t } from '../../core/l10n.ts';
import { addressesOf, withDoubles } from '../doubles/double.ts';
import type { Subject } from '../model.ts';
import type { GrpcAnswer } from '../ports.ts';
import { longestLag, tooBusy, watchLag } from './busy.ts';
import { type CheckContext, type RunCheck, valuesFor } from './context.ts';
import { type DoubleStates, callsDiffer, set } from './doubleStates.ts';
import { leaveOnceCalled } from './leaving.ts';
import { difference, expectedText } from './matching.ts';
import { type Running, withServer } from './serve.ts';
import { type GrpcCheck, type GrpcStep, milliseconds } from './specs.ts';
import type { Values } from './templates.ts';

const patience = 10_000;
const lookEvery = 50;

export const runGrpc: RunCheck<GrpcCheck> = (spec, context) =>
  withDoubles(context, spec.starts ?? {}, (doubles) =>
    withServer(
      context,
      async (server) => {
        const values = valuesFor(context, spec.draw);
        for (const step of spec.steps) {
          if (!(await runStep(step, portOf(spec, server), { doubles, values, context }))) return;
        }
      },
      addressesOf(doubles),
    ),
  );

const portOf = ({ port }: GrpcCheck, server: Running): number =>
  port === undefined ? server.port : (server.ports[port] ?? server.port);

interface Stage {
  readonly doubles: DoubleStates;
  readonly values: Values;
  readonly context: CheckContext;
}

async function runStep(step: GrpcStep, port: number, stage: Stage): Promise<boolean> {
  const { context, values, doubles } = stage;
  const { record, language, clock, signal, pace } = context;
  context.report(step.what[language]);
  await set(step.sets, doubles);
  if (step.wait !== undefined) await clock.sleep(milliseconds(step.wait), signal);
  const lag = watchLag();
  const until = clock.now() + milliseconds(step.settles ?? '0ms') * pace;
  const call = callOf(step, port, values);
  let seen = await look(step, call, stage);
  while (seen.wrong !== undefined && clock.now() < until) {
    await clock.sleep(lookEvery, signal);
    await set(step.sets, doubles);
    seen = await look(step, call, stage);
  }
  signal.throwIfAborted();
  if (seen.wrong !== undefined && lag.end() > longestLag) throw tooBusy();
  lag.end();
  record.fact(step.id, seen.finding);
  if (seen.wrong === undefined) keep(step, seen.messages, values);
  return record.about(call).assert(step.id, seen.wrong === undefined, {
    what: step.what[language],
    want: `${step.call} ${step.expect.code ?? 'OK'} ${expectedText(values.fillJson([...(step.expect.messages ?? [])]))}`.slice(
      0,
      400,
    ),
    got: seen.wrong ?? t('it does'),
    where: context.open,
    next: step.next[language],
  });
}

type Call = Extract<Subject, { kind: 'grpc' }>;

const callOf = ({ call, send, metadata = {} }: GrpcStep, port: number, values: Values): Call => ({
  kind: 'grpc',
  target: `127.0.0.1:${port}`,
  method: call,
  messages: send.map((message) => JSON.stringify(values.fillJson(message))),
  metadata: Object.entries(metadata).map(([name, value]) => [name, values.fill(value)]),
});

/** Keeps fields of the first message under names, for later steps. */
function keep(step: GrpcStep, [first = '{}']: readonly string[], values: Values): void {
  for (const [name, path] of Object.entries(step.keep ?? {})) values.keep(name, JSON.parse(first), path);
}

interface Seen {
  /** As JSON. */
  readonly messages: readonly string[];
  readonly finding: 'ok' | 'no-reflection' | 'code' | 'messages' | 'count' | 'calls';
  readonly wrong?: string;
}

async function look(step: GrpcStep, call: Call, stage: Stage): Promise<Seen> {
  const { doubles, context } = stage;
  const { calls, cancelled, abandoned } = step.expect;
  const answer = await make(step, call, stage);
  const seen: Seen = step.leavesOnce === undefined ? judge(answer, step, stage) : { messages: [], finding: 'ok' };
  if (seen.wrong !== undefined) return seen;
  const differ = (): string | undefined => callsDiffer(calls, cancelled, doubles, abandoned);
  // A call that was given up reaches those it depends on a moment later.
  const until = context.clock.now() + 2_000 * context.pace;
  let wrong = differ();
  while (wrong !== undefined && context.clock.now() < until) {
    await context.clock.sleep(lookEvery, context.signal);
    wrong = differ();
  }
  return wrong === undefined ? seen : { ...seen, finding: 'calls', wrong };
}

/** The answer to the call; what came until then when the caller left. */
async function make({ deadline, pingPong, leavesOnce }: GrpcStep, call: Call, stage: Stage): Promise<GrpcAnswer> {
  const { doubles, context } = stage;
  const { target, method, metadata } = call;
  const turns = new Turns(pingPong === true);
  const leaves = new AbortController();
  const answer = context.ports.grpc(
    {
      target,
      method,
      messages: turns.messages(call.messages),
      metadata,
      deadline: deadline === undefined ? patience * context.pace : milliseconds(deadline),
      onMessage: () => turns.answered(),
    },
    AbortSignal.any([context.signal, leaves.signal]),
  );
  const upstream = leavesOnce === undefined ? undefined : doubles.get(leavesOnce);
  if (upstream !== undefined) void leaveOnceCalled(upstream, leaves, answer, context);
  return answer;
}

function judge({ code, messages, details }: GrpcAnswer, { expect }: GrpcStep, stage: Stage): Seen {
  if (code === undefined) return { messages, finding: 'no-reflection', wrong: details };
  if (code !== (expect.code ?? 'OK')) return { messages, finding: 'code', wrong: `${code}: ${details}` };
  if (expect.count !== undefined && (messages.length < expect.count.least || messages.length > expect.count.most)) {
    return { messages, finding: 'count', wrong: t('{0} messages', messages.length) };
  }
  const wrong = messagesDiffer(messages, expect.messages, stage);
  return wrong === undefined ? { messages, finding: 'ok' } : { messages, finding: 'messages', wrong };
}

function messagesDiffer(
  messages: readonly string[],
  expected: GrpcStep['expect']['messages'],
  { values, doubles }: Stage,
): string | undefined {
  if (expected === undefined) return undefined;
  const claim = (double: string, nonce: string): boolean => doubles.get(double)?.claim(nonce) === true;
  const got = messages.map((json): unknown => JSON.parse(json));
  return difference(values.fillJson([...expected]), got, claim);
}

/** Lets messages go as they are asked for, or one for each answer. */
class Turns {
  readonly #pingPong: boolean;
  #answers = 0;
  #wake: (() => void) | undefined;

  constructor(pingPong: boolean) {
    this.#pingPong = pingPong;
  }

  answered(): void {
    this.#answers++;
    this.#wake?.();
  }

  async *messages(all: readonly string[]): AsyncGenerator<string> {
    for (const [sent, message] of all.entries()) {
      while (this.#pingPong && this.#answers < sent) {
        const { promise, resolve } = Promise.withResolvers<void>();
        this.#wake = resolve;
        await promise;
      }
      yield message;
    }
  }
}
