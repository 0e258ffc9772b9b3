/** `gantry learn`: the curriculum in a terminal. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { createTwoFilesPatch } from 'diff';
import { type CliCommand, type CliIo, type Exit, exit, table } from '../core/cli.ts';
import { Failure } from '../core/failure.ts';
import { t } from '../core/l10n.ts';
import { authorCommands } from './authorCli.ts';
import type { Curriculum, ItemStatus } from './domain.ts';
import type { OutlineItem, Report } from './model.ts';
import { lineFor } from './subjects.ts';
import { type Verified, badge, summaryText } from './summary.ts';

/** The commands of the domain. `domain` works on the folder the program was started in. */
export function curriculumCommands(domain: () => Promise<Curriculum>): CliCommand[] {
  return [
    {
      name: 'learn list',
      usage: '[--json]',
      summary: () => t('Every item of the curriculum and how it stands.'),
      run: (args, io) => list(args, io, domain),
    },
    {
      name: 'learn start',
      usage: 'ID',
      summary: () => t('Puts a lesson into gantry-labs; existing files stay.'),
      run: (args, io) => start(args, io, domain),
    },
    {
      name: 'learn check',
      usage: 'ID [--seed N] [--keep] [--json]',
      summary: () => t('Proves your work on a lesson, or shows what does not hold.'),
      run: (args, io) => check(args, io, domain),
    },
    {
      name: 'learn verify',
      usage: '[ID…] [--json]',
      summary: () => t('Proves every lesson you have started again, for a pipeline: writes a summary and a badge.'),
      run: (args, io) => verify(args, io, domain),
    },
    {
      name: 'learn prove',
      usage: 'DIR --item ID [--seed N] [--json]',
      summary: () => t('Proves an item on any Go service that has a gantry.contract.yaml.'),
      run: (args, io) => prove(args, io, domain),
    },
    ...authorCommands(async () => (await domain()).ports),
    {
      name: 'learn hint',
      usage: 'ID [--all]',
      summary: () => t('Shows the next hint that fits what the last check found.'),
      run: (args, io) => hint(args, io, domain),
    },
    {
      name: 'learn solution',
      usage: 'ID [--yes]',
      summary: () => t('Shows what the solution does otherwise: once it is proven, or if you insist.'),
      run: (args, io) => solution(args, io, domain),
    },
    {
      name: 'learn changes',
      usage: 'ID',
      summary: () => t('Shows what changed since an item was proven.'),
      async run(args, io) {
        const { id } = parse(args, {});
        // What was proven comes first: a difference reads from then to now.
        for (const { path, mine, theirs } of await (await domain()).changes(id)) printPatch(path, theirs, mine, io);
        return exit.done;
      },
    },
    {
      name: 'learn attest',
      usage: 'ID [--undo]',
      summary: () => t('Notes that you have read something that no check can prove.'),
      async run(args) {
        const { id, values } = parse(args, { undo: { type: 'boolean' } });
        await (await domain()).attest(id, values['undo'] !== true);
        return exit.done;
      },
    },
    {
      name: 'learn reset',
      usage: 'ID',
      summary: () => t('Brings a lesson back to its start; your files become a snapshot.'),
      async run(args, io) {
        const { id } = parse(args, {});
        const { folder } = await (await domain()).reset(id);
        io.out(t('Your files were moved to {0}.', folder));
        return exit.done;
      },
    },
  ];
}

async function list(args: readonly string[], io: CliIo, domain: () => Promise<Curriculum>): Promise<Exit> {
  const { values } = readArgs(args, { json: { type: 'boolean' } }, 0);
  const curriculum = await domain();
  const { statuses, problems } = await curriculum.overview();
  const rows = await Promise.all(
    [...statuses].map(async ([id, status]) => ({ item: await curriculum.item(id), status })),
  );
  for (const { message } of problems) io.err(message);
  if (values['json'] === true) io.out(JSON.stringify(rows.map(listed), undefined, 2));
  else
    for (const line of table(
      rows.map(({ item, status }) => [item.id, stateWord(status), item.title[curriculum.language]]),
    ))
      io.out(line);
  return exit.done;
}

