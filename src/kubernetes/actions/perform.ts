/** Sends what an action planned. */
import type { Clock } from '../../core/backoff.ts';
import { t } from '../../core/l10n.ts';
import { ApiFailure } from '../apiFailure.ts';
import type { Requester } from '../connection.ts';
import type { Plan } from './action.ts';
import { type ApiCall, type KubeObject, send } from './apiCall.ts';

export interface PerformDeps {
  readonly server: Requester;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Called with what is being done, when that takes several requests. */
  readonly report?: (sentence: string) => void;
}

/** Milliseconds until an eviction that a PodDisruptionBudget holds up is tried again, as kubectl drain waits. */
const evictionPause = 5_000;

/** Sends the calls one after the other; what was done stays done when one fails. Returns the answers. Throws Failure. */
export async function perform(plan: Plan, deps: PerformDeps): Promise<KubeObject[]> {
  const answers: KubeObject[] = [];
  const calls = plan.calls.filter(({ upgrade }) => upgrade !== true); // Who shows a stream opens it.
  for (const [index, call] of calls.entries()) {
    if (calls.length > 1) deps.report?.(t('{0} of {1}: {2}', index + 1, calls.length, call.what));
    const answer = isEviction(call) ? await evict(call, deps) : await send(deps.server, call, deps.signal);
    if (answer !== undefined) answers.push(answer);
  }
  return answers;
}

const isEviction = ({ method, path }: ApiCall): boolean => method === 'POST' && path.endsWith('/eviction');

/** Tries until the budget lets the pod go or the person cancels; a pod that is gone already needs no eviction. */
async function evict(call: ApiCall, { server, clock, signal, report }: PerformDeps): Promise<KubeObject | undefined> {
  for (;;) {
    try {
      return await send(server, call, signal);
    } catch (error) {
      if (!(error instanceof ApiFailure) || (error.status !== 404 && error.status !== 429)) throw error;
      if (error.status === 404) return undefined;
      report?.(t('A disruption budget holds it up; trying again: {0}', call.what));
      await clock.sleep(error.retryAfter ?? evictionPause, signal);
    }
  }
}
