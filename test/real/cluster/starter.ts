/** Another program that starts a cluster: `node starter.ts FOLDER [owned]`. Prints its progress, then `ready`; an owner stays. */
import { ControlPlane } from '../../../src/cluster/controlPlane.ts';
import { silentLog } from '../../../src/core/log.ts';
import { builtPrograms } from '../../support/controlPlane.ts';

const [folder = '', mode] = process.argv.slice(2);
const owned = mode === 'owned';
const controlPlane = new ControlPlane({ folder, name: 'gantry', programs: builtPrograms, log: silentLog, owned });
await controlPlane.start((sentence) => console.log(sentence), new AbortController().signal);
console.log('ready');
if (owned) setInterval(() => {}, 1000);
