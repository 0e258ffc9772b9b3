/**
 * Check type `jetstream`: a consumer that does each thing once, although it is killed before it has done one, killed again
 * between doing one and acknowledging it, and given messages twice. The server is a real NATS; what the program does is
 * counted there.
 */
import { t } from '../../core/l10n.ts';
import { addressesOf, withDoubles } from '../doubles/double.ts';
import type { Labkit } from '../labkit.ts';
import type { CheckContext, RunCheck } from './context.ts';
import { type Running, withServer } from './serve.ts';
import { type JetStreamCheck, milliseconds } from './specs.ts';

/** What the stream's consumers still owe, and how often each message was acted upon. */
interface State {
  readonly pending: number;
  readonly ackPending: number;
  readonly consumers: number;
  readonly held: boolean;
  readonly effects: Readonly<Record<string, number>>;
}

const lookEvery = 50;

export const runJetStream: RunCheck<JetStreamCheck> = async (spec, context) => {
  const labkit = await context.labkit();
  const { stream, subject, effects } = spec;
  const started = await labkit.ask<{ name: string; url: string }>(
    'nats.start',
    { stream, subjects: [subject], effects },
    context.signal,
  );
  const broker = new Broker(labkit, started.name, spec, context);
  try {
    await withDoubles(context, {}, (doubles) =>
      withServer(context, (server) => runPhases(server, broker, spec, context), {
        ...addressesOf(doubles),
        nats: started.url,
      }),
    );
  } finally {
    if (!context.signal.aborted) await broker.stop();
  }
};

class Broker {
  readonly #labkit: Labkit;
  readonly #name: string;
  readonly #spec: JetStreamCheck;
  readonly #context: CheckContext;

  constructor(labkit: Labkit, name: string, spec: JetStreamCheck, context: CheckContext) {
    this.#labkit = labkit;
    this.#name = name;
    this.#spec = spec;
    this.#context = context;
  }

  publish(messages: readonly string[]): Promise<unknown> {
    const { subject } = this.#spec;
    return this.#ask('nats.publish', { subject, messages: messages.map((data) => ({ data })) });
  }

  /** The next thing the program does gets no answer. */
  hold(when: 'before' | 'after' | ''): Promise<unknown> {
    return this.#ask('nats.hold', { when });
  }

  state(): Promise<State> {
    return this.#ask('nats.state', { stream: this.#spec.stream });
  }

  stop(): Promise<unknown> {
    return this.#ask('nats.stop', {});
  }

  /** Looks until the state is as wanted or the time is up; returns the last. */
  async until(wanted: (state: State) => boolean): Promise<State> {
    const { clock, signal, pace } = this.#context;
    const limit = clock.now() + milliseconds(this.#spec.within) * pace;
    let state = await this.state();
    while (!wanted(state) && clock.now() < limit) {
      await clock.sleep(lookEvery, signal);
      state = await this.state();
    }
    return state;
  }

  #ask<T>(work: string, parameters: object): Promise<T> {
    return this.#labkit.ask<T>(work, { name: this.#name, ...parameters }, this.#context.signal);
  }
}

