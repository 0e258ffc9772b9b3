/** What there is to say of an object of any kind. */
import { t } from '../../../core/l10n.ts';
import { ageOf } from '../../columns.ts';
import type { KubeObject } from '../apiCall.ts';
import { at, listAt, textAt, textsAt } from '../fields.ts';
import { type Section, facts, pairs } from './document.ts';

/** Annotations that repeat the whole object or are another tool's bookkeeping. */
const noise = new Set(['kubectl.kubernetes.io/last-applied-configuration']);

/** `3m10s` since a moment as the API writes it; empty when there is none. */
export const since = (moment: string, now: number): string =>
  moment === '' ? '' : ageOf(Date.parse(moment) || 0, now);

export function summary(object: KubeObject, now: number): Section {
  const { metadata } = object;
  const owner =
    metadata.ownerReferences?.find(({ controller }) => controller === true) ?? metadata.ownerReferences?.[0];
  const annotations = Object.entries(metadata.annotations ?? {}).filter(([key]) => !noise.has(key));
  return facts(t('Summary'), [
    [t('Kind'), `${object.kind ?? ''} (${object.apiVersion ?? ''})`],
    [t('Name'), metadata.name],
    [t('Namespace'), metadata.namespace ?? ''],
    [t('Age'), since(metadata.creationTimestamp ?? '', now)],
    [t('Ending since'), since(metadata.deletionTimestamp ?? '', now)],
    [t('Held back by'), listAt(object, 'metadata', 'finalizers').join(', ')],
    [t('Controlled by'), owner === undefined ? '' : `${owner.kind} ${owner.name}`],
    [t('Labels'), pairs(metadata.labels ?? {})],
    ...annotations.map(([key, value]): [string, string] => [t('Annotation'), `${key}=${shortened(value)}`]),
  ]);
}

const shortened = (text: string): string => (text.length > 200 ? `${text.slice(0, 200)}…` : text);

export function conditions(object: KubeObject, now: number): Section {
  const rows = listAt(object, 'status', 'conditions').map((each) => [
    textAt(each, 'type'),
    textAt(each, 'status'),
    textAt(each, 'reason'),
    since(textAt(each, 'lastTransitionTime') || textAt(each, 'lastUpdateTime'), now),
    textAt(each, 'message'),
  ]);
  const head = [t('Condition'), t('Status'), t('Reason'), t('Since'), t('Message')];
  return { title: t('Conditions'), rows: rows.length === 0 ? [] : [head, ...rows] };
}

/** Newest last, as a log reads. */
export function eventRows(events: readonly KubeObject[], now: number): string[][] {
  const moment = (event: KubeObject): string =>
    textAt(event, 'lastTimestamp') ||
    textAt(event, 'series', 'lastObservedTime') ||
    textAt(event, 'eventTime') ||
    (event.metadata.creationTimestamp ?? '');
  const sorted = events.toSorted((a, b) => Date.parse(moment(a)) - Date.parse(moment(b)));
  return sorted.map((event) => [
    since(moment(event), now),
    textAt(event, 'type'),
    textAt(event, 'reason'),
    countOf(event),
    textAt(event, 'source', 'component') || textAt(event, 'reportingComponent'),
    textAt(event, 'message'),
  ]);
}

function countOf(event: KubeObject): string {
  const count = at(event, 'series', 'count') ?? at(event, 'count');
  return typeof count === 'number' && count > 1 ? `×${count}` : '';
}

export function eventsSection(events: readonly KubeObject[], now: number): Section {
  const head = [t('Age'), t('Type'), t('Reason'), t('Count'), t('From'), t('Message')];
  const rows = eventRows(events, now);
  return { title: t('Events'), rows: rows.length === 0 ? [[t('none in the last hour')]] : [head, ...rows] };
}

/** Fields of `spec` that are plain values: what a kind of which nothing else is known shows. */
export function plainFields(title: string, object: KubeObject, field: string): Section {
  const found = at(object, field);
  const entries = typeof found === 'object' && found !== null ? Object.entries(found) : [];
  return facts(
    title,
    entries.map(([key, value]): [string, string] => [
      key,
      shortened(typeof value === 'string' ? value : JSON.stringify(value)),
    ]),
  );
}

/** Keys and sizes of a ConfigMap's or a Secret's data; no value of either is shown. */
export function dataKeys(object: KubeObject): Section {
  const text = Object.entries(textsAt(object, 'data'));
  const bytes = ([, value]: [string, string], encoded: boolean): number =>
    encoded ? Buffer.from(value, 'base64').length : Buffer.byteLength(value);
  const isSecret = object.kind === 'Secret';
  const binary = Object.entries(textsAt(object, 'binaryData'));
  return facts(t('Data'), [
    ...text.map((entry): [string, string] => [entry[0], t('{0} bytes', bytes(entry, isSecret))]),
    ...binary.map((entry): [string, string] => [entry[0], t('{0} bytes', bytes(entry, true))]),
  ]);
}
