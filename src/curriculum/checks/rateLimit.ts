/**
 * Check type `rate-limit`: a token bucket for each client, as the program's variables say. A request was decided between
 * the moment it was sent and the moment its answer came, so what a window may hold is a bound and not an estimate: a
 * limiter that is right never exceeds it, however slow the machine is.
 */
import { t } from '../../core/l10n.ts';
import { type Answer, answerText, ask } from './ask.ts';
import { tooBusy } from './busy.ts';
import type { CheckContext, RunCheck } from './context.ts';
import { flood } from './flood.ts';
import { residentMemory } from './load.ts';
import { type Running, withServer } from './serve.ts';
import type { RateLimitCheck } from './specs.ts';
import { type Limit, type Overfull, overfull, yieldOf } from './window.ts';

/** Starts the program with a limit that is drawn. */
export const runRateLimit: RunCheck<RateLimitCheck> = async (spec, context) => {
  const { random } = context;
  const limit = { perMinute: random.between(...spec.rate), burst: random.between(...spec.burst) };
  const look = spec.looksAt === 'refusals' ? refusals : traffic;
  const texts = { rate: String(limit.perMinute), burst: String(limit.burst) };
  await withServer(context, async (server) => void (await look({ spec, limit, server, context })), texts);
};

interface Stage {
  readonly spec: RateLimitCheck;
  readonly limit: Limit;
  readonly server: Running;
  readonly context: CheckContext;
}

/** `passed` with its own nonce, `refused` with 429, or neither. */
interface Reply {
  readonly outcome: 'passed' | 'refused' | 'wrong';
  readonly answer: Answer;
  readonly sent: number;
  readonly received: number;
}

/** One client, and all that it was answered. */
class Client {
  readonly replies: Reply[] = [];
  readonly #name: string;
  readonly #stage: Stage;

  constructor(stage: Stage) {
    this.#name = stage.context.random.nonce();
    this.#stage = stage;
  }

  get passed(): Reply[] {
    return this.replies.filter(({ outcome }) => outcome === 'passed');
  }

  get refused(): Reply[] {
    return this.replies.filter(({ outcome }) => outcome === 'refused');
  }

