/** What this machine has of what items need. Nothing is started, and nobody outside is asked. */
import { networkInterfaces } from 'node:os';
import type { Need } from './model.ts';
import type { CheckPorts } from './ports.ts';

export async function machineHas(ports: CheckPorts): Promise<ReadonlySet<Need>> {
  const signal = AbortSignal.timeout(5_000);
  const docker = await ports.engine(signal).then(
    () => true,
    () => false,
  );
  const has: Readonly<Record<Need, boolean>> = {
    docker,
    // The embedded cluster needs nothing but Go, which every item needs.
    cluster: process.platform !== 'win32',
    network: Object.values(networkInterfaces()).some((all) => all?.some(({ internal }) => !internal) === true),
  };
  return new Set((Object.keys(has) as Need[]).filter((need) => has[need]));
}
