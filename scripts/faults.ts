/** `npm run faults [-- NAME]`: what is broken, how, and what the person sees. Ends with the same line as the tests. */
import { faultsSuite } from './lib/builtSuites.ts';
import { closingLine, exitCode } from './lib/suites.ts';

const extra = process.argv.slice(2);
const name = extra[0]?.startsWith('-') === false ? extra.shift() : undefined;
const tally = await faultsSuite(name, extra);
console.log(closingLine(tally));
process.exit(exitCode(tally));
