/**
 * Check type `commits`: the way matters. Every commit is taken out into a folder of ours, built and asked the same; and
 * each stage of the way is reached by a commit of its own, in order, and then kept.
 */
import { join } from 'node:path';
import { Failure } from '../../core/failure.ts';
import { t } from '../../core/l10n.ts';
import { EvidenceRecord } from '../evidence.ts';
import type { Evidence } from '../model.ts';
import { runBuild } from './build.ts';
import { type CheckContext, type RunCheck, neverHeld } from './context.ts';
import { type Commit, git, history } from './gitHistory.ts';
import { type CheckFile, type CommitsCheck, checkOf } from './specs.ts';

/** More than a lesson takes; each is built and run. */
const most = 30;

export const runCommits: RunCheck<CommitsCheck> = async (spec, context) => {
  const { record, open, language, signal, lab } = context;
  const commits = await history(context);
  const counted = record.assert('committed', commits.length >= spec.least && commits.length <= most, {
    what: t('Your work is committed to git'),
    want: t('{0}–{1} commits that touch the folder of the lesson', spec.least, most),
    got: t('{0} commits', commits.length),
    where: open,
    next: t('Run git init once, then commit each step of the lesson when it works.'),
  });
  if (!counted) return;
  const changed = (await git(['status', '--porcelain', '--', '.'], lab, signal)).stdout.trim();
  const clean = record.assert('clean', changed === '', {
    what: t('What you have is what you committed'),
    want: t('git status says nothing'),
    got: changed === '' ? t('nothing') : changed.slice(0, 200),
    where: open,
    next: t('Commit it, or take it back.'),
  });
  if (!clean) return;
  /** Of each commit, whether each stage holds. */
  const held: boolean[][] = [];
  for (const commit of commits) {
    context.report(t('Trying commit {0}', commit.id));
    const at = await takenOut(commit, context);
    const wrong = await firstWrong(spec.check, at);
    if (wrong !== undefined) {
      record.fact('every', wrong.id);
      record.assert('every', false, { ...every, got: `${named(commit)}: ${wrong.what}: ${wrong.got}`, where: open });
      return;
    }
    const stages: boolean[] = [];
    for (const { check } of spec.stages) stages.push(!(await runWithin(check, at)).failed);
    held.push(stages);
  }
  record.assert('every', true, { ...every, got: t('{0} commits', commits.length), where: open });
  // What the first commit has was not done on the way.
  let before = 0;
  for (const [i, { id, what, next }] of spec.stages.entries()) {
    const reached = held.map((stages) => stages[i]!);
    const first = reached.indexOf(true);
    const finding = findingOf(reached, before);
    record.fact(id, finding);
    const ok = record.assert(id, finding === 'ok', {
      what: what[language],
      want: t('in a commit after {0}', named(commits[before]!)),
      got: first < 0 ? t('in no commit') : named(commits[first]!),
      where: open,
      next: next[language],
    });
    if (!ok) return;
    before = first;
  }
};

/**
 * In the words hints are chosen by: how a stage was reached.
 * @param reached of each commit, whether the stage holds.
 * @param before the commit that reached the stage before.
 */
function findingOf(reached: readonly boolean[], before: number): string {
  const first = reached.indexOf(true);
  if (first < 0) return 'never';
  if (first === 0) return 'from-the-start';
  if (first < before) return 'early';
  if (first === before) return 'together';
  return reached.slice(first).every(Boolean) ? 'ok' : 'lost';
}

const every = {
  get what() {
    return t('Every commit builds and keeps the contract');
  },
  get want() {
    return t('all that touch the folder of the lesson');
  },
  get next() {
    return t('Mend that commit with git rebase --interactive, so that each step works by itself.');
  },
};

const named = ({ id, subject }: Commit): string => `${id} ${subject}`;

/** The context of a commit, in a folder of its own; the person's index, branch and files stay as they are. */
async function takenOut({ id }: Commit, context: CheckContext): Promise<CheckContext> {
  const { lab, scratch, signal } = context;
  const folder = join(scratch, id);
  const [top = '', prefix = ''] = (await asked(['rev-parse', '--show-toplevel', '--show-prefix'], lab, signal)).split(
    '\n',
  );
  const index = { GIT_INDEX_FILE: join(scratch, `${id}.index`) };
  await asked(['read-tree', `${id}:${prefix}`], top, signal, index);
  await asked(['checkout-index', '--all', `--prefix=${folder}/`], top, signal, index);
  return { ...context, held: neverHeld, lab: folder, workplace: folder, binary: join(scratch, `program-${id}`) };
}

async function asked(...of: Parameters<typeof git>): Promise<string> {
  const { code, stdout, stderr } = await git(...of);
  if (code !== 0) throw new Failure('internal', t('git could not read the history: {0}', stderr.trim().slice(0, 200)));
  return stdout;
}

/** What does not hold of a commit: that it builds, or the check. */
async function firstWrong(check: CheckFile, at: CheckContext): Promise<Evidence | undefined> {
  const built = new EvidenceRecord('build');
  await runBuild({ id: 'build', type: 'build' }, { ...at, record: built });
  const failed = ({ ok }: Evidence): boolean => !ok;
  return built.evidence.find(failed) ?? (await runWithin(check, at)).evidence.find(failed);
}

async function runWithin(check: CheckFile, at: CheckContext): Promise<EvidenceRecord> {
  const record = new EvidenceRecord(check.id);
  await at.check(checkOf(check), { ...at, record });
  return record;
}
