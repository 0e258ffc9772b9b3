/** What two scrapes, one before and one after known requests, say about the metrics. Each function is one assertion. */
import { t } from '../../core/l10n.ts';
import type { CheckContext } from './context.ts';
import { type Sample, sumOf } from './exposition.ts';
import type { MetricsCheck } from './specs.ts';

/** A request as it was asked for, and how long it took, seen from here. Seconds, as metrics have it. */
export interface Done {
  readonly item: string;
  readonly code: number;
  readonly asked: number;
  readonly took: number;
}

/** The counter grew by what was sent, code by code. */
export function counts(
  spec: MetricsCheck,
  before: readonly Sample[],
  after: readonly Sample[],
  done: readonly Done[],
  { record, open }: CheckContext,
): boolean {
  const sent = new Map<number, number>();
  for (const { code } of done) sent.set(code, (sent.get(code) ?? 0) + 1);
  const grown = (code?: number): number => {
    const labels = code === undefined ? {} : { code: String(code) };
    return sumOf(after, spec.counter, labels) - sumOf(before, spec.counter, labels);
  };
  const wrong = [...sent].filter(([code, count]) => grown(code) !== count);
  const total = grown();
  const finding =
    total !== done.length ? (total < done.length ? 'too-few' : 'too-many') : wrong.length > 0 ? 'codes' : 'ok';
  record.fact('counts', finding);
  const text = (of: (code: number) => number): string =>
    [...sent.keys()].map((code) => `${code}: ${of(code)}`).join(', ');
  return record.assert('counts', finding === 'ok', {
    what: t('{0} counts each request once, by the code it was answered with', spec.counter),
    want: `${done.length} (${text((code) => sent.get(code)!)})`,
    got: `${total} (${text((code) => grown(code))})`,
    where: open,
    next: t('Count after the handler has answered, with the code it wrote; 200 when it wrote none.'),
  });
}

/** The label says which route, never which path. */
export function routes(
  spec: MetricsCheck,
  after: readonly Sample[],
  done: readonly Done[],
  context: CheckContext,
): boolean {
  const own = after.filter(({ name }) => name === spec.counter || name.startsWith(`${spec.histogram}_`));
  const items = done.map(({ item }) => item);
  const raw = own
    .flatMap(({ labels }) => Object.values(labels))
    .find((value) => items.some((item) => value.includes(item)));
  const routed = own.some(({ labels }) => labels['route'] === spec.route);
  context.record.fact('routes', raw !== undefined ? 'raw-path' : routed ? 'ok' : 'no-route');
  return context.record.assert('routes', raw === undefined && routed, {
    what: t('The label route names the pattern that matched'),
    want: `route="${spec.route}"`,
    got: raw ?? (routed ? t('it does') : t('no series has it')),
    where: context.open,
    next: t(
      'Take the label from the pattern (http.Request.Pattern), never from the path: each path would be a new series.',
    ),
  });
}

/** The histogram saw each request, in seconds. */
export function durations(
  { histogram }: MetricsCheck,
  before: readonly Sample[],
  after: readonly Sample[],
  done: readonly Done[],
  { record, open }: CheckContext,
): boolean {
  const grown = (suffix: string, labels = {}): number =>
    sumOf(after, histogram + suffix, labels) - sumOf(before, histogram + suffix, labels);
  const asked = done.reduce((sum, request) => sum + request.asked, 0);
  const took = done.reduce((sum, request) => sum + request.took, 0);
  const [count, sum] = [grown('_count'), grown('_sum')];
  const edges = [
    ...new Set(after.flatMap(({ name, labels }) => (name === `${histogram}_bucket` ? [labels['le']!] : []))),
  ];
  // A request is surely below an edge when even its way to us was, and surely not when it was asked to take longer.
  const misplaced = edges.find((le) => {
    const edge = le === '+Inf' ? Infinity : Number(le);
    const below = grown('_bucket', { le });
    const [least, most] = [
      done.filter((one) => one.took <= edge).length,
      done.filter((one) => one.asked <= edge + 0.001).length,
    ];
    return below < least || below > most;
  });
  const inside = edges.filter((le) => Number(le) > 0 && Number(le) < 0.4);
  const finding =
    count !== done.length
      ? 'count'
      : sum < asked * 0.98 || sum > took * 1.02
        ? 'sum'
        : misplaced !== undefined
          ? 'buckets'
          : inside.length < 2
            ? 'coarse'
            : 'ok';
  record.fact('durations', finding);
  const seconds = (value: number): string => value.toFixed(2);
  return record.assert('durations', finding === 'ok', {
    what: t('{0} holds the duration of each request, in seconds', histogram),
    want: t(
      '{0} observations, {1} to {2} s together, in buckets that fit them',
      done.length,
      seconds(asked),
      seconds(took),
    ),
    got: [
      t('{0} observations, {1} s together', count, seconds(sum)),
      ...(misplaced === undefined ? [] : [t('the bucket le={0} does not fit', misplaced)]),
      ...(inside.length < 2 ? [t('buckets below 0.4 s: {0}', inside.length)] : []),
    ].join('; '),
    where: open,
    next: t(
      'Take the time before the handler and observe time.Since(start).Seconds() after it, once for each request.',
    ),
  });
}
