/** Calls that were made of a method: what was sent and what came back, so that both can be used and compared again. */
import type { PastCall } from './protocol.ts';

/** Calls kept of each method. */
export const mostCalls = 20;
/** Characters kept of a request and of an answer. */
const mostText = 100_000;

/** The history with one more call, newest first. Metadata is no part of it: that may hold secrets. */
export function remember(history: readonly PastCall[], call: PastCall): readonly PastCall[] {
  const { request, answer } = call;
  const kept = {
    ...call,
    // The beginning of a request is none.
    request: request.length > mostText ? '' : request,
    answer: answer.slice(0, mostText),
  };
  return [kept, ...history].slice(0, mostCalls);
}
