/** `npm run editor [-- --grep TEXT]`: the tests in a real VS Code. */
import { editorSuite } from './lib/builtSuites.ts';
import { closingLine, exitCode } from './lib/suites.ts';

const tally = await editorSuite(process.argv.slice(2));
console.log(closingLine(tally));
process.exit(exitCode(tally));
