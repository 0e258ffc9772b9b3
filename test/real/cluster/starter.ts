/**
 * Another program that starts a cluster: `node starter.ts FOLDER [free|owned|domain|reset]`. Prints its progress, then `ready`.
 * An owner stays; `domain` goes the way a window goes; `reset` sets the cluster back to its snapshot.
 */
import { ControlPlane } from '../../../src/cluster/controlPlane.ts';
import { createCluster } from '../../../src/cluster/domain.ts';
import { silentLog } from '../../../src/core/log.ts';
import { cacheFolder } from '../../../src/core/platform.ts';
import { builtPrograms, labkitFolder } from '../../support/controlPlane.ts';
import { noEngines, noKubeconfigs } from '../../support/noEngines.ts';

const [folder = '', mode] = process.argv.slice(2);
const owned = mode === 'owned';
const starter =
  mode === 'domain'
    ? createCluster({
        log: silentLog,
        cacheFolder: cacheFolder(),
        stateFolder: folder,
        labkitFolder,
        engines: noEngines,
        kubeconfigs: noKubeconfigs,
      })
    : new ControlPlane({ folder, name: 'gantry', programs: builtPrograms, log: silentLog, owned });
const { signal } = new AbortController();
const print = (sentence: string): void => console.log(sentence);
if (mode === 'reset' && starter instanceof ControlPlane) await starter.reset('snapshot', print, signal);
else await starter.start(print, signal);
console.log('ready');
if (owned) setInterval(() => {}, 1000);
