/** What the API server's hand-written validation refuses in workloads: pkg/apis/apps, batch, autoscaling, policy. */
import { t } from '../../core/l10n.ts';
import { lookup } from '../../core/lookup.ts';
import { scalarAt, type Step, textAt } from '../../core/yaml/read.ts';
import type { Rule } from '../../core/yaml/schema.ts';
import { Checker } from './check.ts';

/** Selector, template and numbers, as Deployment, ReplicaSet, StatefulSet and DaemonSet share them. */
function controller(one: Checker): void {
  for (const field of ['replicas', 'minReadySeconds', 'revisionHistoryLimit']) one.notNegative(field);
  selectsOwn(
    one,
    one.object.entries.some(({ key }) => key === 'selector'),
  );
  alwaysRestarts(one);
}

/** The selector must not be empty and must fit the template's labels, else the controller would make pods for ever. */
function selectsOwn(one: Checker, present: boolean): void {
  if (!present) return;
  one.selector('selector');
  const [labels, expressions] = [one.strings('selector', 'matchLabels'), one.items('selector', 'matchExpressions')];
  if (labels.size === 0 && expressions.length === 0 && one.keys('selector', 'matchLabels').length === 0) {
    one.say(['selector'], t('"{0}" must not be empty.', 'selector'));
    return;
  }
  const at = ['template', 'metadata', 'labels'];
  const own = one.strings(...at);
  for (const [key, value] of labels) lacks(one, at, own, key, value);
  one.each(['selector', 'matchExpressions'], (expression) => {
    if (!fits(one, expression, own))
      one.say(at, t('The labels of the template do not fit the selector.'), { code: 'missing-field' });
  });
}

/** Told at the labels, as the server does: what is not written yet is missing there, not wrong in the selector. */
function lacks(one: Checker, at: readonly Step[], own: ReadonlyMap<string, string>, key: string, value: string): void {
  if (own.get(key) === value) return;
  const message = t('The labels of the template lack {0}: {1}.', key, value);
  if (own.has(key)) one.say([...at, key], message);
  else one.say(at, message, { code: 'missing-field' });
}

function fits(one: Checker, at: readonly Step[], labels: ReadonlyMap<string, string>): boolean {
  const value = labels.get(one.text(...at, 'key') ?? '');
  const among = one.items(...at, 'values').some((item) => textAt(item) === value);
  switch (one.text(...at, 'operator')) {
    case 'In':
      return value !== undefined && among;
    case 'NotIn':
      return value === undefined || !among;
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    default:
      return true;
  }
}

function alwaysRestarts(one: Checker): void {
  restarts(one, ['Always'], 'template', 'spec');
  if (one.value('template', 'spec', 'activeDeadlineSeconds') !== undefined)
    one.without('restartPolicy Always', 'template', 'spec', 'activeDeadlineSeconds');
}

function restarts(one: Checker, allowed: readonly string[], ...spec: readonly Step[]): void {
  const policy = one.text(...spec, 'restartPolicy');
  if (policy !== undefined) one.oneOf(allowed, ...spec, 'restartPolicy');
  else if (!allowed.includes('Always'))
    one.say([...spec, 'restartPolicy'], t('restartPolicy is needed here: {0}.', allowed.join(', ')), {
      code: 'missing-field',
    });
}

/** A count or a percentage: what it comes to, and what is wrong with it. */
function share(one: Checker, most100: boolean, ...at: readonly Step[]): number | undefined {
  const value = one.scalar(...at);
  if (typeof value === 'number') {
    one.notNegative(...at);
    return value;
  }
  if (typeof value !== 'string') return undefined;
  const percent = /^(\d+)%$/.exec(value);
  if (percent === null) one.say(at, t('"{0}" is neither a number nor a percentage.', value));
  else if (most100 && Number(percent[1]) > 100) one.say(at, t('The most allowed is {0}.', '100%'));
  return percent === null ? undefined : Number(percent[1]);
}

