/** The layers of the tests, each run to a tally. */
import { spawn } from 'node:child_process';
import { globSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from './project.ts';

export interface Tally {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** Each failure with what it said, to be told again at the end: a long log is often read from there. */
  readonly failures: readonly string[];
  /** File of tests → seconds that it took, with its hooks. */
  readonly files: Readonly<Record<string, number>>;
}

export const add = (a: Tally, b: Tally): Tally => ({
  passed: a.passed + b.passed,
  failed: a.failed + b.failed,
  skipped: a.skipped + b.skipped,
  failures: [...a.failures, ...b.failures],
  files: { ...a.files, ...b.files },
});

export const none: Tally = { passed: 0, failed: 0, skipped: 0, failures: [], files: {} };

export const failure = (what: string): Tally => ({ ...none, failed: 1, failures: [what] });

/** The line CI reads. */
export const closingLine = ({ passed, failed, skipped }: Tally): string =>
  `${passed} passed, ${failed} failed, ${skipped} skipped`;

/** 0 when something ran and nothing failed; with CI=true a skipped test is a failure. */
export function exitCode({ passed, failed, skipped }: Tally): number {
  const ci = process.env['CI'] === 'true';
  return passed > 0 && failed === 0 && !(ci && skipped > 0) ? 0 : 1;
}

/** Runs a program with its output on ours. Resolves to its exit code. */
export function stream(
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
): Promise<number> {
  const child = spawn(command, args, { stdio: 'inherit', cwd: root, env });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve(code ?? 1));
  });
}

/** A tool that counts as one test: it passes when it exits 0. */
export async function tool(name: string, command: string, args: readonly string[]): Promise<Tally> {
  console.error(`\n── ${name}`);
  const code = await stream(command, args);
  return code === 0 ? { ...none, passed: 1 } : failure(`${name}: exit code ${code}`);
}

export const typeCheck = async (): Promise<Tally> =>
  add(
    await tool('type check', 'tsc', ['--noEmit', '-p', '.']),
    await tool('type check (webviews)', 'tsc', ['--noEmit', '-p', 'src/webview']),
  );

export const lint = async (): Promise<Tally> =>
  add(
    await tool('lint', 'oxlint', ['--type-aware', '--deny-warnings', 'src', 'test', 'scripts']),
    await tool('format', 'prettier', ['--check', '--log-level', 'warn', '.']),
  );

/**
 * The mocha tests of one layer (`unit`, `real`), or of one folder in it. Each file of `real` could need any set-up, so
 * the layer runs in one process: what is shared is started once.
 */
export async function mochaSuite(layer: string, extra: readonly string[] = []): Promise<Tally> {
  console.error(`\n── ${layer}`);
  const files = globSync(layer === 'editor' ? 'test/editor/*.test.ts' : `test/${layer}/**/*.test.ts`, {
    cwd: root,
  }).sort();
  const folder = await mkdtemp(join(tmpdir(), 'gantry-tally-'));
  const tallyFile = join(folder, 'tally.json');
  const args = [
    'node_modules/mocha/bin/mocha.js',
    '--reporter',
    'test/support/reporter.cjs',
    '--timeout',
    layer.startsWith('unit') ? '30000' : '180000',
    '--exit',
    ...extra,
    ...files,
  ];
  try {
    const code = await stream(process.execPath, ['--disable-warning=ExperimentalWarning', ...args], {
      ...process.env,
      GANTRY_TALLY: tallyFile,
    });
    const tally = JSON.parse(await readFile(tallyFile, 'utf8').catch(() => JSON.stringify(none))) as Tally;
    // A run that died, or found no test, has failed whatever it counted.
    return tally.failed === 0 && (code !== 0 || tally.passed + tally.skipped === 0)
      ? add(tally, failure(`${layer}: exit code ${code}, ${tally.passed} passed`))
      : tally;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
