/** Gives back what processes of this machine left lent when they died. */
import { existsSync } from 'node:fs';
import { Failure, messageOf, toFailure } from '../../core/failure.ts';
import { t } from '../../core/l10n.ts';
import { title } from '../actions/confirmation.ts';
import type { Requester } from '../connection.ts';
import type { Kubernetes } from '../domain.ts';
import type { Entry, Journal } from './journal.ts';
import { type Lender, giveBack } from './lending.ts';

/** Milliseconds for one cluster: it may have been removed together with its machine. */
const patience = 5000;

/**
 * Returns a sentence for each object. One whose cluster cannot be reached stays in the journal, for the next start; one
 * whose context is gone went with its cluster.
 *
 * @param open the contexts of one kubeconfig; disposed here.
 */
export async function mend(
  journal: Journal,
  open: (kubeconfig: string) => Promise<Kubernetes>,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const said: string[] = [];
  for (const entry of await journal.orphans()) {
    const name = title(entry.ref);
    try {
      const within = AbortSignal.any([signal, AbortSignal.timeout(patience)]);
      const mended = existsSync(entry.kubeconfig) && (await mendOne(await open(entry.kubeconfig), entry, within));
      await journal.remove(entry.session);
      if (mended) said.push(t('{0} is again what it was before a session that broke off.', name));
    } catch (error) {
      said.push(t('{0} could not be made what it was: {1}', name, messageOf(error)));
    }
  }
  return said;
}

/** Whether there still was something to be given back. */
async function mendOne(
  kubernetes: Kubernetes,
  { context, ref, session }: Entry,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    const { contexts } = await kubernetes.contexts.loaded();
    const id = contexts.find(({ name }) => name === context)?.id;
    if (id === undefined) return false;
    return await giveBack(kubernetes.contexts.connect(id), { ...ref, context: id }, session, signal);
  } finally {
    kubernetes.dispose();
  }
}

/**
 * Gives an object back when its session ends; resolves with false when there is nothing to be given back any more. Throws
 * Failure when that cannot be done now; then the next start does it.
 */
export async function endLoan(
  journal: Journal,
  entry: Entry,
  server: Requester,
  { isRemoved }: Lender,
): Promise<boolean> {
  const { ref, session, holder } = entry;
  let isBack = false;
  try {
    isBack = await giveBack(server, ref, session, AbortSignal.timeout(patience));
  } catch (error) {
    if (!(await isRemoved())) {
      // Nobody holds it any more, however long this process goes on.
      await journal.add({ ...entry, holder: { ...holder, started: '' } });
      throw new Failure(
        toFailure(error).kind,
        t('{0} could not be made what it was: {1} The next start tries again.', title(ref), messageOf(error)),
        error,
      );
    }
  }
  await journal.remove(session);
  return isBack;
}
