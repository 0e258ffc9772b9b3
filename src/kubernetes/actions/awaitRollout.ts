/** Waits until a rollout is done. */
import { Failure } from '../../core/failure.ts';
import { t } from '../../core/l10n.ts';
import type { ObjectRef } from '../apiResource.ts';
import type { Actions } from './domain.ts';
import { rolloutState } from './rolloutStatus.ts';

/**
 * Resolves with a sentence when the rollout is done. Throws Failure when it can get no further, when the object is gone
 * or when the person cancels. An outage of the server is waited out.
 */
export function awaitRollout(
  actions: Pick<Actions, 'follow'>,
  ref: ObjectRef,
  report: (sentence: string) => void,
  signal: AbortSignal,
): Promise<string> {
  const ending = new AbortController();
  return new Promise<string>((resolve, reject) => {
    const cancel = (): void => reject(new Failure('cancelled', t('Cancelled.')));
    if (signal.aborted) cancel();
    signal.addEventListener('abort', cancel, { once: true });
    const follower = {
      changed: (object: Parameters<typeof rolloutState>[0] | undefined): void => {
        try {
          if (object === undefined) throw new Failure('notFound', t('{0} is gone.', ref.name));
          const { done, text } = rolloutState({ ...object, kind: ref.kind });
          report(text);
          if (done) resolve(text);
        } catch (error) {
          reject(error);
        }
      },
      state: (state: { readonly state: string; readonly failure?: Failure }): void => {
        if (state.failure === undefined) return;
        if (state.state === 'failed' && state.failure.kind !== 'unreachable') reject(state.failure);
        else report(state.failure.message);
      },
    };
    actions.follow(ref, follower, AbortSignal.any([signal, ending.signal]));
  }).finally(() => ending.abort());
}