const listed = ({ item, status }: { item: OutlineItem; status: ItemStatus }): object => ({
  ...item,
  state: status.state,
  available: status.lesson === 'yes',
  started: status.started,
});

/** The state as the JSON has it, so that scripts and people use one word; `-` where there is no lesson. */
const stateWord = ({ lesson, state }: ItemStatus): string => (lesson === 'yes' ? state : '-');

/** The file to begin with; beside it, for people, what has to be proven before. */
async function start(args: readonly string[], io: CliIo, domain: () => Promise<Curriculum>): Promise<Exit> {
  const { id } = parse(args, {});
  const curriculum = await domain();
  io.out(await curriculum.start(id));
  const missing = await curriculum.missing(id);
  if (missing.length > 0) io.err(t('It sums up other lessons. Prove these first: {0}.', missing.join(', ')));
  for (const other of missing) io.err(`    gantry learn start ${other}`);
  io.err(t('Prove it with: gantry learn check {0}', id));
  return exit.done;
}

async function check(args: readonly string[], io: CliIo, domain: () => Promise<Curriculum>): Promise<Exit> {
  const { id, values } = parse(args, {
    seed: { type: 'string' },
    keep: { type: 'boolean' },
    json: { type: 'boolean' },
  });
  const seed = seedOf(values['seed']);
  const curriculum = await domain();
  const common = { report: (step: string) => io.err(step), ...(seed === undefined ? {} : { seed }) };
  if (values['keep'] !== true) return told(await curriculum.check(id, { ...common, signal: io.signal }), values, io);
  // What is kept ends as a check does that failed, and is no cancelled one.
  const end = (): void => curriculum.cancel(id);
  io.signal.addEventListener('abort', end, { once: true });
  try {
    const keep = (found: Report): void => untilEnter(found, end, io);
    return told(await curriculum.check(id, { ...common, signal: new AbortController().signal, keep }), values, io);
  } finally {
    io.stdin?.off('data', end).pause();
  }
}

/** Says how each thing that still runs is looked at. */
function untilEnter({ evidence }: Report, end: () => void, io: CliIo): void {
  for (const { ok, what, subject } of evidence) {
    if (subject !== undefined) io.err(`${ok ? '✓' : '✗'} ${what}\n    ${lineFor(subject)}`);
  }
  io.err(t('Enter or Ctrl-C ends it.'));
  io.stdin?.once('data', end);
}

/** The hints for what was found last, one more at each call; what was shown is kept with the progress. */
async function hint(args: readonly string[], io: CliIo, domain: () => Promise<Curriculum>): Promise<Exit> {
  const { id, values } = parse(args, { all: { type: 'boolean' } });
  const curriculum = await domain();
  let shown = await curriculum.nextHint(id);
  while (values['all'] === true && shown.left > 0) shown = await curriculum.nextHint(id);
  for (const text of shown.hints) io.out(text);
  if (shown.left > 0) io.err(t('{0} more', shown.left));
  return exit.done;
}

/** A unified diff from the learner's files to the solution's. */
async function solution(args: readonly string[], io: CliIo, domain: () => Promise<Curriculum>): Promise<Exit> {
  const { id, values } = parse(args, { yes: { type: 'boolean' } });
  for (const { path, mine, theirs } of await (await domain()).solution(id, values['yes'] === true)) {
    if (mine !== theirs) printPatch(path, mine, theirs, io);
  }
  return exit.done;
}

const printPatch = (path: string, before: string, after: string, io: CliIo): void =>
  io.out(createTwoFilesPatch(`a/${path}`, `b/${path}`, before, after).trimEnd());

const exits = { proven: exit.done, failed: exit.problems, blocked: exit.unable } as const;

function told(report: Report, values: Values, io: CliIo): Exit {
  if (values['json'] === true) io.out(JSON.stringify(report, undefined, 2));
  else printReport(report, io);
  return exits[report.verdict.state];
}

