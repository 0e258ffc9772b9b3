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

interface Arrived {
  readonly spans: readonly Span[];
  /** The path of a request that no collector takes; empty when there was none. */
  readonly elsewhere: string;
}

type Step = TracesCheck['steps'][number];

const patience = 10_000;
const lookEvery = 100;
/** A batch processor sends every five seconds unless told otherwise. */
const exportWithin = 8_000;

export const runTraces: RunCheck<TracesCheck> = async (spec, context) => {
  const labkit = await context.labkit();
  const sink = await labkit.ask<{ name: string; http: string; grpc: string }>('otlp.start', {}, context.signal);
  const arrived = (trace: string): Promise<Arrived> =>
    labkit.ask<Arrived>('otlp.spans', { name: sink.name, trace }, context.signal);
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
          if (!(await assertSpans(step, () => arrived(trace), parent, context))) return;
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
  arrived: () => Promise<Arrived>,
  parent: string,
  { record, open, language, clock, signal, pace }: CheckContext,
): Promise<boolean> {
  const until = clock.now() + exportWithin * pace;
  let seen = await arrived();
  let wrong = differs(step, seen, parent);
  while (wrong !== undefined && clock.now() < until) {
    await clock.sleep(lookEvery, signal);
    seen = await arrived();
    wrong = differs(step, seen, parent);
  }
  record.fact(step.id, wrong?.finding ?? 'ok');
  return record.assert(step.id, wrong === undefined, {
    what: step.what[language],
    want: step.spans.map((span) => wantText(span, step)).join(', '),
    got: [wrong?.text ?? t('it does'), seen.spans.map(spanText).join(', ')].filter(Boolean).join('; ').slice(0, 400),
    where: open,
    next: step.next[language],
  });
}

type Wanted = Step['spans'][number];

const spanText = ({ service, kind, name = '' }: Pick<Wanted, 'service' | 'kind' | 'name'>): string =>
  `${service} ${kind} ${name}`.trim();

/** A span that is wanted, below which one it stands, how long it lasts and whether it failed. */
function wantText(wanted: Wanted, { spans }: Step): string {
  const parent = spans.find(({ as }) => as === wanted.parent);
  return [
    t('{0} below {1}', spanText(wanted), parent === undefined ? t('the request') : spanText(parent)),
    ...(wanted.least === undefined ? [] : [t('{0} or longer', wanted.least)]),
    ...(wanted.error === true ? [t('failed')] : []),
  ].join(' · ');
}

interface Wrong {
  readonly finding: string;
  readonly text: string;
}

function differs({ spans }: Step, { spans: seen, elsewhere }: Arrived, root: string): Wrong | undefined {
  const ids = new Map([['-', root]]);
  const siblings = (wanted: Wanted): readonly Span[] =>
    seen.filter((span) => isOfKind(span, wanted) && span.parent === ids.get(wanted.parent));
  for (const wanted of spans) {
    const { name, parent, error = false, least, as } = wanted;
    const found = siblings(wanted).find((span) => isNamed(span, name));
    if (found === undefined) {
      // Only where there are as many as are wanted has one of them another name.
      const many = spans.filter((one) => isOfKind(one, wanted) && one.parent === parent).length;
      if (siblings(wanted).length >= many)
        return { finding: 'name', text: t('there is no {0}, but one of another name', spanText(wanted)) };
      if (seen.some((span) => isOfKind(span, wanted) && isNamed(span, name)))
        return { finding: 'parent', text: t('{0} has another parent', spanText(wanted)) };
      return elsewhere !== '' && seen.length === 0
        ? { finding: 'elsewhere', text: t('spans were sent to the path {0}, not to /v1/traces', elsewhere) }
        : { finding: 'missing', text: t('there is no {0}', spanText(wanted)) };
    }
    if (found.error !== error) {
      const text = error
        ? t('{0} is not marked as failed', spanText(found))
        : t('{0} is marked as failed', spanText(found));
      return { finding: 'error', text };
    }
    if (least !== undefined && found.duration < milliseconds(least)) {
      const text = t('{0} lasts {1} ms, not {2}', spanText(found), Math.round(found.duration), least);
      return { finding: 'short', text };
    }
    if (as !== undefined) ids.set(as, found.id);
  }
  return undefined;
}

const isOfKind = (span: Pick<Span, 'service' | 'kind'>, { service, kind }: Wanted): boolean =>
  span.service === service && span.kind === kind;

const isNamed = (span: Span, name: string | undefined): boolean =>
  name === undefined || new RegExp(name, 'u').test(span.name);