  async ask(): Promise<Reply> {
    const { spec, server, context } = this.#stage;
    const nonce = context.random.nonce();
    const sent = performance.now();
    const path = spec.path.replaceAll('${nonce}', nonce);
    const headers = { [spec.header]: this.#name };
    const answer = await ask(server.port, path, patience * context.pace, context.signal, { headers }).answer;
    context.signal.throwIfAborted();
    const reply = { outcome: outcomeOf(answer, nonce), answer, sent, received: performance.now() };
    this.replies.push(reply);
    return reply;
  }

  askTogether(times: number): Promise<Reply[]> {
    return Promise.all(Array.from({ length: times }, () => this.ask()));
  }
}

/** Milliseconds for an answer. So many requests beyond a slow limit cannot wait for their tokens that long. */
const patience = 5_000;

function outcomeOf(answer: Answer, nonce: string): Reply['outcome'] {
  if (answer.kind !== 'answer') return 'wrong';
  if (answer.status === 429) return 'refused';
  return answer.status === 200 && answer.body.trim() === nonce ? 'passed' : 'wrong';
}

/** Requests at once beyond the burst. */
const surplus = 20;
/** Clients in a row that ask while another one is refused. */
const strangers = 5_000;

async function refusals(stage: Stage): Promise<boolean> {
  const { limit, context } = stage;
  context.report(t('{0} a minute, {1} at once', limit.perMinute, limit.burst));
  const client = new Client(stage);
  return (
    (await bursts(client, stage)) &&
    refuses(client, stage) &&
    tells(client, stage) &&
    (await separates(stage)) &&
    (await outlasts(client, stage))
  );
}

/** What holds of a client that was refused holds of one that has a token or two left: neither is forgotten. */
async function outlasts(client: Client, stage: Stage): Promise<boolean> {
  const thrifty = new Client(stage);
  await thrifty.askTogether(Math.max(1, stage.limit.burst - 2));
  return (await waits(client, stage)) && keeps([client, thrifty], stage);
}

async function bursts(client: Client, { limit, context }: Stage): Promise<boolean> {
  const replies = await client.askTogether(limit.burst + surplus);
  const wrong = replies.find(({ outcome }) => outcome === 'wrong');
  const passed = client.passed.length;
  const finding = wrong?.answer.kind === 'late' ? 'late' : wrong !== undefined ? 'wrong-answer' : 'too-few';
  const held = wrong === undefined && passed >= limit.burst;
  context.record.fact('bursts', held ? 'ok' : finding);
  return context.record.assert('bursts', held, {
    what: t('A client that was quiet may send its burst at once'),
    want: t('of {0} requests at once {1} answer 200 with their nonce, others 429', replies.length, limit.burst),
    got: wrong === undefined ? t('{0} passed', passed) : answerText(wrong.answer),
    where: context.open,
    next: t('Begin with a full bucket: BURST tokens, of which each request takes one.'),
  });
}

function refuses(client: Client, stage: Stage): boolean {
  return assertWindows('refuses', client, stage, {
    what: t('What is beyond the burst is refused'),
    next: t('Answer 429 when there is no whole token left. Look and take in one step, under one lock.'),
  });
}

/** No window of what a client may send holds more than it may. */
function assertWindows(
  id: string,
  client: Client,
  { limit, context }: Stage,
  { what, next }: { readonly what: string; readonly next: string },
): boolean {
  const window = overfull(client.passed, limit);
  context.record.fact(id, window === undefined ? 'ok' : 'too-many');
  return context.record.assert(id, window === undefined, {
    what,
    want: t('{0} at once and {1} a minute, in any window', limit.burst, limit.perMinute),
    got:
      window === undefined
        ? t('{0} passed, {1} were refused', client.passed.length, client.refused.length)
        : windowText(window),
    where: context.open,
    next,
  });
}

const windowText = ({ count, most, time }: Overfull): string =>
  t('{0} in {1} ms, where {2} may pass', count, Math.round(time), most);

/** Seconds that a refusal tells to wait; undefined when it tells none. */
function retryAfter({ answer }: Reply): number | undefined {
  const text = answer.kind === 'answer' ? answer.headers['retry-after'] : undefined;
  return text !== undefined && /^[1-9]\d{0,5}$/.test(text) ? Number(text) : undefined;
}

/** Until a whole token is there, in whole seconds, at most. */
const longestWait = ({ perMinute }: Limit): number => Math.ceil(60 / perMinute);

function tells(client: Client, { limit, context }: Stage): boolean {
  const most = longestWait(limit);
  const told = client.refused.map(retryAfter);
  const silent = told.findIndex((seconds) => seconds === undefined);
  const seconds = told.map((one) => one ?? 0);
  const [shortest, longest] = [Math.min(...seconds), Math.max(...seconds)];
  const tooLong = longest - shortest > 1 ? 'grows' : 'too-long';
  const finding = silent >= 0 ? 'missing' : longest > most ? tooLong : 'ok';
  context.record.fact('tells', finding);
  return context.record.assert('tells', finding === 'ok', {
    what: t('A refusal says when to come back'),
    want: t('Retry-After from 1 to {0}, since a token takes {1} ms', most, Math.round(60_000 / limit.perMinute)),
    got:
      silent >= 0
        ? t('Retry-After is "{0}"', headerText(client.refused[silent]!))
        : t('Retry-After from {0} to {1}', shortest, longest),
    where: context.open,
    next: t('Tell the seconds until the next token, rounded up. What was refused must take nothing.'),
  });
}

/**
 * Seconds that a refusal may tell at most, in whole ones: the token that was taken last left a bucket that holds none or
 * more, so the next one is there a token's time after that at the latest.
 */
function longestRest(client: Client, { sent, received }: Reply, { perMinute }: Limit): number {
  const taken = client.passed.filter((passed) => passed.sent < received).map((passed) => passed.received);
  const rest = Math.max(...taken) + 60_000 / perMinute - sent;
  return Math.max(1, Math.ceil((rest + clockSlack) / 1000));
}

const headerText = ({ answer }: Reply): string =>
  answer.kind === 'answer' ? (answer.headers['retry-after'] ?? '') : '';

async function separates(stage: Stage): Promise<boolean> {
  const { limit, context } = stage;
  const other = new Client(stage);
  await other.askTogether(limit.burst);
  return context.record.assert('separates', other.passed.length === limit.burst, {
    what: t('Another client has a burst of its own'),
    want: t('{0} of {0} pass', limit.burst),
    got: t('{0} passed', other.passed.length),
    where: context.open,
    next: t('Keep a bucket for each client, by its key.'),
  });
}

/** Many others come: each may, and those who have used up theirs still have. */
async function keeps(clients: readonly Client[], stage: Stage): Promise<boolean> {
  const { spec, limit, server, context } = stage;
  context.report(t('{0} other clients', strangers));
  const names = Array.from({ length: strangers }, () => context.random.nonce());
  const passed = await flood(server.port, { path: pathOf(spec), header: spec.header, values: names }, context.signal);
  for (const client of clients) await client.askTogether(limit.burst);
  const window = clients.map((client) => overfull(client.passed, limit)).find((one) => one !== undefined);
  const finding = passed < strangers ? 'strangers-refused' : window === undefined ? 'ok' : 'forgotten';
  context.record.fact('keeps', finding);
  return context.record.assert('keeps', finding === 'ok', {
    what: t('Whose bucket is not full is not forgotten because others come'),
    want: t('{0} others pass; those of before get what came back to them, and no new burst', strangers),
    got: passed < strangers ? t('{0} passed', passed) : window === undefined ? t('it does') : windowText(window),
    where: context.open,
    next: t('Forget only a client whose bucket is full again: it is as good as a new one.'),
  });
}

const pathOf = ({ path }: RateLimitCheck): string => path.replaceAll('${nonce}', 'any');

const lookEvery = 25;

/** A token comes when it was promised, and it comes alone. */
async function waits(client: Client, stage: Stage): Promise<boolean> {
  const { limit, context } = stage;
  context.report(t('Waiting for a token'));
  const longest = 2 * (60_000 / limit.perMinute) + 2_000;
  const refusal = await tellingRefusal(client, stage, longest);
  const told = (refusal === undefined ? undefined : retryAfter(refusal)) ?? 0;
  const kept = refusal !== undefined && (await keepsWord(client, refusal.received + told * 1000, stage));
  const window = overfull(client.passed, limit);
  const late = client.refused.find((reply) => (retryAfter(reply) ?? 0) > longestRest(client, reply, limit));
  const finding =
    window !== undefined
      ? 'too-many'
      : refusal === undefined
        ? 'never'
        : late !== undefined
          ? 'too-late'
          : kept
            ? 'ok'
            : 'too-early';
  context.record.fact('waits', finding);
  const word = t('refused with Retry-After: {0}, then let through after so many seconds', told);
  return context.record.assert('waits', finding === 'ok', {
    what: t('Tokens come back one by one, when Retry-After said'),
    want: {
      ok: word,
      never: t('a token within {0} ms', Math.round(longest)),
      'too-early': word,
      'too-late': t('Retry-After: 1 in the last second before a token'),
      'too-many': t('{0} at once and {1} a minute, in any window', limit.burst, limit.perMinute),
    }[finding],
    got: {
      ok: () => t('it does'),
      'too-late': () => t('Retry-After is "{0}"', headerText(late!)),
      never: () => t('no token came in {0} ms', Math.round(longest)),
      'too-early': () => t('it was refused again'),
      'too-many': () => windowText(window!),
    }[finding](),
    where: context.open,
    next: t('Tokens grow by RATE_PER_MINUTE a minute, parts of one too; round the time until the next one up.'),
  });
}

/** A refusal that is more than a second away from the next token, so that rounding down shows. */
async function tellingRefusal(client: Client, stage: Stage, longest: number): Promise<Reply | undefined> {
  for (let look = 1; look <= looks; look++) {
    const next = await nextRefusal(client, stage, longest);
    if (next === undefined || next.tokenFrom > next.refusal.received + 1000 + 2 * clockSlack) return next?.refusal;
  }
  throw tooBusy();
}

interface Refusal {
  readonly refusal: Reply;
  /** The next token comes no sooner. */
  readonly tokenFrom: number;
}

/**
 * Asks until a token comes, takes it, and returns the refusal that follows: the next token is then as far away as it can be.
 * Undefined when no token came, or when more came than may.
 */
async function nextRefusal(client: Client, { limit, context }: Stage, longest: number): Promise<Refusal | undefined> {
  const until = performance.now() + longest;
  // Less than a token was there when this was sent.
  let empty = -Infinity;
  for (let reply = await client.ask(); reply.outcome !== 'passed'; reply = await client.ask()) {
    empty = reply.sent;
    if (performance.now() > until) return undefined;
    await context.clock.sleep(lookEvery, context.signal);
  }
  for (let taken = 1; overfull(client.passed, limit) === undefined; taken++) {
    const refusal = await client.ask();
    if (refusal.outcome !== 'passed') return { refusal, tokenFrom: empty + (taken * 60_000) / limit.perMinute };
  }
  return undefined;
}

/** Whether the first request after a moment that was promised passes; then asks for more than that. */
async function keepsWord(client: Client, moment: number, { limit, context }: Stage): Promise<boolean> {
  await context.clock.sleep(moment - performance.now() + clockSlack, context.signal);
  const { outcome } = await client.ask();
  await client.askTogether(limit.burst);
  return outcome === 'passed';
}

/** Clocks of two processes, in milliseconds. */
const clockSlack = 20;

/** Milliseconds of steady traffic, from more than the limit lets through. */
const steady = 3_000;
/** Requests of that client that are on their way at once. */
const askers = 6;
const looks = 3;

async function traffic(stage: Stage): Promise<boolean> {
  const [follow, crowd] = await Promise.all([follows(stage), crowds(stage)]);
  return follow() && forgets(crowd, stage);
}

/** A client that always asks gets what the limit gives, and no window more. Resolves with what asserts it. */
async function follows(stage: Stage): Promise<() => boolean> {
  const { limit, context } = stage;
  context.report(t('{0} a minute, {1} at once', limit.perMinute, limit.burst));
  for (let look = 1; ; look++) {
    const client = await askSteadily(stage);
    const got = yieldOf(client.passed, client.refused, limit);
    const tells = got !== undefined && got.time > steady / 4;
    // A program that was asked too seldom had tokens to spare, and shows nothing.
    if (!tells && overfull(client.passed, limit) === undefined) {
      if (look < looks) continue;
      throw tooBusy();
    }
    return () => {
      const held = assertWindows('follows', client, stage, {
        what: t('In no window of time more passes than the limit'),
        next: t('Let tokens grow with time; do not count in windows that begin anew.'),
      });
      if (!held || !tells) return false;
      return context.record.assert('sustains', got.count >= got.least, {
        what: t('A client that always asks gets all that the limit gives'),
        want: t('at least {0} pass in {1} ms', got.least, Math.round(got.time)),
        got: t('{0} passed', got.count),
        where: context.open,
        next: t('Let tokens grow by the time since the last look, parts of one too, so that none is lost.'),
      });
    };
  }
}

/** A new client asks more often than it may, at random moments. */
async function askSteadily(stage: Stage): Promise<Client> {
  const { random, clock, signal } = stage.context;
  const client = new Client(stage);
  const end = performance.now() + steady;
  const worker = async (): Promise<void> => {
    while (performance.now() < end) {
      await client.ask();
      await clock.sleep(random.between(5, 30), signal);
    }
  };
  await Promise.all(Array.from({ length: askers }, worker));
  return client;
}

/** Length of a client's name, so that whoever keeps them shows. */
const nameLength = 1_000;

/** Milliseconds over which clients that come once come, at least. */
const crowdTime = 4_000;
const portions = 20;

interface Crowd {
  readonly passed: number;
  /** MiB that the program grew by. */
  readonly grown: number;
}

/**
 * Many come once each, in portions: between two sweeps a second apart comes a quarter of them, however fast the machine is,
 * and what is kept of those is as little beside what is kept of all as a limit of memory can tell apart.
 */
async function crowds({ spec, server, context }: Stage): Promise<Crowd> {
  const { report, random, clock, signal } = context;
  report(t('{0} other clients', spec.clients));
  const before = await residentMemory(server.program.pid);
  let passed = 0;
  for (let portion = 0; portion < portions; portion++) {
    const next = performance.now() + crowdTime / portions;
    const names = Array.from({ length: Math.ceil(spec.clients / portions) }, () =>
      random.nonce().padEnd(nameLength, '-'),
    );
    passed += await flood(server.port, { path: pathOf(spec), header: spec.header, values: names }, signal);
    await clock.sleep(Math.max(0, next - performance.now()), signal);
  }
  const after = await residentMemory(server.program.pid);
  return { passed, grown: before === undefined || after === undefined ? 0 : Math.round(after - before) };
}

/** What is kept of clients that came once does not grow with them. */
function forgets({ passed, grown }: Crowd, { spec, context: { record, open } }: Stage): boolean {
  const finding = passed < spec.clients ? 'refused' : grown > spec.memory ? 'grows' : 'ok';
  record.fact('forgets', finding);
  return record.assert('forgets', finding === 'ok', {
    what: t('Clients that come once take no memory for long'),
    want: t('{0} clients pass; the program grows by at most {1} MiB', spec.clients, spec.memory),
    got: finding === 'refused' ? t('{0} passed', passed) : t('it grew by {0} MiB', grown),
    where: open,
    next: t('Each second, or when there are twice as many, forget all whose buckets are full again.'),
  });
}
