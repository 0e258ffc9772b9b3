/**
 * `npm run faults [-- NAME] [--long]`: what is broken, how, and what the person sees. Ends with the same line as the
 * tests. `--long` runs the rows that take minutes or hours at their full length.
 */
import { faultsSuite } from './lib/builtSuites.ts';
import { closingLine, exitCode } from './lib/suites.ts';

const extra = process.argv.slice(2).filter((argument) => argument !== '--long');
if (process.argv.includes('--long')) process.env['GANTRY_LONG'] = '1';
const name = extra[0]?.startsWith('-') === false ? extra.shift() : undefined;
const tally = await faultsSuite(name, extra);
console.log(closingLine(tally));
process.exit(exitCode(tally));