async function prove(args: readonly string[], io: CliIo, domain: () => Promise<Curriculum>): Promise<Exit> {
  const options = { item: { type: 'string' }, seed: { type: 'string' }, json: { type: 'boolean' } } as const;
  const { id: folder, values } = parse(args, options);
  if (typeof values['item'] !== 'string') throw new Failure('invalid', t('Name one item, such as B6.'));
  const seed = seedOf(values['seed']);
  const report = await (
    await domain()
  ).prove(values['item'], resolve(io.cwd, folder), {
    signal: io.signal,
    report: (step) => io.err(step),
    ...(seed === undefined ? {} : { seed }),
  });
  return told(report, values, io);
}

/** The items that are named, else all that are started. The worst of them is the exit status. */
async function verify(args: readonly string[], io: CliIo, domain: () => Promise<Curriculum>): Promise<Exit> {
  const { values, positionals } = readArgs(args, { json: { type: 'boolean' }, all: { type: 'boolean' } });
  const curriculum = await domain();
  const { statuses } = await curriculum.overview();
  const started = [...statuses].filter(([, status]) => status.started).map(([id]) => id);
  const ids = positionals.length > 0 ? positionals : started;
  if (ids.length === 0) throw new Failure('notFound', t('No lesson is started in this folder.'));
  const all: Verified[] = [];
  for (const id of ids) {
    const report = await curriculum.check(id, { signal: io.signal, report: (step) => io.err(`${id}: ${step}`) });
    all.push({ item: await curriculum.item(id), report });
    io.err(`${id}: ${report.verdict.state}`);
  }
  const summary = summaryText(all, curriculum.language);
  const folder = join(io.cwd, '.gantry');
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'summary.md'), summary);
  await writeFile(join(folder, 'badge.json'), `${JSON.stringify(badge(all, statuses.size), undefined, 2)}\n`);
  io.out(values['json'] === true ? JSON.stringify(all, undefined, 2) : summary.trimEnd());
  return all.reduce<Exit>((worst, { report }) => Math.max(worst, exits[report.verdict.state]) as Exit, exit.done);
}

function printReport({ item, verdict, evidence, seed }: Report, io: CliIo): void {
  for (const { ok, what, want, got, where, next } of evidence) {
    io.out(`${ok ? '✓' : '✗'} ${what}`);
    if (ok) continue;
    io.out(`    ${t('Wanted: {0}', want)}`);
    io.out(`    ${t('Got: {0}', got.replaceAll('\n', '\n    '))}`);
    if (where !== undefined) io.out(`    ${t('Where: {0}', where)}`);
    if (next !== undefined) io.out(`    ${next}`);
  }
  if (verdict.state === 'proven') io.out(t('{0} is proven.', item));
  if (verdict.state === 'failed') io.out(verdict.hint ?? t('{0} is not proven yet.', item));
  if (verdict.state === 'blocked') io.out(`${t('The check could not run')}: ${verdict.reason}`);
  // What did not run has drawn nothing.
  else io.out(t('Replay with --seed {0}', seed));
}

function seedOf(value: unknown): number | undefined {
  if (value === undefined) return undefined;
  const seed = Number(value);
  if (Number.isInteger(seed) && seed >= 0 && seed < 2 ** 32) return seed;
  throw new Failure('invalid', t('--seed takes a whole number from 0 to {0}.', 2 ** 32 - 1));
}

type Options = Record<string, { type: 'string' | 'boolean' }>;
type Values = Readonly<Record<string, string | boolean | undefined>>;

function parse(args: readonly string[], options: Options): { id: string; values: Values } {
  const { values, positionals } = readArgs(args, options, 1);
  return { id: positionals[0]!, values };
}

/** @param count how many names there must be; any number when left out. */
function readArgs(
  args: readonly string[],
  options: Options,
  count?: number,
): { values: Values; positionals: string[] } {
  try {
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
    if (count === undefined || positionals.length === count) return { values, positionals };
  } catch (error) {
    throw new Failure('invalid', (error as Error).message, error);
  }
  throw new Failure('invalid', count === 0 ? t('This command takes no name.') : t('Name one item, such as B6.'));
}
