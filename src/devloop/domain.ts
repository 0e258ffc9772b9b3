/** The front door of the loop from sources to a local cluster. */
import { devLoop, type DevRequest, type DevTelling } from './devLoop.ts';
import type { DevPorts } from './ports.ts';

export interface DevLoop {
  /** See `devLoop`. */
  run(request: DevRequest, telling: DevTelling, signal: AbortSignal): Promise<boolean>;
}

export const createDevLoop = (ports: DevPorts): DevLoop => ({
  run: (request, telling, signal) => devLoop(request, ports, telling, signal),
});
