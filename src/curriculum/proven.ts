/**
 * The sources as they were proven. A proof holds their hash only, so that it stays small; the files themselves are kept
 * beside this machine's snapshots, and elsewhere git has them in the commit that filed the proof.
 */
import { cp, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative, sep } from 'node:path';
import { Failure, errnoOf } from '../core/failure.ts';
import { t } from '../core/l10n.ts';
import { run } from '../core/processes.ts';
import { type Labs, compareFolders, hashFolder } from './labs.ts';
import type { RunRecord } from './progress.ts';

const alreadyThere = new Set(['ENOTEMPTY', 'EEXIST', 'EPERM']); // EPERM: Windows.

/** Keeps the item's sources as what was proven last. */
export async function keepProven(id: string, labs: Labs): Promise<void> {
  const kept = labs.provenFolder(id);
  await labs.makeSnapshots();
  const draft = await mkdtemp(`${kept}.tmp-`); // Another window may be at the same.
  try {
    await cp(labs.folder(id), draft, { recursive: true, filter: (path) => !path.split(sep).includes('.git') });
    await rm(kept, { recursive: true, force: true });
    await rename(draft, kept);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    if (!alreadyThere.has(errnoOf(error) ?? '')) throw error; // Else another window was quicker.
  }
}

/** Proven sources first, those of now second. Throws `notFound` when neither this machine nor git has them. */
export async function changesSince(
  proof: RunRecord,
  id: string,
  labs: Labs,
  workspace: string,
): Promise<{ readonly path: string; readonly mine: string; readonly theirs: string }[]> {
  const kept = labs.provenFolder(id);
  const compare = async (proven: string): ReturnType<typeof compareFolders> =>
    (await compareFolders(labs.folder(id), proven, true)).filter(({ mine, theirs }) => mine !== theirs);
  if ((await hashFolder(kept)) === proof.sourceHash) return compare(kept);
  const folder = await mkdtemp(join(tmpdir(), 'gantry-proven-'));
  try {
    await fromGit(relative(workspace, labs.folder(id)), join('.gantry', 'proofs', `${id}.json`), workspace, folder);
    if ((await hashFolder(folder)) === proof.sourceHash) return await compare(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  throw new Failure(
    'notFound',
    t('What was proven of {0} is not known here any more: it was never committed, or the clone is shallow.', id),
  );
}

/** Writes the lab as it was when the proof was last committed; nothing where git has none. */
async function fromGit(lab: string, proof: string, workspace: string, to: string): Promise<void> {
  const git = async (...args: string[]): Promise<string> => {
    const { code, stdout } = await run('git', ['-c', 'core.quotePath=false', ...args], {
      cwd: workspace,
      timeout: 30_000,
    });
    return code === 0 ? stdout : '';
  };
  const slashed = (path: string): string => path.split(sep).join('/');
  const commit = (await git('log', '-1', '--format=%H', '--', slashed(proof))).trim();
  if (commit === '') return;
  const names = (await git('ls-tree', '-r', '--name-only', commit, '--', `${slashed(lab)}/`)).split('\n');
  for (const name of names.filter((one) => one !== '')) {
    const path = join(to, relative(lab, name));
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, await git('show', `${commit}:./${name}`));
  }
}
