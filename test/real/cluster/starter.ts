/**
 * Another program that starts a cluster: `node starter.ts FOLDER [free|owned|domain]`. Prints its progress, then `ready`.
 * An owner stays; `domain` goes the way a window goes.
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
await starter.start((sentence) => console.log(sentence), new AbortController().signal);
console.log('ready');
if (owned) setInterval(() => {}, 1000);
