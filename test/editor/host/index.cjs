/** Entry point that VS Code calls in the extension host: runs the built suite with mocha and leaves a report. */
const { readdirSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');

exports.run = async () => {
  const { default: Mocha } = await import('mocha');
  const mocha = new Mocha({
    ui: 'bdd',
    timeout: 120_000,
    reporter: class {},
    grep: process.env.GANTRY_GREP || undefined,
  });
  for (const file of readdirSync(__dirname)
    .filter((name) => name.endsWith('.test.js'))
    .sort()) {
    mocha.addFile(join(__dirname, file));
  }
  const results = [];
  const done = (state) => (test, error) =>
    results.push({ title: test.fullTitle(), state, ...(error ? { error: error.stack ?? String(error) } : {}) });
  let finished = false;
  const report = () =>
    writeFileSync(
      process.env.GANTRY_EDITOR_REPORT,
      JSON.stringify({ finished, results, executed: [...(globalThis.gantryExecuted ?? [])] }, null, 1),
    );
  try {
    await mocha.loadFilesAsync();
    await new Promise((resolve) => {
      const runner = mocha.run(() => resolve());
      runner.on('pass', done('passed')).on('fail', done('failed')).on('pending', done('skipped'));
      runner.on('test end', report);
    });
  } catch (error) {
    done('failed')({ fullTitle: () => 'loading the suite' }, error);
  }
  finished = true;
  report();
};
