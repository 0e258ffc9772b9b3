/** Check type `http-load`: many requests at once, each with its own answer, the slowest of a hundred in time, memory bounded. */
import { readFile } from 'node:fs/promises';
import { t } from '../../core/l10n.ts';
import { addressesOf, withDoubles } from '../doubles/double.ts';
import { type Answer, answerText, ask } from './ask.ts';
import { longestLag, paceOf, tooBusy, watchLag } from './busy.ts';
import type { CheckContext, RunCheck } from './context.ts';
import { type Running, withServer } from './serve.ts';
import { type LoadCheck, milliseconds } from './specs.ts';

const patience = 30_000;
const sampleEvery = 50;

export const runLoad: RunCheck<LoadCheck> = (spec, context) =>
  withDoubles(context, {}, (doubles) =>
    withServer(context, (server) => load(server, spec, context), addressesOf(doubles)),
  );

async function load(server: Running, spec: LoadCheck, context: CheckContext): Promise<void> {
  const { record, open, signal, report } = context;
  report(t('{0} requests, {1} at a time', spec.requests, spec.together));
  // Alone, before the load: how fast this machine answers at all just now.
  const alone: number[] = [];
  for (let i = 0; i < 3; i++) {
    const { answer, nonce } = await request(server, spec, context);
    signal.throwIfAborted();
    const right = answer.kind === 'answer' && answer.status === 200 && answer.body.trim() === nonce;
    if (right) alone.push(answer.took);
    if (right && i < 2) continue;
    const held = record.assert('alone', right, {
      what: t('A request alone gets its own answer'),
      want: t('GET {0} answers "{1}"', spec.path, nonce),
      got: right ? t('it does') : answerText(answer),
      where: open,
      next: t('Leave the handler as it was; wrap it.'),
    });
    if (!held) return;
  }
  const pace = Math.max(context.pace, paceOf(alone));
  const memory = watchMemory(server.program.pid);
  const lag = watchLag();
  const took: number[] = [];
  let wrong: string | undefined;
  let left = spec.requests;
  const worker = async (): Promise<void> => {
    while (left-- > 0 && wrong === undefined && !signal.aborted) {
      const { answer, nonce } = await request(server, spec, context);
      if (answer.kind === 'answer' && answer.status === 200 && answer.body.trim() === nonce) took.push(answer.took);
      else wrong ??= answerText(answer);
    }
  };
  await Promise.all(Array.from({ length: spec.together }, worker));
  signal.throwIfAborted();
  const [late, mib] = [lag.end(), memory.end()];
  const answered = record.assert('answers', wrong === undefined, {
    what: t('Every request under load gets its own answer'),
    want: t('{0} of {0} answer 200 with their nonce', spec.requests),
    got: wrong ?? t('all {0} did', took.length),
    where: open,
    next: t('Look for what requests share: a variable, a connection, a lock that is not given back.'),
  });
  if (!answered) return;
  const p99 = took.toSorted((a, b) => a - b)[Math.floor(took.length * 0.99)] ?? 0;
  const quiet = milliseconds(spec.expect.p99);
  const limit = quiet * pace;
  if (p99 > limit && late > longestLag) throw tooBusy();
  // A slow machine would explain it, and a program that makes the machine look slow would gain by it.
  if (p99 > quiet && p99 <= limit) throw tooBusy();
  record.fact('fast', p99 <= limit ? 'ok' : 'slow');
  const fast = record.assert('fast', p99 <= limit, {
    what: t('99 of 100 requests are answered in time'),
    want: t('within {0} ms', Math.round(limit)),
    got: t('after {0} ms', Math.round(p99)),
    where: open,
    next: t('Find what requests wait for: a lock around slow work, or one thing after another that could go at once.'),
  });
  if (!fast || spec.expect.memory === undefined || mib === undefined) return;
  record.assert('memory', mib <= spec.expect.memory, {
    what: t('The program stays small under load'),
    want: t('at most {0} MiB', spec.expect.memory),
    got: t('{0} MiB in all', Math.round(mib)),
    where: open,
    next: t('Keep nothing of a request once it is answered, and bound what is kept of many.'),
  });
}

async function request(
  { port }: Running,
  { path }: LoadCheck,
  { random, signal, pace }: CheckContext,
): Promise<{ readonly answer: Answer; readonly nonce: string }> {
  const nonce = random.nonce();
  return { nonce, answer: await ask(port, path.replaceAll('${nonce}', nonce), patience * pace, signal).answer };
}

/** The most memory the process held, in MiB; undefined where the system does not say. */
function watchMemory(pid: number): { end(): number | undefined } {
  let most: number | undefined;
  const timer = setInterval(() => {
    void residentMemory(pid).then((mib) => (most = mib === undefined ? most : Math.max(most ?? 0, mib)));
  }, sampleEvery);
  return {
    end() {
      clearInterval(timer);
      return most;
    },
  };
}

/** Resident memory of a process on Linux, in MiB; see proc(5), VmRSS. */
export async function residentMemory(pid: number): Promise<number | undefined> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  const kib = /^VmRSS:\s+(\d+) kB/m.exec(status)?.[1];
  return kib === undefined ? undefined : Number(kib) / 1024;
}
