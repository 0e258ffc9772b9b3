/** `npm run unit`, `npm run real`; a folder narrows it: `npm run real -- kubernetes`, `-- --grep TEXT` goes to mocha. */
import { closingLine, exitCode, mochaSuite } from './lib/suites.ts';

const [layer = 'unit', ...rest] = process.argv.slice(2);
const folder = rest[0]?.startsWith('-') === false ? rest.shift() : undefined;
const tally = await mochaSuite(folder === undefined ? layer : `${layer}/${folder}`, rest);
console.log(closingLine(tally));
process.exitCode = exitCode(tally);
