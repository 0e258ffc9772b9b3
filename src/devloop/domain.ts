/** The front door of the loop from sources to a local cluster, and of its sessions there: debugging and intercepting. */
import { type DebugSessionRequest, type DebugTelling, debugSession } from './debug.ts';
import { devLoop, type DevRequest, type DevTelling } from './devLoop.ts';
import type { DevPorts } from './ports.ts';

export interface DevLoop extends Pick<DevPorts, 'intercept' | 'endIntercept' | 'mend'> {
  /** See `devLoop`. */
  run(request: DevRequest, telling: DevTelling, signal: AbortSignal): Promise<boolean>;
  /** See `debugSession`. */
  debug(request: DebugSessionRequest, telling: DebugTelling, signal: AbortSignal): Promise<void>;
  /** Ends every session. Resolves when the cluster is what it was. */
  close(): Promise<void>;
}

export function createDevLoop(ports: DevPorts): DevLoop {
  const closing = new AbortController();
  const sessions = new Set<Promise<unknown>>();
  const held = <T>(signal: AbortSignal, begin: (signal: AbortSignal) => Promise<T>): Promise<T> => {
    const session = begin(AbortSignal.any([signal, closing.signal]));
    sessions.add(session);
    const over = (): unknown => sessions.delete(session);
    session.then(over, over);
    return session;
  };
  return {
    run: (request, telling, signal) => devLoop(request, ports, telling, signal),
    debug: (request, telling, signal) => held(signal, (until) => debugSession(request, ports, telling, until)),
    intercept: (request, telling, signal) => held(signal, (until) => ports.intercept(request, telling, until)),
    endIntercept: (place, service, signal) => ports.endIntercept(place, service, signal),
    mend: (signal) => ports.mend(signal),
    async close() {
      closing.abort();
      await Promise.allSettled(sessions);
    },
  };
}
