/** Waiting for a list of a cluster. */
import { Failure } from '../core/failure.ts';
import { t } from '../core/l10n.ts';
import type { Look } from './store.ts';

/** Resolves when the list is complete or cannot be had. Rejects with Failure `cancelled`. */
export function complete(look: Pick<Look<unknown>, 'state' | 'onDidChange'>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const done = (): void => {
      if (look.state().state === 'loading') return;
      listening.dispose();
      resolve();
    };
    const listening = look.onDidChange(done);
    const cancel = (): void => {
      listening.dispose();
      reject(new Failure('cancelled', t('Cancelled.')));
    };
    signal.addEventListener('abort', cancel, { once: true });
    if (signal.aborted) cancel();
    else done();
  });
}
