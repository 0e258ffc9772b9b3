/**
 * Proving the proofs. A lesson has a starter, a solution and impostors: programs that look right and are not. Its checks
 * are good when they accept the solution, and refuse each of the others for the reason that its author wrote down, with
 * the hint that names it. What was tried once is not tried again until the lesson or the engine changes.
 */
import { createHash } from 'node:crypto';
import { cp, mkdir, mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { Failure } from '../core/failure.ts';
import { t } from '../core/l10n.ts';
import { run } from '../core/processes.ts';
import { parseYaml } from '../core/yaml/parse.ts';
import { plainValue } from '../core/yaml/read.ts';
import { type CheckOptions, checkItem } from './check.ts';
import { type Item, chooseHint } from './items.ts';
import type { Report } from './model.ts';

/** `starter`, `solution`, or the name of an impostor. */
export type Program = string;

/** What became of trying one program with one seed. */
export interface Trial {
  readonly program: Program;
  /** What is wrong with the lesson; undefined when the program was judged as its author says. */
  readonly problem?: string;
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
    await commitHistory(lab);
    return await use(lab);
  } finally {
    await rm(lab, { recursive: true, force: true });
  }
}

interface Commit {
  readonly message: string;
  /** Files and folders of the program. */
  readonly files: readonly string[];
}

/** A program whose history counts has a `history.yaml`: commits in order. The lab gets them; the file itself goes. */
async function commitHistory(lab: string): Promise<void> {
  const path = join(lab, 'history.yaml');
  const text = await readFile(path, 'utf8').catch(() => undefined);
  if (text === undefined) return;
  await rm(path);
  const { root } = parseYaml(text, 'yaml1.2').documents[0]!;
  const git = async (...args: string[]): Promise<void> => {
    const name = ['-c', 'user.name=Learner', '-c', 'user.email=learner@localhost', '-c', 'init.defaultBranch=main'];
    const { code, stderr } = await run('git', [...name, ...args], { cwd: lab });
    if (code !== 0) throw new Failure('internal', stderr.trim());
  };
  await git('init', '--quiet');
  for (const { message, files } of plainValue(root!) as Commit[]) {
    await git('add', '--', ...files);
    await git('commit', '--quiet', '-m', message);
  }
}

/** Checks one of an item's programs and compares the verdict with what its author says. Blocked is a problem, too. */
export async function tryProgram(item: Item, program: Program, options: CheckOptions): Promise<Trial> {
  const report = await withProgram(item, program, (lab) => checkItem(item, lab, options));
  const problem = problemOf(item, program, report);
  return { program, report, ...(problem === undefined ? {} : { problem }) };
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

/** Remembers, in a folder of the cache, which programs were judged rightly. */
export class Judged {
  readonly #folder: string;
  readonly #engine: Promise<string>;

  /** @param cache the folder of what can be made again. */
  constructor(cache: string) {
    this.#folder = join(cache, 'lessons');
    this.#engine = engineHash();
  }

  /** As `tryProgram`, unless this very program was judged rightly by this very engine. A problem is never remembered. */
  async tryOnce(item: Item, program: Program, options: CheckOptions): Promise<Trial> {
    const mark = join(this.#folder, `${item.id}-${program}-${await this.#hash(item, program)}`);
    if ((await stat(mark).catch(() => undefined)) !== undefined) return { program };
    const trial = await tryProgram(item, program, options);
    if (trial.problem === undefined) {
      await mkdir(this.#folder, { recursive: true });
      await writeFile(mark, `${JSON.stringify({ seed: trial.report!.seed, time: new Date().toISOString() })}\n`);
    }
    return trial;
  }

  async #hash(item: Item, program: Program): Promise<string> {
    const hash = createHash('sha256').update(await this.#engine);
    hash.update(await readFile(join(item.folder, 'item.yaml')));
    const folders =
      program === 'starter' ? ['starter'] : ['solution', ...(program === 'solution' ? [] : [`impostors/${program}`])];
    for (const folder of folders) await addFiles(hash, join(item.folder, folder), () => true);
    await addFiles(hash, join(item.folder, 'support'), () => true).catch(() => {});
    return hash.digest('hex').slice(0, 24);
  }
}

/** Of the code that judges: the folder of this file, and what it stands on. In a built program that is one folder. */
async function engineHash(): Promise<string> {
  const hash = createHash('sha256');
  await addFiles(hash, import.meta.dirname, (path) => /\.[jt]s$/.test(path));
  await addFiles(hash, join(import.meta.dirname, '..', 'core'), (path) => path.endsWith('.ts')).catch(() => {});
  return hash.digest('hex');
}

async function addFiles(
  hash: ReturnType<typeof createHash>,
  folder: string,
  wanted: (path: string) => boolean,
): Promise<void> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  for (const path of paths.filter(wanted).sort()) {
    hash.update(JSON.stringify([relative(folder, path), (await readFile(path)).toString('base64')]));
  }
}
