/**
 * Check type `metrics`: what a program's Prometheus metrics say is what happened to it. Requests of known number, answer
 * and duration are sent, and two scrapes are compared: exact where the truth is known, between two bounds where only they
 * are. Paths that nobody has seen before tell a label that grows for ever.
 */
import { t } from '../../core/l10n.ts';
import { type Random, shuffled } from '../random.ts';
import { type Answer, answerText, ask } from './ask.ts';
import { longestLag, tooBusy, watchLag } from './busy.ts';
import type { CheckContext, RunCheck } from './context.ts';
import { type Sample, parseExposition, sumOf } from './exposition.ts';
import { type Done, counts, durations, routes } from './scrapes.ts';
import { type Server, withServer } from './serve.ts';
import type { MetricsCheck } from './specs.ts';

/** A scrape of a program that made a series of each path must still be read whole. */
const longestScrape = 4 * 1024 * 1024;
/** Milliseconds for an answer on a quiet machine. */
const patience = 5_000;
const atOnce = 10;

export const runMetrics: RunCheck<MetricsCheck> = (spec, context) =>
  withServer(context, async (server) => {
    const before = await exposes(server, spec, context);
    if (before === undefined) return;
    const lag = watchLag();
    const done = await traffic(server, spec, context);
    if (done === undefined) return;
    const after = (await scrape(server, spec, context)) ?? [];
    if (lag.end() > longestLag) throw tooBusy();
    const agrees =
      counts(spec, before, after, done, context) &&
      routes(spec, after, done, context) &&
      durations(spec, before, after, done, context);
    if (!agrees) return;
    if (!(await inflight(server, spec, context))) return;
    await bounded(server, spec, context);
  });

/** One request, then the metrics are there by their names. Returns the scrape. */
async function exposes(server: Server, spec: MetricsCheck, context: CheckContext): Promise<Sample[] | undefined> {
  context.report(t('Scraping {0}', spec.scrape));
  const first = { item: context.random.nonce(), code: 200, asked: 0 };
  await send(server, spec, first, context);
  const answer = await get(server, spec.scrape, context);
  const samples = answer.kind === 'answer' && answer.status === 200 ? parseExposition(answer.body) : undefined;
  const names = [
    spec.counter,
    `${spec.histogram}_bucket`,
    `${spec.histogram}_count`,
    `${spec.histogram}_sum`,
    spec.gauge,
  ];
  const absent = names.filter((name) => samples?.some((sample) => sample.name === name) !== true);
  context.record.fact('exposes', samples === undefined ? 'no-metrics' : (absent[0] ?? 'ok'));
  const held = context.record.assert('exposes', absent.length === 0, {
    what: t('The metrics are there after a request'),
    want: t('GET {0} answers them: {1}', spec.scrape, names.join(', ')),
    got:
      samples === undefined
        ? answerText(answer)
        : absent.length === 0
          ? t('all of them')
          : t('missing: {0}', absent.join(', ')),
    where: context.open,
    next: t('Register each metric once, and serve promhttp.Handler() at {0}.', spec.scrape),
  });
  return held ? samples : undefined;
}

