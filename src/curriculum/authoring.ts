/**
 * Proving the proofs. A lesson has a starter, a solution and impostors: programs that look right and are not. Its checks
 * are good when they accept the solution, and refuse each of the others for the reason that its author wrote down, with
 * the hint that names it. What was tried once is not tried again until the lesson changes, or what judges it.
 */
import { createHash } from 'node:crypto';
import { cp, mkdir, mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Failure } from '../core/failure.ts';
import { t } from '../core/l10n.ts';
import { run } from '../core/processes.ts';
import { writeWhole } from '../core/storage.ts';
import { parseYaml } from '../core/yaml/parse.ts';
import { plainValue } from '../core/yaml/read.ts';
import { type CheckOptions, checkItem } from './check.ts';
import { addFiles, engineHash } from './engineHash.ts';
import { type Item, chooseHint } from './items.ts';
import type { Report } from './model.ts';

/** `starter`, `solution`, or the name of an impostor. */
export type Program = string;

/** What became of trying one program with one seed. */
export interface Trial {
  readonly program: Program;
  /** What is wrong with the lesson; undefined when the program was judged as its author says. */
  readonly problem?: string;
  /** Ids of the assertions that were made of it, in order. */
  readonly asked: readonly string[];
  /** Undefined when it was not run, because nothing has changed since it was judged rightly. */
  readonly report?: Report;
}

export const programsOf = (item: Item): Program[] => ['solution', 'starter', ...item.impostors.map(({ name }) => name)];

/** Makes a lab of one of an item's programs, hands it to `use` and removes it. An impostor is the solution with its files over it. */
export async function withProgram<T>(item: Item, program: Program, use: (lab: string) => Promise<T>): Promise<T> {
  const lab = await mkdtemp(join(tmpdir(), 'gantry-lab-'));
  try {
    await cp(join(item.folder, program === 'starter' ? 'starter' : 'solution'), lab, { recursive: true });
    if (program !== 'starter' && program !== 'solution') {
      await cp(join(item.folder, 'impostors', program), lab, { recursive: true });
    }
    await commitHistory(lab, item.folder, program);
    return await use(lab);
  } finally {
    await rm(lab, { recursive: true, force: true });
  }
}

interface Commit {
  readonly message: string;
  /** Files and folders of the program. */
  readonly files?: readonly string[];
  /** A folder of the lesson, such as its starter, whose files the commit has instead. */
  readonly from?: string;
}

const historyFile = 'history.yaml';

/**
 * A program whose history counts has a `history.yaml`: commits in order. The lab gets them; the file itself goes. One in
 * the lesson's folder is that of all programs but the starter that have none of their own.
 */
async function commitHistory(lab: string, item: string, program: Program): Promise<void> {
  const own = join(lab, historyFile);
  const text =
    (await readFile(own, 'utf8').catch(() => undefined)) ??
    (program === 'starter' ? undefined : await readFile(join(item, historyFile), 'utf8').catch(() => undefined));
  if (text === undefined) return;
  await rm(own, { force: true });
  const { root } = parseYaml(text, 'yaml1.2').documents[0]!;
  const git = async (...args: string[]): Promise<void> => {
    const name = ['-c', 'user.name=Learner', '-c', 'user.email=learner@localhost', '-c', 'init.defaultBranch=main'];
    const { code, stderr } = await run('git', [...name, ...args], { cwd: lab });
    if (code !== 0) throw new Failure('internal', stderr.trim());
  };
  const whole = await mkdtemp(join(tmpdir(), 'gantry-lab-'));
  try {
    await moved(lab, whole);
    await git('init', '--quiet');
    for (const { message, files = [], from } of plainValue(root!) as Commit[]) {
      if (from !== undefined) await cp(join(item, from), lab, { recursive: true });
      for (const file of files) await cp(join(whole, file), join(lab, file), { recursive: true });
      await git('add', '--all');
      await git('commit', '--quiet', '-m', message);
    }
    await moved(whole, lab);
  } finally {
    await rm(whole, { recursive: true, force: true });
  }
}

