/** The ports of the checks over the real domains, in a place of the test's own. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkPorts } from '../../src/checkPorts.ts';
import { createCluster } from '../../src/cluster/domain.ts';
import { neverChanges } from '../../src/compose.ts';
import { silentLog } from '../../src/core/log.ts';
import { cacheFolder } from '../../src/core/platform.ts';
import type { CheckPorts } from '../../src/curriculum/ports.ts';
import { createDocker } from '../../src/docker/domain.ts';
import { createGrpc } from '../../src/grpc/domain.ts';
import { labkitFolder } from './controlPlane.ts';
import { noEngines, noKubeconfigs } from './noEngines.ts';

/** The address of the engine the checks of this process shall use; the docker command's unless set. */
let engineAddress = '';
export const useEngine = (address: string): void => void (engineAddress = address);

let ports: CheckPorts | undefined;

/** One for the process: clusters and connections of it end with the process. */
export const testPorts = (): CheckPorts => (ports ??= makePorts());

/** Builds istiod where it is not built yet, which takes minutes, and starts the cluster. Call from a hook with its `this`. */
export async function useMesh(context: Mocha.Context): Promise<void> {
  context.timeout(30 * 60_000);
  const { signal } = new AbortController();
  await testPorts().labkit('istiod', () => {}, signal);
  await testPorts().cluster(() => {}, signal);
}

function makePorts(): CheckPorts {
  const state = mkdtempSync(join(tmpdir(), 'gantry-check-state-'));
  process.once('exit', () => rmSync(state, { recursive: true, force: true }));
  const cluster = createCluster({
    log: silentLog,
    cacheFolder: cacheFolder(process.env),
    stateFolder: state,
    labkitFolder,
    engines: noEngines,
    kubeconfigs: noKubeconfigs,
    owned: true,
  });
  const docker = createDocker({ log: silentLog, endpoint: () => engineAddress });
  const grpc = createGrpc({
    log: silentLog,
    settings: { servers: () => [], deadline: () => 10, onDidChange: neverChanges },
  });
  return checkPorts({
    cluster: () => Promise.resolve(cluster),
    docker: () => Promise.resolve(docker),
    grpc: () => Promise.resolve(grpc),
  });
}
