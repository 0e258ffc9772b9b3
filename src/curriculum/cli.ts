/** `gantry learn`: the curriculum in a terminal. */
import { parseArgs } from 'node:util';
import { type CliCommand, type CliIo, type Exit, exit, table } from '../core/cli.ts';
import { Failure } from '../core/failure.ts';
import { t } from '../core/l10n.ts';
import type { Curriculum, ItemStatus } from './domain.ts';
import type { OutlineItem, Report } from './model.ts';

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
      async run(args, io) {
        const { id } = parse(args, {});
        io.out(await (await domain()).start(id));
        return exit.done;
      },
    },
    {
      name: 'learn check',
      usage: 'ID [--seed N] [--json]',
      summary: () => t('Proves your work on a lesson, or shows what does not hold.'),
      run: (args, io) => check(args, io, domain),
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

async function check(args: readonly string[], io: CliIo, domain: () => Promise<Curriculum>): Promise<Exit> {
  const { id, values } = parse(args, { seed: { type: 'string' }, json: { type: 'boolean' } });
  const seed = seedOf(values['seed']);
  const report = await (
    await domain()
  ).check(id, {
    signal: io.signal,
    report: (step) => io.err(step),
    ...(seed === undefined ? {} : { seed }),
  });
  if (values['json'] === true) io.out(JSON.stringify(report, undefined, 2));
  else printReport(report, io);
  return { proven: exit.done, failed: exit.problems, blocked: exit.unable }[report.verdict.state];
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
  if (verdict.state === 'blocked') io.out(verdict.reason);
  io.out(t('Replay with --seed {0}', seed));
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

function readArgs(args: readonly string[], options: Options, count: number): { values: Values; positionals: string[] } {
  try {
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
    if (positionals.length === count) return { values, positionals };
  } catch (error) {
    throw new Failure('invalid', (error as Error).message, error);
  }
  throw new Failure('invalid', count === 0 ? t('This command takes no name.') : t('Name one item, such as B6.'));
}
