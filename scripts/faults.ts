/** `npm run faults [-- NAME]`: what is broken, how, and what the person sees. Ends with the same line as the tests. */
import { buildAll } from './build.ts';
import { closingLine, exitCode, mochaSuite } from './lib/suites.ts';

const [name] = process.argv.slice(2).filter((argument) => !argument.startsWith('-'));
await buildAll({ tests: true });
const tally = await mochaSuite(name === undefined ? 'faults' : `faults/${name}`);
console.log(closingLine(tally));
process.exit(exitCode(tally));
