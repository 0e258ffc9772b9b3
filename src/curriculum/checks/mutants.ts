/**
 * Check type `mutants`: the learner's own tests, run against code that is right and code that is not. A test that asserts
 * nothing passes everywhere, one that asserts too much nowhere; the order is drawn, so that none can go by it.
 */
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { basename, join, posix } from 'node:path';
import { t } from '../../core/l10n.ts';
import { run } from '../../core/processes.ts';
import { shuffled } from '../random.ts';
import { environmentTrouble, firstLines, goEnvironment } from './build.ts';
import { longestLag, tooBusy, watchLag } from './busy.ts';
import type { CheckContext, RunCheck } from './context.ts';
import { parseEvent, tidy } from './goTest.ts';
import { type MutantsCheck, milliseconds } from './specs.ts';

type Variant = MutantsCheck['right'][number];

/** In the words hints are chosen by. */
type Finding = 'passed' | 'failed' | 'nothing-ran' | 'hung' | 'does-not-compile';

interface Outcome {
  readonly finding: Finding;
  readonly output: string;
}

export const runMutants: RunCheck<MutantsCheck> = async (spec, context) => {
  context.report(t('Running your tests'));
  const over = new AbortController();
  const within = { ...context, signal: AbortSignal.any([context.signal, over.signal]) };
  // Beside the learner's own code: who waits for the verdict waits for the longest only.
  const others = context.remembered(
    'variants',
    () =>
      patiently(
        () => runAll(spec, within),
        (all) => spec.right.some(({ id }) => isFailed(all.get(id)!)),
      ),
    (all) => [...all].every(([id, { finding }]) => finding === wanted(id, spec)),
  );
  others.catch(() => {});
  try {
    const own = await patiently(() => runTests(spec, undefined, within), isFailed);
    if (passes(own, spec, context)) tellApart(await others, spec, context);
  } finally {
    over.abort();
    await others.catch(() => {});
  }
};

/** Whether the tests hold for the learner's own code. */
function passes(own: Outcome, spec: MutantsCheck, context: CheckContext): boolean {
  const { record } = context;
  record.fact('own', own.finding);
  const compiles = own.finding !== 'does-not-compile';
  const held = record.assert('compiles', compiles, {
    what: t('Your tests compile'),
    want: t('go test builds it'),
    got: compiles ? t('it does') : firstLines(own.output),
    where: place(own, spec, context),
    next: t('Fix the first error the compiler names; the later ones often follow from it.'),
  });
  if (!held) return false;
  return record.assert('passes', own.finding === 'passed', {
    what: t('Your tests pass with your program'),
    want: t('all pass'),
    got: gotText(own),
    where: place(own, spec, context),
    next: t('Look at what the test says: either it asks for too much, or the program does too little.'),
  });
}

/** Whether they tell code that is right from code that is not. */
function tellApart(outcomes: ReadonlyMap<string, Outcome>, spec: MutantsCheck, context: CheckContext): void {
  const { record, language } = context;
  for (const { id, what, next } of [...spec.right, ...spec.wrong]) {
    const outcome = outcomes.get(id)!;
    const want = wanted(id, spec);
    record.fact(id, outcome.finding);
    const held = record.assert(id, outcome.finding === want, {
      what: what[language],
      want: want === 'passed' ? t('all pass') : t('at least one fails'),
      got: gotText(outcome),
      where: place(outcome, spec, context),
      next: next[language],
    });
    if (!held) return;
  }
}

const wanted = (variant: string, { right }: MutantsCheck): Finding =>
  right.some(({ id }) => id === variant) ? 'passed' : 'failed';

const isFailed = ({ finding }: Outcome): boolean => finding === 'failed';

/** Tests of services wait more than they compute. */
const testsAtOnce = 4;

/** What became of the tests with each variant, by its id. */
async function runAll(spec: MutantsCheck, context: CheckContext): Promise<Map<string, Outcome>> {
  const outcomes = new Map<string, Outcome>();
  const rest = shuffled([...spec.right, ...spec.wrong], context.random);
  const worker = async (): Promise<void> => {
    for (let variant = rest.pop(); variant !== undefined; variant = rest.pop()) {
      context.report(variant.what[context.language]);
      outcomes.set(variant.id, await runTests(spec, variant, context));
    }
  };
  await Promise.all(Array.from({ length: testsAtOnce }, worker));
  return outcomes;
}

