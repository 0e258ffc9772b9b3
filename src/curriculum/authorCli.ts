/** `gantry learn author`: for whoever writes lessons. Works on the folder of the lessons' sources. */
import { cp, readFile, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type CliCommand, type CliIo, type Exit, exit } from '../core/cli.ts';
import { Failure } from '../core/failure.ts';
import { t } from '../core/l10n.ts';
import { cacheFolder } from '../core/platform.ts';
import { Judged, type Trial, programsOf, tryProgram } from './authoring.ts';
import { type Item, readItem } from './items.ts';
import { lintItem } from './lessonLint.ts';
import { readOutline, stepsAndItemsOf } from './outline.ts';
import type { CheckPorts } from './ports.ts';
import { drawSeed } from './random.ts';

export const authorCommands = (ports: () => Promise<CheckPorts>): readonly CliCommand[] => [
  {
    name: 'learn author new',
    usage: 'ID [--from ID] [--content DIR]',
    summary: () => t('Begins a lesson as a copy of one that works.'),
    run: begin,
  },
  {
    name: 'learn author lint',
    usage: '[ID…|--all] [--content DIR]',
    summary: () => t('Looks at the files of lessons: both languages, hints, impostors.'),
    run: (args, io) => forEach(args, io, (item) => lintItem(item)),
  },
  {
    name: 'learn author test',
    usage: '[ID…|--all] [--content DIR] [--seeds N] [--again]',
    summary: () => t('Proves that lessons accept their solution and refuse everything else, with the right hint.'),
    run: (args, io) =>
      forEach(args, io, async (item, { seeds, again }) => {
        const problems: string[] = [];
        const judged = new Judged(cacheFolder(io.env));
        for (const program of programsOf(item)) {
          for (let run = 0; run < seeds; run++) {
            const options = { seed: drawSeed(), language: 'en', signal: io.signal, ports: await ports() } as const;
            // One seed is enough for what has not changed; whoever asks for more wants them run.
            const trial = await (again || seeds > 1
              ? tryProgram(item, program, options)
              : judged.tryOnce(item, program, options));
            io.out(trialText(item, trial));
            if (trial.problem !== undefined) problems.push(`${program}: ${trial.problem}`);
          }
        }
        return problems;
      }),
  },
];

/** A lesson that works is a better beginning than a template: it is green, and every change shows. */
async function begin(args: readonly string[], io: CliIo): Promise<Exit> {
  const { values, positionals } = read(args);
  const [id] = positionals;
  if (id === undefined || positionals.length > 1) throw new Failure('invalid', t('Name one item, such as B6.'));
  const content = values.content ?? join(io.cwd, 'curriculum');
  const outline = await readOutline(content);
  if (!stepsAndItemsOf(outline).some((item) => item.id === id)) {
    throw new Failure('notFound', t('outline.yaml has no item {0}. Add its title and its goal there first.', id));
  }
  const folder = join(content, id);
  if ((await stat(folder).catch(() => undefined)) !== undefined) {
    throw new Failure('conflict', t('{0} is there already.', folder));
  }
  const from = await readItem(join(content, values.from ?? 'B6'));
  await cp(from.folder, folder, { recursive: true });
  const path = join(folder, 'item.yaml');
  const text = await readFile(path, 'utf8');
  await writeFile(path, text.replace(/^id: .*$/m, `id: ${id}`).replace(/^version: .*$/m, 'version: 1'));
  io.out(folder);
  io.out(
    t(
      'It is {0} by another name. Write the impostors first, then the check: gantry learn author test {1}',
      from.id,
      id,
    ),
  );
  return exit.done;
}

function trialText({ id }: Item, { program, problem, report }: Trial): string {
  const how =
    report === undefined ? t('unchanged since it was judged') : `${report.duration} ms, --seed ${report.seed}`;
  return `${problem === undefined ? '✓' : '✗'} ${id} ${program}  ${how}${problem === undefined ? '' : `\n    ${problem}`}`;
}

interface Options {
  readonly seeds: number;
  readonly again: boolean;
}

/** Runs over the named lessons, or over all; prints what is wrong with each. */
async function forEach(
  args: readonly string[],
  io: CliIo,
  look: (item: Item, options: Options) => Promise<string[]>,
): Promise<Exit> {
  const { values, positionals } = read(args);
  const content = values.content ?? join(io.cwd, 'curriculum');
  const seeds = Number(values.seeds ?? 1);
  if (!Number.isInteger(seeds) || seeds < 1) throw new Failure('invalid', t('--seeds takes a whole number from 1 on.'));
  if (values.all === true && positionals.length > 0) {
    throw new Failure('invalid', t('Name items, or --all, not both.'));
  }
  const ids = positionals.length > 0 ? positionals : await lessonsIn(content);
  let found = exit.done as Exit;
  for (const id of ids) {
    const problems = await look(await readItem(join(content, id)), { seeds, again: values.again === true });
    for (const problem of problems) io.err(`${id}: ${problem}`);
    if (problems.length > 0) found = exit.problems;
  }
  return found;
}

function read(args: readonly string[]): {
  values: { content?: string; seeds?: string; from?: string; again?: boolean; all?: boolean };
  positionals: string[];
} {
  const options = {
    content: { type: 'string' },
    seeds: { type: 'string' },
    from: { type: 'string' },
    again: { type: 'boolean' },
    all: { type: 'boolean' },
  } as const;
  try {
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
    return { values, positionals };
  } catch (error) {
    throw new Failure('invalid', (error as Error).message, error);
  }
}

/** Ids of the lessons of a content folder, in order. */
export async function lessonsIn(content: string): Promise<string[]> {
  const entries = await readdir(content, { withFileTypes: true }).catch(() => []);
  const ids = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  if (ids.length > 0) return ids.sort();
  throw new Failure(
    'notFound',
    t('{0} holds no lessons. Start this in a clone of Gantry, or name their folder with --content.', content),
  );
}