function noProgress(one: Checker, first: readonly Step[], second: readonly Step[]): void {
  if (scalarZero(one, first) && scalarZero(one, second))
    one.say(first, t('Not both of {0} and {1} may be 0.', String(first.at(-1)), String(second.at(-1))));
}

const scalarZero = (one: Checker, at: readonly Step[]): boolean => {
  const value = scalarAt(one.object, ...at);
  return value === 0 || value === '0%' || value === '0';
};

const rolling = (strategy: string): readonly [readonly Step[], readonly Step[]] => [
  [strategy, 'rollingUpdate', 'maxUnavailable'],
  [strategy, 'rollingUpdate', 'maxSurge'],
];

export const deploymentSpec: Rule = (object, say) => {
  const one = new Checker(object, say);
  controller(one);
  if (one.text('strategy', 'type') === 'Recreate') one.without('type Recreate', 'strategy', 'rollingUpdate');
  const [down, up] = rolling('strategy');
  share(one, true, ...down);
  share(one, false, ...up);
  noProgress(one, down, up);
  const [ready, deadline] = [one.number('minReadySeconds') ?? 0, one.number('progressDeadlineSeconds')];
  if (deadline !== undefined && deadline <= ready)
    one.say(['progressDeadlineSeconds'], t('It must be more than {0}.', `minReadySeconds (${ready})`));
};

export const replicaSetSpec: Rule = (object, say) => controller(new Checker(object, say));

export const statefulSetSpec: Rule = (object, say) => {
  const one = new Checker(object, say);
  controller(one);
  one.notNegative('updateStrategy', 'rollingUpdate', 'partition');
  one.oneOf(['OrderedReady', 'Parallel'], 'podManagementPolicy');
  if (one.text('updateStrategy', 'type') === 'OnDelete')
    one.without('type OnDelete', 'updateStrategy', 'rollingUpdate');
};

export const daemonSetSpec: Rule = (object, say) => {
  const one = new Checker(object, say);
  controller(one);
  const [down, up] = rolling('updateStrategy');
  share(one, true, ...down);
  share(one, true, ...up);
  if (one.value(...up) === undefined && scalarZero(one, down)) noProgress(one, down, down);
};

export const replicationControllerSpec: Rule = (object, say) => {
  const one = new Checker(object, say);
  one.notNegative('replicas');
  alwaysRestarts(one);
  const at = ['template', 'metadata', 'labels'];
  for (const [key, value] of one.strings('selector')) lacks(one, at, one.strings(...at), key, value);
};

export const jobSpec: Rule = (object, say) => {
  const one = new Checker(object, say);
  for (const field of [
    'parallelism',
    'completions',
    'backoffLimit',
    'activeDeadlineSeconds',
    'ttlSecondsAfterFinished',
    'maxFailedIndexes',
    'backoffLimitPerIndex',
  ])
    one.notNegative(field);
  restarts(one, ['OnFailure', 'Never'], 'template', 'spec');
  if (one.text('completionMode') === 'Indexed') one.required('completions');
  else
    for (const field of ['backoffLimitPerIndex', 'maxFailedIndexes'])
      if (one.value(field) !== undefined)
        one.say([field], t('"{0}" is not allowed without {1}.', field, 'completionMode Indexed'));
  if (one.value('podFailurePolicy') !== undefined) restarts(one, ['Never'], 'template', 'spec');
  if (one.value('selector') !== undefined && one.scalar('manualSelector') !== true)
    one.say(['selector'], t('A Job selects its pods by itself; leave the selector out, or set manualSelector.'));
};

export const cronJobSpec: Rule = (object, say) => {
  const one = new Checker(object, say);
  if (one.required('schedule')) one.passes(cronSchedule, 'schedule');
  for (const field of ['startingDeadlineSeconds', 'successfulJobsHistoryLimit', 'failedJobsHistoryLimit'])
    one.notNegative(field);
  one.passes(timeZone, 'timeZone');
  if (one.scalar('jobTemplate', 'spec', 'manualSelector') === true)
    one.without('jobTemplate', 'jobTemplate', 'spec', 'manualSelector');
};

