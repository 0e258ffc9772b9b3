/** `npm test`: everything, with its own set-up. Ends with `N passed, N failed, N skipped`. */
import { editorSuite, faultsSuite } from './lib/builtSuites.ts';
import { add, closingLine, exitCode, failure, lint, mochaSuite, none, type Tally, typeCheck } from './lib/suites.ts';

const layers: Record<string, () => Promise<Tally>> = {
  'type check': typeCheck,
  lint,
  unit: () => mochaSuite('unit'),
  real: () => mochaSuite('real'),
  faults: () => faultsSuite(),
  editor: () => editorSuite(),
};

let total = none;
const report: string[] = [];
for (const [name, run] of Object.entries(layers)) {
  const began = Date.now();
  const tally = await run().catch((error: unknown): Tally => {
    console.error(error);
    return failure(`${name}: ${String(error)}`);
  });
  total = add(total, tally);
  report.push(`${name.padEnd(12)} ${closingLine(tally).padEnd(40)} ${Math.round((Date.now() - began) / 1000)} s`);
}
const slowest = Object.entries(total.files).toSorted(([, a], [, b]) => b - a);
console.log(`\nFiles that took longest:\n`);
for (const [file, seconds] of slowest.slice(0, 15))
  console.log(`${String(Math.round(seconds)).padStart(5)} s  ${file}`);
if (total.failures.length > 0) console.log(`\nWhat failed:\n\n${total.failures.join('\n\n')}`);
console.log(`\n${report.join('\n')}\n\n${closingLine(total)}`);
process.exit(exitCode(total));
