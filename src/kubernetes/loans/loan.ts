/**
 * A loan: an object of the cluster that is another one while a session of this machine lasts. What it was is kept in an
 * annotation of the object itself, so that whoever finds it can give it back.
 */
import { hostname } from 'node:os';
import { type ProcessIdentity, identify, isAlive, parseIdentity } from '../../core/identity.ts';
import type { KubeObject } from '../actions/apiCall.ts';
import type { ApiMetadata } from '../api.ts';
import { isMap, listAt, same, textAt } from '../actions/fields.ts';

/** Holds a `Loan` as JSON. */
export const loanAnnotation = 'gantry.loan';
/** On all that is made for a session: its pods, and the template of a lent workload, so also its ReplicaSets. */
export const sessionLabel = 'gantry.session';
/** Owns the fields that are changed for a session; nobody else's conflicts are ours then. */
export const loanManager = 'gantry-session';

export interface Holder extends ProcessIdentity {
  /** The machine: process ids of another one mean nothing here. */
  readonly host: string;
}

export interface Loan {
  /** Drawn for each session. */
  readonly session: string;
  readonly use: 'debug' | 'intercept';
  /** What people are told of it: `localhost:8080`. */
  readonly text: string;
  readonly holder: Holder;
  /** Fields of `spec` as they were; null for one that was not there. */
  readonly before: Readonly<Record<string, unknown>>;
  /** Who owned which field: a change for a session is nobody's claim on it. */
  readonly managedFields: readonly unknown[];
}

export const thisProcess = (): Holder => ({ ...identify(process.pid)!, host: hostname() });

/** Whether a session may still go on. Of another machine nobody can tell. */
export const isHeld = ({ host, ...holder }: Holder): boolean => host !== hostname() || isAlive(holder);

/** Undefined for an object that is not lent, or whose annotation nobody of ours wrote. */
export function loanOf({ metadata }: { readonly metadata: Pick<ApiMetadata, 'annotations'> }): Loan | undefined {
  const written = metadata.annotations?.[loanAnnotation];
  return written === undefined ? undefined : readLoan(written);
}

export function readLoan(text: string): Loan | undefined {
  const value = parsed(text);
  const holder = readHolder(isMap(value) ? value['holder'] : undefined);
  const use = textAt(value, 'use');
  if (!isMap(value) || holder === undefined || (use !== 'debug' && use !== 'intercept')) return undefined;
  return {
    session: textAt(value, 'session'),
    use,
    text: textAt(value, 'text'),
    holder,
    before: isMap(value['before']) ? value['before'] : {},
    managedFields: listAt(value, 'managedFields'),
  };
}

export function readHolder(value: unknown): Holder | undefined {
  const identity = parseIdentity(value);
  return identity === undefined ? undefined : { ...identity, host: textAt(value, 'host') };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The object with another spec, and what it was. */
export function lent(
  object: KubeObject,
  spec: Readonly<Record<string, unknown>>,
  session: Omit<Loan, 'before' | 'managedFields'>,
): KubeObject {
  const was = specOf(object);
  const changed = [...new Set([...Object.keys(was), ...Object.keys(spec)])].filter((key) => !same(was[key], spec[key]));
  const loan: Loan = {
    ...session,
    before: Object.fromEntries(changed.map((key) => [key, was[key] ?? null])),
    managedFields: object.metadata.managedFields ?? [],
  };
  const annotations = { ...object.metadata.annotations, [loanAnnotation]: JSON.stringify(loan) };
  return { ...object, metadata: { ...object.metadata, annotations }, spec };
}

/** The object as it was. What others changed of it meanwhile, beside the lent fields, stays. */
export function givenBack(object: KubeObject, { before }: Loan): KubeObject {
  const { [loanAnnotation]: _, ...annotations } = object.metadata.annotations ?? {};
  const spec = Object.entries({ ...specOf(object), ...before }).filter(([, value]) => value !== null);
  return { ...object, metadata: { ...object.metadata, annotations }, spec: Object.fromEntries(spec) };
}

/** The owners of an object's fields after it was given back: those of before, and of its status those of now. */
export const ownersAfter = (object: KubeObject, { managedFields }: Loan): readonly unknown[] => [
  ...managedFields.filter((entry) => !isOfStatus(entry)),
  ...(object.metadata.managedFields ?? []).filter(isOfStatus),
];

/** Who owns an object's fields, its status aside: that is written all the time. */
export const ownersOf = ({ metadata }: KubeObject): readonly unknown[] =>
  (metadata.managedFields ?? []).filter((entry) => !isOfStatus(entry));

const isOfStatus = (entry: unknown): boolean => textAt(entry, 'subresource') !== '';

export const specOf = (object: KubeObject): Record<string, unknown> => (isMap(object['spec']) ? object['spec'] : {});