/** Puts all of a folder in the place of another's files; what git keeps there stays. */
async function moved(from: string, to: string): Promise<void> {
  for (const name of await readdir(to)) if (name !== '.git') await rm(join(to, name), { recursive: true });
  await cp(from, to, { recursive: true });
  for (const name of await readdir(from)) await rm(join(from, name), { recursive: true });
}

/** Checks one of an item's programs and compares the verdict with what its author says. Blocked is a problem, too. */
export async function tryProgram(item: Item, program: Program, options: CheckOptions): Promise<Trial> {
  const report = await withProgram(item, program, (lab) => checkItem(item, lab, options));
  const problem = problemOf(item, program, report);
  const asked = report.evidence.map(({ id }) => id);
  return { program, asked, report, ...(problem === undefined ? {} : { problem }) };
}

function problemOf(item: Item, program: Program, report: Report): string | undefined {
  const { verdict, evidence, facts } = report;
  if (verdict.state === 'blocked') return t('the check was blocked: {0}', verdict.reason);
  const refusedBy = evidence.find(({ ok }) => !ok);
  if (program === 'solution') {
    return refusedBy === undefined ? undefined : t('refused by {0}: {1}', refusedBy.id, refusedBy.got);
  }
  const expected = program === 'starter' ? item.starter : item.impostors.find(({ name }) => name === program)!;
  if (refusedBy === undefined) return t('accepted, although it is wrong');
  if (refusedBy.id !== expected.refusedBy) {
    return t('refused by {0} instead of {1}: {2}', refusedBy.id, expected.refusedBy, refusedBy.got);
  }
  const check = refusedBy.id.split('.')[0]!;
  if (!evidence.some(({ id, ok }) => ok && id.startsWith(`${check}.`)))
    return t('passes nothing of the check {0}', check);
  const hint = chooseHint(item, evidence, facts)?.id;
  return hint === expected.hint ? undefined : t('the hint is {0} instead of {1}', hint ?? '-', expected.hint);
}

/** What is kept of a program that was judged rightly. */
interface Mark {
  readonly seed: number;
  readonly time: string;
  readonly asked: readonly string[];
}

/** Remembers, in a folder of the cache, which programs were judged rightly. */
export class Judged {
  readonly #folder: string;
  /** By item: which sources judge it. */
  readonly #engines = new Map<string, Promise<string>>();

  /** @param cache the folder of what can be made again. */
  constructor(cache: string) {
    this.#folder = join(cache, 'lessons');
  }

  /** As `tryProgram`, unless this very program was judged rightly by this very engine. A problem is never remembered. */
  async tryOnce(item: Item, program: Program, options: CheckOptions): Promise<Trial> {
    const mark = join(this.#folder, `${item.id}-${program}-${await this.#hash(item, program)}`);
    const remembered = await readFile(mark, 'utf8').catch(() => undefined);
    if (remembered !== undefined) return { program, asked: (JSON.parse(remembered) as Mark).asked };
    const trial = await tryProgram(item, program, options);
    if (trial.problem === undefined) {
      await mkdir(this.#folder, { recursive: true });
      const { seed } = trial.report!;
      const content: Mark = { seed, time: new Date().toISOString(), asked: trial.asked };
      await writeWhole(mark, `${JSON.stringify(content)}\n`);
    }
    return trial;
  }

  #engine(item: Item): Promise<string> {
    const engine = this.#engines.get(item.id) ?? engineHash(item);
    this.#engines.set(item.id, engine);
    return engine;
  }

  async #hash(item: Item, program: Program): Promise<string> {
    const hash = createHash('sha256').update(await this.#engine(item));
    hash.update(await readFile(join(item.folder, 'item.yaml')));
    const history = await readFile(join(item.folder, historyFile)).catch(() => undefined);
    if (history !== undefined) await addFiles(hash.update(history), join(item.folder, 'starter'), () => true);
    const folders =
      program === 'starter' ? ['starter'] : ['solution', ...(program === 'solution' ? [] : [`impostors/${program}`])];
    for (const folder of folders) await addFiles(hash, join(item.folder, folder), () => true);
    await addFiles(hash, join(item.folder, 'support'), () => true).catch(() => {});
    return hash.digest('hex').slice(0, 24);
  }
}