async function runPhases(server: Running, broker: Broker, spec: JetStreamCheck, context: CheckContext): Promise<void> {
  const { random, record, open, report } = context;
  const sent: string[] = [];
  const draw = (count: number): string[] => {
    const drawn = Array.from({ length: count }, () => random.nonce());
    sent.push(...drawn);
    return drawn;
  };
  const part = Math.max(5, Math.floor(spec.messages / 4));

  report(t('{0} messages are queued', part));
  await broker.publish(draw(part));
  let state = await broker.until((now) => done(now, sent));
  if (!assertDone('consumes', t('Each message is acted upon'), state, sent, context)) return;

  report(t('Killed before it acts'));
  if (!(await killed('before', server, broker, draw(part), context))) return;
  state = await broker.until((now) => done(now, sent));
  if (!assertDone('redelivers', t('What was not done when the program died is done later'), state, sent, context))
    return;

  report(t('Killed between acting and acknowledging'));
  if (!(await killed('after', server, broker, draw(part), context))) return;
  await broker.until((now) => done(now, sent) && now.ackPending === 0 && now.pending === 0);
  // Duplicates that the server cannot know: they carry no id.
  await broker.publish(sent.slice(0, part));
  await broker.publish(draw(part));
  state = await broker.until((now) => done(now, sent) && now.ackPending === 0 && now.pending === 0);
  const twice = Object.values(state.effects).filter((count) => count > 1).length;
  const lost = sent.filter((message) => state.effects[message] === undefined).length;
  record.fact('once', lost > 0 ? 'lost' : twice > 0 ? 'twice' : 'ok');
  const once = record.assert('once', twice === 0 && lost === 0, {
    what: t('Nothing is done twice, whatever comes twice'),
    want: t('{0} different messages, each acted upon once', sent.length),
    got: t('{0} twice, {1} never', twice, lost),
    where: open,
    next: t('Send an Idempotency-Key that depends on the message alone, and acknowledge after the answer.'),
  });
  if (!once) return;
  await broker.publish(spec.poison ?? []);
  await broker.publish(draw(3));
  state = await broker.until((now) => done(now, sent) && now.ackPending === 0 && now.pending === 0);
  const [alien] = foreign(state, sent);
  const finding = alien === undefined ? settled(state, sent) : 'foreign';
  record.fact('settles', finding);
  record.assert('settles', finding === 'ok', {
    what:
      spec.poison === undefined
        ? t('Nothing is left unacknowledged')
        : t('A message that cannot be read is not acted upon, does not come for ever, and stops no other'),
    want: t('a consumer with nothing pending'),
    got:
      alien === undefined
        ? t('{0} consumers, {1} pending, {2} unacknowledged', state.consumers, state.pending, state.ackPending)
        : t('"{0}" was acted upon', alien.slice(0, 60)),
    where: open,
    next: t('Acknowledge what is done, and Term() what can never be.'),
  });
}

/** In the words hints are chosen by. */
type Settled = 'ok' | 'no-consumer' | 'stuck' | 'unacknowledged' | 'pending';

function settled(state: State, sent: readonly string[]): Settled {
  if (state.consumers === 0) return 'no-consumer';
  if (!done(state, sent)) return 'stuck';
  if (state.ackPending > 0) return 'unacknowledged';
  return state.pending > 0 ? 'pending' : 'ok';
}

/** Publishes, lets the program get stuck in its next act, kills it there and starts it anew. */
async function killed(
  when: 'before' | 'after',
  server: Running,
  broker: Broker,
  messages: readonly string[],
  context: CheckContext,
): Promise<boolean> {
  await broker.hold(when);
  await broker.publish(messages);
  const { held } = await broker.until((now) => now.held);
  if (!held) {
    return context.record.assert(when === 'before' ? 'redelivers' : 'once', false, {
      what: t('It goes on with new messages'),
      want: t('a request on the subject of effects'),
      got: t('none came'),
      where: context.open,
      next: t('Keep consuming: one message after the other, for as long as the program runs.'),
    });
  }
  const restarted = await server.restart();
  await broker.hold('');
  return restarted;
}

const done = ({ effects }: State, sent: readonly string[]): boolean =>
  sent.every((message) => effects[message] !== undefined);

/** What was acted upon and is none of the messages. */
const foreign = ({ effects }: State, sent: readonly string[]): string[] =>
  Object.keys(effects).filter((effect) => !sent.includes(effect));

function assertDone(
  id: string,
  what: string,
  state: State,
  sent: readonly string[],
  { record, open }: CheckContext,
): boolean {
  const missing = sent.filter((message) => state.effects[message] === undefined).length;
  const aliens = foreign(state, sent).length;
  record.fact(id, missing > 0 ? (missing === sent.length ? 'none' : 'lost') : aliens > 0 ? 'foreign' : 'ok');
  return record.assert(id, missing === 0 && aliens === 0, {
    what,
    want: t('{0} of {0} messages', sent.length),
    got: t('{0} of {1} messages', sent.length - missing, sent.length),
    where: open,
    next: t('Do the work first and acknowledge afterwards; a durable consumer gets again what it did not acknowledge.'),
  });
}
