/**
 * Check type `go-test`: hidden tests inside the learner's package, by `-overlay`, so that nothing is written into the lab.
 * The learner's code runs in the same process: a test counts only once it logged a nonce that stands in the hidden file.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Failure } from '../../core/failure.ts';
import { t } from '../../core/l10n.ts';
import { run } from '../../core/processes.ts';
import { environmentTrouble, firstLines, goEnvironment } from './build.ts';
import type { CheckContext, RunCheck } from './context.ts';
import { type GoTestCheck, milliseconds } from './specs.ts';

/** One line of `go test -json` (cmd/test2json). */
interface TestEvent {
  readonly Action: string;
  readonly Test?: string;
  readonly Output?: string;
}

export const runGoTest: RunCheck<GoTestCheck> = async (spec, context) => {
  const { workplace, record, open, pace, signal, language, report } = context;
  report(t('Testing your package'));
  const nonce = context.random.nonce();
  const overlay = await writeOverlay(spec, nonce, context);
  const limit = milliseconds(spec.within) * pace;
  const args = [
    'test',
    '-json',
    '-count=1',
    '-failfast', // Only the first that fails is told.
    '-vet=off',
    ...(spec.race === true ? ['-race'] : []),
    `-overlay=${overlay}`,
    `-timeout=${Math.round(limit)}ms`,
    `-run=^(${spec.tests.map(({ name }) => name).join('|')})$`,
    spec.package,
  ];
  // Building the tests comes on top.
  const { stdout, stderr } = await run('go', args, {
    cwd: workplace,
    env: goEnvironment(),
    signal,
    timeout: limit + 180_000,
  });
  const trouble = environmentTrouble(stderr) ?? raceTrouble(spec, stderr + stdout);
  if (trouble !== undefined) throw trouble;
  const events = stdout.split('\n').flatMap(parseEvent);
  const ran = events.some(({ Action, Test }) => Action === 'run' && Test !== undefined);
  const compiled = !events.some(({ Action }) => Action === 'build-fail') && !stderr.includes('[build failed]');
  const all = events.map(({ Output = '' }) => Output).join('');
  const place = placeIn(all, Object.keys(spec.overlay)) ?? open;
  record.fact('runs', !compiled ? 'does-not-compile' : ran ? 'ok' : 'nothing-ran');
  const held = record.assert('compiles', compiled, {
    what: t('The tests compile with your package'),
    want: t('go test builds it'),
    got: compiled ? t('it does') : firstLines(all === '' ? stderr : all),
    where: place,
    next: t('Declare what the lesson names, with the same parameters and results.'),
  });
  if (!held) return;
  const race = all.includes('WARNING: DATA RACE');
  const assertRaces = (): boolean =>
    record.assert('races', !race, {
      what: t('No data race was seen'),
      want: t('the race detector says nothing'),
      got: race ? tidy(all.slice(all.indexOf('WARNING: DATA RACE'))) : t('it does'),
      where: place,
      next: t('Guard what several goroutines use with a mutex, or let one goroutine own it.'),
    });
  // The detector fails the test that it watched, and what a race left behind says nothing about the rest.
  if (race) {
    assertRaces();
    return;
  }
  for (const { id, name, what, next } of spec.tests) {
    const own = events.filter(({ Test }) => Test === name || Test?.startsWith(`${name}/`) === true);
    const output = own.map(({ Output = '' }) => Output).join('');
    const passed = own.some(({ Action, Test }) => Action === 'pass' && Test === name) && output.includes(nonce);
    record.fact(id, passed ? 'ok' : own.length === 0 ? 'not-run' : 'failed');
    const ok = record.assert(id, passed, {
      what: what[language],
      want: t('{0} passes', name),
      got: passed ? t('it does') : own.length === 0 ? t('it did not run') : tidy(output),
      where: placeIn(output, Object.keys(spec.overlay)) ?? open,
      next: next[language],
    });
    if (!ok) return;
  }
  if (spec.race === true) assertRaces();
};

/** The hidden files, with the nonce in them, in our own folder; returns the path of the overlay's JSON. */
async function writeOverlay(
  spec: GoTestCheck,
  nonce: string,
  { workplace, support, scratch }: CheckContext,
): Promise<string> {
  const replace: Record<string, string> = {};
  for (const [inLab, source] of Object.entries(spec.overlay)) {
    const text = await readFile(join(support, source), 'utf8');
    const copy = join(scratch, spec.id, inLab);
    await mkdir(dirname(copy), { recursive: true });
    await writeFile(copy, text.replaceAll('${nonce}', nonce));
    replace[join(workplace, inLab)] = copy;
  }
  const path = join(scratch, `${spec.id}.json`);
  await writeFile(path, JSON.stringify({ Replace: replace }));
  return path;
}

/** The event that a line of `go test -json` tells; none where it is another line. */
export function parseEvent(line: string): TestEvent[] {
  if (!line.startsWith('{')) return [];
  try {
    return [JSON.parse(line) as TestEvent];
  } catch {
    return []; // Cut short: the program printed into it.
  }
}

/** The race detector needs cgo; that is the machine's affair. */
const raceTrouble = ({ race }: GoTestCheck, output: string): Failure | undefined =>
  race === true && /-race requires cgo|C compiler "\w+" not found|-race is not supported/.test(output)
    ? new Failure('toolMissing', t('The race detector needs a C compiler. Install gcc or clang, then check again.'))
    : undefined;

/** The first place in the learner's own files that the output names. */
function placeIn(output: string, hidden: readonly string[]): string | undefined {
  return [...output.matchAll(/(?:^|\s|\/)([\w.-]+\.go:\d+)/g)]
    .map(([, place]) => place!)
    .find(
      (place) =>
        !hidden.some((file) => file.endsWith(place.split(':')[0]!)) && !/_test\.go|^(asm|proc|testing)\./.test(place),
    );
}

/** What tests said, without what go adds around it. */
export const tidy = (output: string): string =>
  output
    .split('\n')
    .filter((line) => line.trim() !== '' && !/^(=== |--- |\s*exit status)/.test(line))
    .slice(0, 8)
    .join('\n')
    .slice(0, 600);
