/** A process of its own: from nothing loaded to the first finding. Prints the CPU milliseconds of this thread. */
import { join } from 'node:path';

const root = join(import.meta.dirname, '..', '..', '..');
const text = 'apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec: {prots: [{port: 80}]}\n';
const before = process.threadCpuUsage();
const { createBoundedManifests } = await import('../../../src/manifests/bounded.ts');
const worker = join(root, 'src/manifests/worker.ts');
const manifests = createBoundedManifests({ schemas: join(root, 'schemas'), worker });
const { findings } = await manifests.validate(text, '1.34');
const { user, system } = process.threadCpuUsage(before);
if (findings.length !== 1) throw new Error('the first finding is not there');
console.log((user + system) / 1000);
manifests.dispose();
