/** The kinds of settings a program can have: values to draw, values to refuse, and where a value shows. */
import { t } from '../../core/l10n.ts';
import type { Random } from '../random.ts';
import { type Answer, answerText, ask } from './ask.ts';
import { longestLag, tooBusy, watchLag } from './busy.ts';
import type { CheckContext } from './context.ts';
import type { Server } from './serve.ts';
import type { Variable } from './specs.ts';

/** A variable that does not show: its name, and what was seen instead. */
export interface Mismatch {
  readonly name: string;
  readonly want: string;
  readonly got: string;
}

/** What a program printed and answered, to look for secrets in. */
export interface Exposure {
  readonly secrets: readonly string[];
  readonly text: string;
}

/** Whether a variable's value shows; undefined when it does. */
type Look = (shown: {
  readonly server: Server;
  readonly path: string;
  readonly value: string;
  readonly context: CheckContext;
  readonly exposures: Exposure[];
}) => Promise<Omit<Mismatch, 'name'> | undefined>;

/** Milliseconds for an answer on a quiet machine. */
const patience = 5_000;
/** Milliseconds that an answer may come later than the duration that was set, on a quiet machine. */
const tolerance = 150;
/** Looks at a duration: an answer may be late by chance, but not each time. */
const looks = 3;

export const look: Readonly<Record<Variable['kind'], Look>> = {
  text: ({ server, path, value, context }) =>
    expectAnswer(server, path, context, t('GET {0} answers "{1}"', path, value), (body) => body.trim() === value),
  number: ({ server, path, value, context }) =>
    expectAnswer(server, path, context, t('GET {0} answers {1} lines', path, value), (body) => {
      const lines = body.trimEnd() === '' ? 0 : body.trimEnd().split('\n').length;
      return lines === Number(value);
    }),
  duration: async ({ server, path, value, context }) => {
    const ms = Number.parseInt(value, 10);
    const most = ms + tolerance * context.pace;
    const want = t('GET {0} answers after {1} to {2} ms', path, ms, Math.round(most));
    let seen: Omit<Mismatch, 'name'> | undefined;
    for (let look = 0; look < looks; look++) {
      let early = false;
      seen = await expectAnswer(server, path, context, want, (_, took) => {
        early = took < ms - 10;
        return !early && took <= most;
      });
      if (seen === undefined || early) break;
    }
    return seen;
  },
  flag: async ({ server, path, value, context }) => {
    const status = value === 'true' ? 200 : 404;
    const answer = await get(server, path, context);
    if (isAnswer(answer, status)) return undefined;
    return { want: t('GET {0} answers {1}', path, status), got: answerText(answer) };
  },
  secret: async ({ server, path, value, context, exposures }) => {
    const stranger = await get(server, path, context, context.random.nonce());
    const owner = await get(server, path, context, value);
    for (const answer of [stranger, owner]) {
      if (answer.kind === 'answer') exposures.push({ secrets: [value], text: answer.body });
    }
    if (isAnswer(stranger, 401) && isAnswer(owner, 200)) return undefined;
    return {
      want: t('GET {0} answers 200 to the bearer of the secret, 401 to others', path),
      got: isAnswer(owner, 200)
        ? t('to others: {0}', answerText(stranger))
        : t('to its bearer: {0}', answerText(owner)),
    };
  },
};

const get = ({ port }: Server, path: string, { pace, signal }: CheckContext, bearer?: string): Promise<Answer> =>
  ask(port, path, patience * pace, signal, {
    headers: bearer === undefined ? {} : { authorization: `Bearer ${bearer}` },
  }).answer;

const isAnswer = (answer: Answer, status: number): boolean => answer.kind === 'answer' && answer.status === status;

async function expectAnswer(
  server: Server,
  path: string,
  context: CheckContext,
  want: string,
  holds: (body: string, took: number) => boolean,
): Promise<Omit<Mismatch, 'name'> | undefined> {
  const lag = watchLag();
  const answer = await get(server, path, context);
  const late = lag.end() > longestLag;
  context.signal.throwIfAborted();
  if (answer.kind === 'answer' && answer.status === 200 && holds(answer.body, answer.took)) return undefined;
  if (late) throw tooBusy();
  return { want, got: answerText(answer) };
}

/** A value of each kind that nobody can know beforehand. */
export const draw: Readonly<Record<Variable['kind'], (random: Random) => string>> = {
  // What a shell or a file format would take for something else.
  text: (random) => `${random.nonce()} #="${random.nonce()}"`,
  number: (random) => String(random.between(2, 40)),
  duration: (random) => `${random.between(200, 600)}ms`,
  flag: (random) => (random.between(0, 1) === 0 ? 'true' : 'false'),
  secret: (random) => random.nonce() + random.nonce(),
};

/** Values no program should take, by kind. */
export const nonsense: Readonly<Record<Variable['kind'], readonly string[]>> = {
  text: [],
  secret: [],
  number: ['ten', '-3', '2.5'],
  duration: ['soon', '250'],
  flag: ['maybe'],
};
