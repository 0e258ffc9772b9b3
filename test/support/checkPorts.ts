/** The ports of the checks over the real domains, in a place of the test's own. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkPorts, grpcOfLessons } from '../../src/checkPorts.ts';
import { defaultSettings } from '../../src/cluster/container/request.ts';
import { type Cluster, createCluster } from '../../src/cluster/domain.ts';
import { clusterEngines } from '../../src/clusterEngine.ts';
import { lazy } from '../../src/core/lazy.ts';
import { silentLog } from '../../src/core/log.ts';
import { cacheFolder } from '../../src/core/platform.ts';
import type { CheckPorts } from '../../src/curriculum/ports.ts';
import { createDocker } from '../../src/docker/domain.ts';
import { labkitFolder } from './controlPlane.ts';
import { testEngine } from './engine.ts';
import { k3sImage } from './k3sImage.ts';
import { noKubeconfigs } from './noEngines.ts';

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

/** The cluster whose pods run is made when a check first asks for it: most runs remember how lessons were judged. */
const podCluster = `lessons${process.pid}`;

/** Also where none was made. */
export async function removePodCluster(): Promise<void> {
  await made?.remove(podCluster).catch(() => {});
}

let made: Cluster | undefined;

async function makePodCluster(cluster: Cluster): Promise<void> {
  made = cluster;
  const image = await k3sImage(await testEngine());
  await cluster.startContainer(() => {}, new AbortController().signal, { ...defaultSettings, image }, podCluster);
}

function makePorts(): CheckPorts {
  const state = mkdtempSync(join(tmpdir(), 'gantry-check-state-'));
  process.once('exit', () => rmSync(state, { recursive: true, force: true }));
  const docker = createDocker({ log: silentLog, endpoint: () => engineAddress });
  const cluster = createCluster({
    log: silentLog,
    cacheFolder: cacheFolder(process.env),
    stateFolder: state,
    labkitFolder,
    engines: async () => clusterEngines(() => Promise.resolve(docker)),
    kubeconfigs: noKubeconfigs,
    owned: true,
  });
  const grpc = lazy(() => grpcOfLessons(silentLog));
  const ready = lazy(() => makePodCluster(cluster));
  const real = checkPorts({
    cluster: () => Promise.resolve(cluster),
    docker: () => Promise.resolve(docker),
    grpc,
  });
  return { ...real, podCluster: (signal) => ready().then(() => real.podCluster(signal)) };
}
