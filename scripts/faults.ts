/**
 * `npm run faults [-- NAME|all] [--long] [--report]`: what is broken, how, and what the person sees. Ends with the same
 * line as the tests. `--long` runs the rows that take minutes or hours at their full length; `--report` writes
 * `media/faults.md` and its Chinese twin of what these folders, and those reported before, came to.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { faultsSuite } from './lib/builtSuites.ts';
import { keepRows, writeReport } from './lib/faultReport.ts';
import { closingLine, exitCode, type Tally } from './lib/suites.ts';

const given = process.argv.slice(2);
const extra = given.filter((argument) => !['--long', '--report'].includes(argument));
if (given.includes('--long')) process.env['GANTRY_LONG'] = '1';
const first = extra[0]?.startsWith('-') === false ? extra.shift() : undefined;
const name = first === 'all' ? undefined : first;
const reports = given.includes('--report');
if (reports && extra.length > 0) {
  console.error(`A report is made of whole folders, without ${extra.join(' ')}.`);
  process.exit(2);
}
const tally = reports ? await reported() : await faultsSuite(name, extra);
console.log(closingLine(tally));
process.exit(exitCode(tally));

/** Runs the tests and writes the pages, also where some failed: that is what they are for. */
async function reported(): Promise<Tally> {
  const folder = await mkdtemp(join(tmpdir(), 'gantry-rows-'));
  const rows = join(folder, 'rows.json');
  process.env['GANTRY_ROWS'] = rows;
  try {
    const outcome = await faultsSuite(name);
    await keepRows(rows);
    await writeReport();
    return outcome;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
