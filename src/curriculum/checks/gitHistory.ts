/** Check type `git-history`: what was done first, and in which steps, by the commits that touch the lab. */
import { Failure } from '../../core/failure.ts';
import { t } from '../../core/l10n.ts';
import { run } from '../../core/processes.ts';
import type { CheckContext, RunCheck } from './context.ts';
import type { GitHistoryCheck } from './specs.ts';

export interface Commit {
  readonly id: string;
  readonly subject: string;
  /** Relative to the lab. */
  readonly files: readonly string[];
}

type HistoryClaim = GitHistoryCheck['claims'][number];

export const runGitHistory: RunCheck<GitHistoryCheck> = async (spec, context) => {
  const { record, language, open, report } = context;
  report(t('Reading the history'));
  const commits = await history(context);
  const there = record.assert('committed', commits.length > 0, {
    what: t('Your work is committed to git'),
    want: t('commits that touch the folder of the lesson'),
    got: t('{0} commits', commits.length),
    where: open,
    next: t('Run git init once, then commit each step of the lesson when it works.'),
  });
  if (!there) return;
  for (const claim of spec.claims) {
    const { finding, got } = judge(claim, commits);
    record.fact(claim.id, finding);
    const held = record.assert(claim.id, finding === 'ok', {
      what: claim.what[language],
      want: wantText(claim),
      got,
      where: open,
      next: claim.next[language],
    });
    if (!held) return;
  }
};

/** The commits that touch the lab, from the first to the last; none without a repository. */
export async function history({ lab, signal }: CheckContext): Promise<Commit[]> {
  // %x1e and %x1f cannot stand in a name of a file or in a subject.
  const args = ['log', '--reverse', '--no-merges', '--relative', '--name-only', '--format=%x1e%h%x1f%s%x1f', '--', '.'];
  const { stdout, stderr, code } = await git(args, lab, signal);
  if (code !== 0) {
    if (/not a git repository|does not have any commits/.test(stderr)) return [];
    throw new Failure('internal', t('git could not read the history: {0}', stderr.trim().slice(0, 200)));
  }
  return stdout
    .split('\x1e')
    .slice(1)
    .map((record) => {
      const [id = '', subject = '', files = ''] = record.split('\x1f');
      return { id, subject, files: files.split('\n').filter((name) => name !== '') };
    });
}

export function git(
  args: readonly string[],
  cwd: string,
  signal: AbortSignal,
  variables: NodeJS.ProcessEnv = {},
): ReturnType<typeof run> {
  const missing = t('git was not found on PATH. Install it, then check again.');
  const env = { ...process.env, ...variables };
  return run('git', ['-c', 'core.quotePath=false', ...args], { cwd, env, signal, missing, timeout: 60_000 });
}

function judge(claim: HistoryClaim, commits: readonly Commit[]): { finding: string; got: string } {
  const { first, before, touches, commits: range, message } = claim;
  if (first !== undefined && before !== undefined) {
    const [a, b] = [firstWith(first, commits), firstWith(before, commits)];
    if (a < 0) return { finding: 'missing', got: t('no commit has {0}', first) };
    if (b < 0) return { finding: 'missing', got: t('no commit has {0}', before) };
    const text = `${commits[a]!.id} ${first}, ${commits[b]!.id} ${before}`;
    return { finding: a < b ? 'ok' : a === b ? 'together' : 'after', got: text };
  }
  const touching = commits.filter(({ files }) => touches === undefined || files.some(matches(touches)));
  const odd = touching.find(({ subject }) => message !== undefined && !new RegExp(message, 'u').test(subject));
  if (odd !== undefined) return { finding: 'message', got: `${odd.id} ${odd.subject}` };
  const { least, most } = range ?? { least: 1, most: Infinity };
  const ok = touching.length >= least && touching.length <= most;
  return {
    finding: ok ? 'ok' : touching.length < least ? 'too-few' : 'too-many',
    got: t('{0} commits', touching.length),
  };
}

const firstWith = (pattern: string, commits: readonly Commit[]): number =>
  commits.findIndex(({ files }) => files.some(matches(pattern)));

/** `*` stands for anything within one name, `**` for folders, too. */
export const matches = (pattern: string): ((path: string) => boolean) => {
  const text = pattern
    .split(/(\*\*|\*)/)
    .map((part) => (part === '**' ? '.*' : part === '*' ? '[^/]*' : part.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&')))
    .join('');
  const regular = new RegExp(`^${text}$`, 'u');
  return (path) => regular.test(path);
};

const wantText = ({ first, before, touches, commits, message }: HistoryClaim): string =>
  first !== undefined && before !== undefined
    ? t('{0} in a commit before {1}', first, before)
    : [touches ?? '', commits === undefined ? '' : `≥ ${commits.least}`, message ?? '']
        .filter((part) => part !== '')
        .join(' ');
