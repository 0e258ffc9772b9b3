/**
 * Check type `traces`: the harness begins a trace, sends a request in it and is the collector. What counts is what arrives:
 * spans of that trace, each with its parent, as long as what it stands for, and marked where something failed.
 */
import { randomBytes } from 'node:crypto';
import { t } from '../../core/l10n.ts';
import { addressesOf, withDoubles } from '../doubles/double.ts';
import { ask } from './ask.ts';
import type { CheckContext, RunCheck } from './context.ts';
import { set } from './doubleStates.ts';
import { withServer } from './serve.ts';
import { type TracesCheck, milliseconds } from './specs.ts';

interface Span {
  readonly service: string;
  readonly name: string;
  readonly kind: string;
  readonly id: string;
  readonly parent: string;
  readonly error: boolean;
  readonly duration: number;
}

type Step = TracesCheck['steps'][number];

const patience = 10_000;
const lookEvery = 100;
/** A batch processor sends every five seconds unless told otherwise. */
const exportWithin = 8_000;

export const runTraces: RunCheck<TracesCheck> = async (spec, context) => {
  const labkit = await context.labkit();
  const sink = await labkit.ask<{ name: string; http: string; grpc: string }>('otlp.start', {}, context.signal);
  const spans = async (trace: string): Promise<readonly Span[]> =>
    (await labkit.ask<{ spans: Span[] }>('otlp.spans', { name: sink.name, trace }, context.signal)).spans;
  await withDoubles(context, spec.starts ?? {}, (doubles) =>
    withServer(
      context,
      async ({ port }) => {
        for (const step of spec.steps) {
          await set(step.sets, doubles);
          const trace = hex(16, context);
          const parent = hex(8, context);
          context.report(step.what[context.language]);
          const headers = { traceparent: `00-${trace}-${parent}-01` };
          await ask(port, step.path, patience * context.pace, context.signal, { headers }).answer;
          if (!(await assertSpans(step, () => spans(trace), parent, context))) return;
        }
      },
      { ...addressesOf(doubles), otlp: sink.http, 'otlp-grpc': sink.grpc },
    ),
  );
};

/** A trace or span id; from the seed, and never all zeros. */
function hex(bytes: number, { random }: CheckContext): string {
  const text = random.nonce() + random.nonce();
  return /[1-9a-f]/.test(text.slice(0, bytes * 2)) ? text.slice(0, bytes * 2) : randomBytes(bytes).toString('hex');
}

async function assertSpans(
  step: Step,
  spans: () => Promise<readonly Span[]>,
  parent: string,
  { record, open, language, clock, signal, pace }: CheckContext,
): Promise<boolean> {
  const until = clock.now() + exportWithin * pace;
  let seen = await spans();
  let wrong = differs(step, seen, parent);
  while (wrong !== undefined && clock.now() < until) {
    await clock.sleep(lookEvery, signal);
    seen = await spans();
    wrong = differs(step, seen, parent);
  }
  record.fact(step.id, wrong?.finding ?? 'ok');
  return record.assert(step.id, wrong === undefined, {
    what: step.what[language],
    want: step.spans
      .map(({ service, kind, parent: of }) => `${of === '-' ? t('the request') : of} → ${service} ${kind}`)
      .join(', '),
    got: [wrong?.text ?? t('it does'), seen.map(({ service, kind, name }) => `${service} ${kind} ${name}`).join(', ')]
      .filter(Boolean)
      .join('; ')
      .slice(0, 400),
    where: open,
    next: step.next[language],
  });
}

function differs(
  { spans }: Step,
  seen: readonly Span[],
  root: string,
): { readonly finding: string; readonly text: string } | undefined {
  const ids = new Map([['-', root]]);
  for (const { service, kind, name, parent, error = false, least, as } of spans) {
    const alike = seen.filter(
      (span) =>
        span.service === service && span.kind === kind && (name === undefined || new RegExp(name, 'u').test(span.name)),
    );
    if (alike.length === 0) return { finding: 'missing', text: t('no {0} span of {1}', kind, service) };
    const found = alike.find((span) => span.parent === ids.get(parent));
    if (found === undefined)
      return { finding: 'parent', text: t('the {0} span of {1} has another parent', kind, service) };
    if (found.error !== error) {
      return {
        finding: 'error',
        text: error
          ? t('the {0} span of {1} is not marked as failed', kind, service)
          : t('the {0} span of {1} is marked as failed', kind, service),
      };
    }
    if (least !== undefined && found.duration < milliseconds(least)) {
      return {
        finding: 'short',
        text: t('the {0} span of {1} lasts {2} ms', kind, service, Math.round(found.duration)),
      };
    }
    if (as !== undefined) ids.set(as, found.id);
  }
  return undefined;
}
