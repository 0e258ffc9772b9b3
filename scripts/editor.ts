/** `npm run editor`: the tests in a real VS Code. */
import { editorSuite } from './lib/editorSuite.ts';
import { closingLine, exitCode } from './lib/suites.ts';

const tally = await editorSuite();
console.log(closingLine(tally));
process.exit(exitCode(tally));