const triesWhenBusy = 3;
/** Milliseconds our own timer may be late while a test that failed is taken at its word. */
const calm = 50;

/**
 * Tests of right code measure time, and a moment when nothing ran says nothing about them. What failed then is run again,
 * with all that was run beside it: tests that remember would know right code by its coming twice.
 */
async function patiently<T>(test: () => Promise<T>, failed: (outcome: T) => boolean): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    const watch = watchLag();
    const outcome = await test();
    const lag = watch.end();
    if (!failed(outcome) || lag <= calm) return outcome;
    if (attempt < triesWhenBusy) continue;
    if (lag > longestLag) throw tooBusy();
    return outcome;
  }
}

async function runTests(
  spec: MutantsCheck,
  variant: Variant | undefined,
  { workplace, support, scratch, pace, signal }: CheckContext,
): Promise<Outcome> {
  const folder = join(scratch, spec.id, variant?.id ?? 'own');
  await mkdir(folder, { recursive: true });
  const overlay = join(folder, 'overlay.json');
  const replace = variant === undefined ? {} : await replacements(join(workplace, spec.replaces), support, variant);
  await writeFile(overlay, JSON.stringify({ Replace: replace }));
  const limit = milliseconds(spec.within) * pace;
  const args = ['test', '-json', '-count=1', '-failfast', '-vet=off', '-ldflags=-s -w', `-overlay=${overlay}`, `-timeout=${Math.round(limit)}ms`, spec.package]; // prettier-ignore
  // Building the tests comes on top.
  const { stdout, stderr } = await run('go', args, {
    cwd: workplace,
    env: goEnvironment(),
    signal,
    timeout: limit + 180_000,
  });
  const trouble = environmentTrouble(stderr);
  if (trouble !== undefined) throw trouble;
  return outcomeOf(stdout, stderr);
}

/** What stands for each file of the folder; the path of one that shall not be there stands for nothing. */
async function replacements(folder: string, support: string, { folders }: Variant): Promise<Record<string, string>> {
  const goFiles = async (of: string): Promise<string[]> =>
    (await readdir(of).catch(() => [])).filter((name) => name.endsWith('.go')).map((name) => join(of, name));
  const replace = Object.fromEntries((await goFiles(folder)).map((path) => [path, '']));
  for (const from of folders) {
    for (const path of await goFiles(join(support, from))) replace[join(folder, basename(path))] = path;
  }
  return replace;
}

function outcomeOf(stdout: string, stderr: string): Outcome {
  const events = stdout.split('\n').flatMap(parseEvent);
  const output = events.map(({ Output = '' }) => Output).join('');
  const said = (action: string): boolean => events.some(({ Action, Test }) => Action === action && Test !== undefined);
  if (events.some(({ Action }) => Action === 'build-fail') || stderr.includes('[build failed]')) {
    return { finding: 'does-not-compile', output: output === '' ? stderr : output };
  }
  if (output.includes('panic: test timed out after')) return { finding: 'hung', output };
  if (said('fail')) return { finding: 'failed', output };
  const passed = said('pass') && events.some(({ Action, Test }) => Action === 'pass' && Test === undefined);
  return { finding: passed ? 'passed' : 'nothing-ran', output: output === '' ? stderr : output };
}

function gotText({ finding, output }: Outcome): string {
  switch (finding) {
    case 'passed':
      return t('all pass');
    case 'nothing-ran':
      return t('no test ran to its end');
    case 'hung':
      return t('the tests did not end in time');
    case 'failed':
      return tidy(output);
    case 'does-not-compile':
      return firstLines(output);
  }
}

/** The first place in the learner's tests that the output names. */
function place({ output }: Outcome, spec: MutantsCheck, { open }: CheckContext): string {
  const found = /(?:^|[\s/])(\w+_test\.go:\d+)/m.exec(output)?.[1];
  return found === undefined ? open : posix.join(spec.package, found);
}