/** Requests that succeed and fail, some at a time; undefined when the program answers something else than was asked for. */
async function traffic(server: Server, spec: MetricsCheck, context: CheckContext): Promise<Done[] | undefined> {
  const { random, record } = context;
  const wanted = shuffled(
    [
      ...drawRequests(random, random.between(25, 40), 200),
      ...drawRequests(random, random.between(3, 9), 500),
      ...drawRequests(random, random.between(2, 5), 404),
    ],
    random,
  );
  context.report(t('{0} requests', wanted.length));
  const done: Done[] = [];
  let wrong: Answer | undefined;
  const queue = [...wanted];
  const worker = async (): Promise<void> => {
    for (let next = queue.pop(); next !== undefined && wrong === undefined; next = queue.pop()) {
      const answer = await send(server, spec, next, context);
      if (answer.kind === 'answer' && answer.status === next.code) done.push({ ...next, took: answer.took / 1000 });
      else wrong = answer;
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  context.signal.throwIfAborted();
  const held = record.assert('serves', wrong === undefined, {
    what: t('The program still serves what it is asked for'),
    want: t('each of {0} requests answers its own code', wanted.length),
    got: wrong === undefined ? t('all did') : answerText(wrong),
    where: context.open,
    next: t('Leave the handler as it was; wrap it.'),
  });
  return held ? done : undefined;
}

interface Wanted {
  readonly item: string;
  readonly code: number;
  /** Seconds the request shall take. */
  readonly asked: number;
}

const drawRequests = (random: Random, count: number, code: number): Wanted[] =>
  Array.from({ length: count }, () => ({ item: random.nonce(), code, asked: random.between(0, 400) / 1000 }));

/** The gauge counts what runs, and comes back to nothing. */
async function inflight(server: Server, spec: MetricsCheck, context: CheckContext): Promise<boolean> {
  const { random, record, pace, clock } = context;
  const many = random.between(4, 9);
  context.report(t('{0} requests in flight', many));
  const gauge = async (): Promise<number> => {
    const samples = await scrape(server, spec, context);
    return samples === undefined ? Number.NaN : sumOf(samples, spec.gauge);
  };
  const idle = await gauge();
  const slow = drawRequests(random, many, 200).map((one) => ({ ...one, asked: 1.5 * pace }));
  const running = slow.map((one) => send(server, spec, one, context));
  // They are on their way; the program needs a moment to have them all.
  const until = clock.now() + 1_000 * pace;
  let busy = await gauge();
  while (busy !== many && clock.now() < until) busy = await gauge();
  await Promise.all(running);
  const after = await gauge();
  record.fact('inflight', busy - idle !== many ? 'not-counted' : idle === 0 && after === 0 ? 'ok' : 'leaks');
  return record.assert('inflight', idle === 0 && busy === many && after === 0, {
    what: t('{0} is the number of requests that run', spec.gauge),
    want: t('0, then {0}, then 0', many),
    got: [idle, busy, after].map((value) => (Number.isNaN(value) ? t('no answer') : value)).join(', '),
    where: context.open,
    next: t('Increment before the handler and decrement in a defer, so that no way out is missed.'),
  });
}

/** Paths that nobody has seen before make no new series. */
async function bounded(server: Server, spec: MetricsCheck, context: CheckContext): Promise<void> {
  context.report(t('200 paths that do not exist'));
  const strangers = async (): Promise<number> => {
    const paths = Array.from({ length: 100 }, () => `/${context.random.nonce()}`);
    while (paths.length > 0) await Promise.all(paths.splice(0, atOnce).map((path) => get(server, path, context)));
    return (await scrape(server, spec, context))?.length ?? 0;
  };
  const [first, second] = [await strangers(), await strangers()];
  context.signal.throwIfAborted();
  context.record.fact('bounded', second === first ? 'ok' : 'grows');
  context.record.assert('bounded', second === first && second > 0, {
    what: t('Unknown paths make no new series'),
    want: t('as many series after 200 unknown paths as after 100'),
    got: `${first}, ${second}`,
    where: context.open,
    next: t('Give every request without a route the same label.'),
  });
}

/** The samples of a scrape; undefined when there are none to be had. */
async function scrape(server: Server, spec: MetricsCheck, context: CheckContext): Promise<Sample[] | undefined> {
  const answer = await get(server, spec.scrape, context);
  context.signal.throwIfAborted();
  return answer.kind === 'answer' && answer.status === 200 ? parseExposition(answer.body) : undefined;
}

const get = ({ port }: Server, path: string, { pace, signal }: CheckContext): Promise<Answer> =>
  ask(port, path, patience * pace, signal, { longestBody: longestScrape }).answer;

const send = (
  server: Server,
  spec: MetricsCheck,
  { item, code, asked }: Wanted,
  context: CheckContext,
): Promise<Answer> =>
  get(
    server,
    spec.path
      .replace('${item}', item)
      .replace('${code}', String(code))
      .replace('${ms}', String(Math.round(asked * 1000))),
    context,
  );