const fields: readonly (readonly [least: number, most: number, names: string])[] = [
  [0, 59, ''],
  [0, 23, ''],
  [1, 31, ''],
  [1, 12, 'jan feb mar apr may jun jul aug sep oct nov dec'],
  [0, 6, 'sun mon tue wed thu fri sat'],
];

/** github.com/robfig/cron/v3, ParseStandard: five fields, or a word such as @daily. */
export function cronSchedule(text: string): string | undefined {
  if (/^@(yearly|annually|monthly|weekly|daily|midnight|hourly)$/.test(text) || /^@every \S+$/.test(text))
    return undefined;
  if (/^(?:CRON_)?TZ=/.test(text)) return t('The time zone stands in timeZone, not in the schedule.');
  const parts = text.trim().split(/\s+/);
  const valid =
    parts.length === 5 && parts.every((part, i) => part.split(',').every((one) => cronField(one, fields[i]!)));
  return valid ? undefined : t('"{0}" is not a schedule: minute, hour, day, month, weekday, as in 0 3 * * 1-5.', text);
}

function cronField(text: string, [least, most, names]: readonly [number, number, string]): boolean {
  const [range, step, ...more] = text.split('/');
  if (more.length > 0 || (step !== undefined && !/^[1-9]\d*$/.test(step))) return false;
  if (range === '*' || range === '?') return true;
  const words = names.split(' ');
  const ends = range!.split('-').map((end) => {
    const word = words.indexOf(end.toLowerCase());
    return names !== '' && word >= 0 ? word + (words.length === 12 ? 1 : 0) : /^\d+$/.test(end) ? Number(end) : NaN;
  });
  return ends.length <= 2 && ends.every((end) => end >= least && end <= most) && ends[0]! <= (ends[1] ?? most);
}

function timeZone(text: string): string | undefined {
  try {
    const known = new Intl.DateTimeFormat('en', { timeZone: text }).resolvedOptions().timeZone !== '';
    return !known || text.toLowerCase() === 'local' ? t('"{0}" is not a time zone.', text) : undefined;
  } catch {
    return t('"{0}" is not a time zone.', text);
  }
}

export const disruptionBudgetSpec: Rule = (object, say) => {
  const one = new Checker(object, say);
  one.exclusive(['minAvailable', 'maxUnavailable'], false);
  share(one, true, 'minAvailable');
  share(one, true, 'maxUnavailable');
  one.selector('selector');
};

export const autoscalerSpec: Rule = (object, say) => {
  const one = new Checker(object, say);
  one.between(1, Infinity, 'minReplicas');
  one.between(1, Infinity, 'maxReplicas');
  const [least, most] = [one.number('minReplicas') ?? 1, one.number('maxReplicas')];
  if (most !== undefined && most >= 1 && most < least) one.say(['maxReplicas'], t('The least allowed is {0}.', least));
  for (const field of ['kind', 'name']) one.required('scaleTargetRef', field);
  one.each(['metrics'], (at) => metric(one, at));
};

const metricTypes: Readonly<Record<string, string>> = lookup({
  Resource: 'resource',
  Pods: 'pods',
  Object: 'object',
  External: 'external',
  ContainerResource: 'containerResource',
});

function metric(one: Checker, at: readonly Step[]): void {
  const field = metricTypes[one.text(...at, 'type') ?? ''];
  if (field === undefined) {
    one.oneOf(Object.keys(metricTypes), ...at, 'type');
    return;
  }
  if (!one.required(...at, field)) return;
  const target = [...at, field, 'target'];
  const values = ['averageUtilization', 'averageValue', 'value'];
  if (one.required(...target)) {
    one.oneOf(['Utilization', 'Value', 'AverageValue'], ...target, 'type');
    if (!one.keys(...target).some((key) => values.includes(key))) one.exclusive(values, true, ...target);
    one.between(1, Infinity, ...target, 'averageUtilization');
  }
}
