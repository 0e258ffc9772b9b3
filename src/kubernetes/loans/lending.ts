/** Lends objects of a cluster, and sees that each goes back to what it was. */
import { Failure } from '../../core/failure.ts';
import { t } from '../../core/l10n.ts';
import { type ApiCall, type KubeObject, send } from '../actions/apiCall.ts';
import type { Actions } from '../actions/domain.ts';
import { same } from '../actions/fields.ts';
import { title } from '../actions/confirmation.ts';
import { getCall, placeOf } from '../actions/look.ts';
import { ApiFailure } from '../apiFailure.ts';
import { type ObjectRef, known, objectPath, rootPath } from '../apiResource.ts';
import type { Requester } from '../connection.ts';
import type { WatchState } from '../watchState.ts';
import {
  type Loan,
  givenBack,
  isHeld,
  lent,
  loanManager,
  loanOf,
  ownersAfter,
  ownersOf,
  sessionLabel,
} from './loan.ts';

/** What another object the session needs of it; may throw Failure for one that does not do. */
export type Change = (object: KubeObject) => Readonly<Record<string, unknown>>;

/** Writes again when somebody else wrote between the read and the write: a status changes every few seconds. */
const mostTries = 5;

/**
 * Changes an object for a session. What a session that died has left is mended first.
 * Throws Failure `conflict` when another session has it.
 *
 * @param dryRun only whether it would be done
 */
export async function lend(
  server: Requester,
  ref: ObjectRef,
  session: Omit<Loan, 'before' | 'managedFields'>,
  change: Change,
  signal: AbortSignal,
  dryRun = false,
): Promise<KubeObject> {
  return retried(async () => {
    let object = await send(server, getCall(ref), signal);
    const other = loanOf(object);
    if (other !== undefined) {
      if (isHeld(other.holder)) throw heldElsewhere(ref, other);
      await giveBack(server, ref, other.session, signal);
      object = await send(server, getCall(ref), signal);
    }
    return write(server, ref, lent(object, change(object), session), signal, dryRun);
  });
}

/**
 * Makes an object what it was before a session, and removes all that was made for that. Resolves with false when the
 * object is gone, or is not lent to this session. Throws Failure.
 */
export async function giveBack(
  server: Requester,
  ref: ObjectRef,
  session: string,
  signal: AbortSignal,
): Promise<boolean> {
  const given = await retried(async () => {
    const object = await send(server, getCall(ref), signal).catch(unlessGone);
    const loan = object === undefined ? undefined : loanOf(object);
    if (object === undefined || loan?.session !== session) return undefined;
    return { loan, back: await write(server, ref, givenBack(object, loan), signal) };
  });
  if (given !== undefined) await giveBackOwners(server, ref, given, signal);
  await removeMade(server, ref, session, signal);
  return given !== undefined;
}

/**
 * A write of its own: the one that changes fields is always written down as their owner. It is tried again by itself, for
 * the object is not lent any more. Where somebody else has come to own fields in between, owners stay as they are.
 */
async function giveBackOwners(
  server: Requester,
  ref: ObjectRef,
  { loan, back }: { readonly loan: Loan; readonly back: KubeObject },
  signal: AbortSignal,
): Promise<void> {
  await retried(async () => {
    const object = await send(server, getCall(ref), signal).catch(unlessGone);
    if (object === undefined || !same(ownersOf(object), ownersOf(back))) return;
    const metadata = { ...object.metadata, managedFields: ownersAfter(object, loan) };
    await write(server, ref, { ...object, metadata }, signal).catch(unlessGone);
  });
}

/** Removes what a session made: the pod that stands for a program, or the ReplicaSet of a lent Deployment. */
async function removeMade(server: Requester, ref: ObjectRef, session: string, signal: AbortSignal): Promise<void> {
  const what = `delete what session ${session} made`;
  const body = { propagationPolicy: 'Background', gracePeriodSeconds: 1 };
  const pod = objectPath({ ...ref, ...known.pods, name: standInName(session) });
  const sets = `${rootPath(ref)}/namespaces/${encodeURIComponent(ref.namespace)}/replicasets`;
  const calls: Readonly<Record<string, ApiCall>> = {
    Service: { method: 'DELETE', path: pod, body, what },
    Deployment: { method: 'DELETE', path: sets, query: { labelSelector: `${sessionLabel}=${session}` }, body, what },
  };
  const call = calls[ref.kind];
  if (call !== undefined) await send(server, call, signal).catch(unlessGone);
}

/** The pod that a Service leads to while it is intercepted. */
export const standInName = (session: string): string => `gantry-intercept-${session}`;

function write(
  server: Requester,
  ref: ObjectRef,
  object: KubeObject,
  signal: AbortSignal,
  dryRun = false,
): Promise<KubeObject> {
  const query = { fieldManager: loanManager, ...(dryRun ? { dryRun: 'All' } : {}) };
  return send(
    server,
    { method: 'PUT', path: objectPath(ref), query, body: object, what: `lend ${placeOf(ref)}` },
    signal,
  );
}

async function retried<T>(work: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await work();
    } catch (error) {
      const isConflict = error instanceof Failure && error.kind === 'conflict' && !(error instanceof HeldElsewhere);
      if (!isConflict || tries === mostTries) throw error;
    }
  }
}

/** Only its server can tell that an object is gone: a context that is gone tells nothing of it. */
function unlessGone(error: unknown): undefined {
  if (error instanceof ApiFailure && error.kind === 'notFound') return undefined;
  throw error;
}

class HeldElsewhere extends Failure {}

function heldElsewhere(ref: ObjectRef, { use, text, holder }: Loan): Failure {
  const what = use === 'intercept' ? t('{0} is intercepted: {1}', title(ref), text) : t('{0} is being debugged', title(ref)); // prettier-ignore
  return new HeldElsewhere('conflict', t('{0} (process {1} on {2}). End that first.', what, holder.pid, holder.host));
}

/** What is known of the cluster that an object is lent by. */
export interface Lender {
  /** Whether it is gone for good; false where that cannot be told. Never rejects. */
  readonly isRemoved: () => Promise<boolean>;
  /** Milliseconds that it may be silent. */
  readonly patience?: number;
}

const usualPatience = 30_000;

/**
 * Resolves with a sentence when a session has nothing left to hold: the object is gone, is not lent to it any more, or the
 * cluster is gone or has been silent for long. Never settles after the signal aborted.
 */
export function followLoan(
  actions: Pick<Actions, 'follow'>,
  ref: ObjectRef,
  session: string,
  { isRemoved, patience = usualPatience }: Lender,
  signal: AbortSignal,
): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  let silence: NodeJS.Timeout | undefined;
  const heard = (): void => {
    clearTimeout(silence);
    silence = undefined;
  };
  const changed = (object: KubeObject | undefined): void => {
    heard();
    if (object === undefined) resolve(t('{0} is gone.', title(ref)));
    else if (loanOf(object)?.session !== session) resolve(t('{0} is already what it was before.', title(ref)));
  };
  const state = (now: WatchState): void => {
    if (!('failure' in now)) return heard();
    const { failure } = now;
    silence ??= setTimeout(() => resolve(t('The cluster does not answer: {0}', failure.message)), patience);
    void isRemoved().then((removed) => removed && resolve(t('The cluster was removed.')));
  };
  signal.addEventListener('abort', heard, { once: true });
  actions.follow(ref, { changed, state }, signal);
  return promise;
}
