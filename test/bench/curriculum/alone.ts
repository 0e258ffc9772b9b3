/** Proves lessons where no network and no engine is: `node alone.ts ID…` in a network namespace with loopback only. */
import { join } from 'node:path';
import { networkInterfaces } from 'node:os';
import { readItem } from '../../../src/curriculum/items.ts';
import { checkProgram, curriculumFolder } from '../../support/lessons.ts';

const outside = Object.keys(networkInterfaces()).filter((name) => name !== 'lo');
if (outside.length > 0) throw new Error(`there is a network: ${outside.join()}`);
for (const id of process.argv.slice(2)) {
  const { verdict } = await checkProgram(await readItem(join(curriculumFolder, id)), 'solution');
  console.log(`${id} ${verdict.state}`);
}
process.exit();
