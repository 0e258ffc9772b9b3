/** Check type `promql`: the lab's alerting rules, evaluated by Prometheus' own engine over hours that pass at once. */
import { join } from 'node:path';
import { t } from '../../core/l10n.ts';
import { LabkitRefusal } from '../labkit.ts';
import type { CheckContext, RunCheck } from './context.ts';
import { difference, expectedText } from './matching.ts';
import { type RulesCheck, milliseconds } from './specs.ts';
import { Values } from './templates.ts';

interface Alert {
  /** Milliseconds since the beginning. */
  readonly at: number;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}

type Case = RulesCheck['cases'][number];

export const runRules: RunCheck<RulesCheck> = async (spec, context) => {
  const { record, language } = context;
  const values = new Values().draw(spec.draw ?? {}, context.random);
  for (const one of spec.cases) {
    context.report(one.what[language]);
    const alerts = await evaluate(spec, one, values, context);
    const seen = typeof alerts === 'string' ? { finding: 'invalid', text: alerts } : judge(one, alerts, spec, values);
    record.fact(one.id, seen?.finding ?? 'ok');
    const held = record.assert(one.id, seen === undefined, {
      what: one.what[language],
      want: wantText(one, values),
      got: seen?.text ?? t('it does'),
      where: spec.rules,
      next: one.next[language],
    });
    if (!held) return;
  }
};

/** What fires when; or why the file cannot be evaluated, in Prometheus' words. */
async function evaluate(
  spec: RulesCheck,
  { series, until }: Case,
  values: Values,
  { lab, labkit, signal }: CheckContext,
): Promise<readonly Alert[] | string> {
  try {
    const helper = await labkit();
    const { alerts } = await helper.ask<{ alerts: Alert[] }>(
      'rules.alerts',
      {
        file: join(lab, spec.rules),
        intervalMs: milliseconds(spec.interval),
        untilMs: milliseconds(until),
        series: series.map((one) => ({ series: values.fill(one.series), values: values.fill(one.values) })),
      },
      signal,
    );
    return alerts;
  } catch (error) {
    if (error instanceof LabkitRefusal) return error.message.replaceAll(`${lab}/`, '').slice(0, 400);
    throw error;
  }
}

function judge(
  { fires, silent }: Case,
  alerts: readonly Alert[],
  { interval }: RulesCheck,
  values: Values,
): { readonly finding: string; readonly text: string } | undefined {
  if (silent !== undefined) {
    const loud = alerts.find(({ name }) => new RegExp(`^(${silent})$`, 'u').test(name));
    return loud === undefined
      ? undefined
      : { finding: 'fires', text: t('{0} fires after {1}', loud.name, duration(loud.at)) };
  }
  if (fires === undefined) return undefined;
  const own = alerts.filter(({ name }) => name === fires.alert);
  if (own.length === 0) return { finding: 'silent', text: t('{0} never fires', fires.alert) };
  const [first, last] = [own[0]!.at, own.at(-1)!.at];
  const step = milliseconds(interval);
  const text = t('it fires from {0} to {1}', duration(first), duration(last));
  if (first < milliseconds(fires.from) - step) return { finding: 'early', text };
  if (first > milliseconds(fires.from) + step) return { finding: 'late', text };
  if (last > milliseconds(fires.to) + step) return { finding: 'never-resolves', text };
  if (last < milliseconds(fires.to) - step) return { finding: 'resolves-early', text };
  const labels =
    fires.labels === undefined ? undefined : difference(values.fillJson(fires.labels), own[0]!.labels, () => false);
  return labels === undefined ? undefined : { finding: 'labels', text: labels };
}

/** As `25m30s`. */
function duration(ms: number): string {
  const [minutes, seconds] = [Math.floor(ms / 60_000), (ms % 60_000) / 1000];
  return seconds === 0 ? `${minutes}m` : `${minutes === 0 ? '' : `${minutes}m`}${seconds}s`;
}

const wantText = ({ fires, silent }: Case, values: Values): string =>
  fires === undefined
    ? silentText(silent)
    : t(
        '{0} fires from {1} to {2}',
        fires.alert,
        duration(milliseconds(fires.from)),
        duration(milliseconds(fires.to)),
      ) + (fires.labels === undefined ? '' : ` ${expectedText(values.fillJson(fires.labels))}`);

const silentText = (silent = ''): string =>
  silent === '.*' ? t('no alert fires') : t('{0} stays silent', silent.replaceAll('|', ', '));
