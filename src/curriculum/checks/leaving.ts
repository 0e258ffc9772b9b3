/** Callers that go away before they are answered. */
import type { Double } from '../doubles/double.ts';
import type { CheckContext } from './context.ts';

/** How soon a caller that shall go away sees that its request went on. */
const lookEvery = 5;

/** Goes away as soon as the upstream was called; settles once it did, or was answered without that. */
export async function leaveOnceCalled(
  upstream: Double,
  leaves: AbortController,
  answer: Promise<unknown>,
  { clock, signal }: Pick<CheckContext, 'clock' | 'signal'>,
): Promise<void> {
  const leave = (): void => leaves.abort();
  void answer.then(leave, leave);
  while (upstream.calls === 0 && !leaves.signal.aborted && !signal.aborted) {
    await clock.sleep(lookEvery, signal).catch(() => {});
  }
  leave();
}
