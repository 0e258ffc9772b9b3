/** A container's output, taken apart. */
import type { EngineClient, LogQuery } from './client.ts';
import { type Output, demux } from './demux.ts';
import { engineFailure } from './failures.ts';

/**
 * Yields what the container wrote and, with `follow`, writes until it stops. The reader sets the pace.
 * Ends quietly when the signal says so; throws Failure `notFound` for an unknown container, and one that says so when
 * the engine goes away in the middle.
 */
export async function* containerLogs(
  client: EngineClient,
  container: string,
  query: LogQuery,
  signal: AbortSignal,
): AsyncGenerator<Output> {
  try {
    const tty = await client.hasTty(container, signal);
    const stream = await client.containerLogs(container, query, signal);
    yield* demux(stream, { tty });
  } catch (error) {
    if (!signal.aborted) throw engineFailure(error, client.address);
  }
}
