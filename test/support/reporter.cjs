/**
 * Mocha's spec reporter that also leaves its counts, what failed and what each file took, for `npm test` to add up, and
 * where it is asked to (GANTRY_ROWS) each test with how it ended, for the report of the faults.
 */
const { writeFileSync } = require('node:fs');
const { relative } = require('node:path');
const { reporters } = require('mocha');

module.exports = class extends reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    const failures = [];
    runner.on('fail', (test, error) => failures.push({ title: test.fullTitle(), error }));
    const pathOf = ({ file }) => relative(process.cwd(), file ?? '').replaceAll('\\', '/');
    const files = {};
    let began;
    runner.on('suite', ({ parent }) => parent?.root && (began = Date.now()));
    runner.on('suite end', (suite) => {
      if (suite.parent?.root) files[pathOf(suite)] = (files[pathOf(suite)] ?? 0) + (Date.now() - began) / 1000;
    });
    const rows = [];
    runner.on('test end', (test) =>
      rows.push({
        file: pathOf(test),
        suites: test.titlePath().slice(0, -1),
        title: test.title,
        state: test.isPending() ? 'skipped' : (test.state ?? 'failed'),
        milliseconds: test.duration ?? 0,
      }),
    );
    runner.once('end', () => {
      if (process.env.GANTRY_ROWS) writeFileSync(process.env.GANTRY_ROWS, JSON.stringify(rows));
      const { passes, failures: failed, pending } = this.stats;
      const file = process.env.GANTRY_TALLY;
      // Only now: what a suite does after a failed test may have added to its error.
      const texts = failures.map(({ title, error }) => `${title}\n${error.stack ?? error.message}`);
      if (file)
        writeFileSync(file, JSON.stringify({ passed: passes, failed, skipped: pending, failures: texts, files }));
    });
  }
};
