/** What can be said of a lesson without running it. */
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { errnoOf } from '../core/failure.ts';
import { t } from '../core/l10n.ts';
import { within } from './checks/specs.ts';
import { flattened, type Item } from './items.ts';
import type { Bilingual } from './model.ts';

/** An impostor that differs in more lines than this is another program, and says little about the check. */
const mostLines = 60;

/** What is wrong with a lesson's files, as sentences; none when nothing is. */
export async function lintItem(item: Item): Promise<string[]> {
  const found = await Promise.all([texts(item), words(item), starter(item), impostors(item)]);
  return [...found.flat(), ...places(item)];
}

/** Both languages say the same: the same headings, steps, table rows and code. */
async function texts({ folder }: Item): Promise<string[]> {
  const [zh, en] = await Promise.all(['zh-CN.md', 'en.md'].map((name) => read(join(folder, name))));
  if (zh === undefined || en === undefined) return [t('zh-CN.md or en.md is missing')];
  const parts: [string, (text: string) => string[]][] = [
    [t('headings'), (text) => text.match(/^#+ /gm) ?? []],
    [t('steps and table rows'), (text) => text.match(/^(\d+\.|\|)/gm) ?? []],
    [t('code'), (text) => [...new Set(text.match(/`[^`]+`/g) ?? [])].sort()],
  ];
  return parts.flatMap(([name, of]) =>
    of(zh).join('\n') === of(en).join('\n')
      ? []
      : [t('zh-CN.md and en.md differ in their {0}: {1}', name, differences(of(zh), of(en)))],
  );
}

function differences(one: readonly string[], other: readonly string[]): string {
  const only = (a: readonly string[], b: readonly string[]): string[] => a.filter((part) => !b.includes(part));
  return [...only(one, other), ...only(other, one)].join(' ') || `${one.length}, ${other.length}`;
}

/** What is said in Chinese has a Chinese character, what is said in English has none. */
async function words({ hints, checks }: Item): Promise<string[]> {
  const all: Bilingual[] = [
    ...hints.map(({ text }) => text),
    ...checks.flatMap((check) => (check.type === 'http' ? check.steps.flatMap(({ what, next }) => [what, next]) : [])),
  ];
  return all
    .filter((text) => !/\p{Script=Han}/u.test(text['zh-cn']) || /\p{Script=Han}/u.test(text.en))
    .map(({ en }) => t('not in both languages: {0}', en));
}

/** Each place is that of a check: one with a slip of the pen would never be named. */
function places({ places: named, checks }: Item): string[] {
  const ids = checks.flatMap((check) => [check, ...flattened(within(check))]).map(({ id }) => id);
  return Object.keys(named)
    .filter((key) => !ids.includes(key.split('.')[0]!))
    .map((key) => t('places names {0}, which is no check', key));
}

/** What a learner begins with has the files that it is sent to, and the modules of the solution. */
async function starter({ folder, open, places }: Item): Promise<string[]> {
  const problems: string[] = [];
  for (const file of new Set([open, ...Object.values(places)])) {
    if ((await read(join(folder, 'starter', file))) === undefined) problems.push(t('starter/{0} is missing', file));
  }
  for (const name of ['go.mod', 'go.sum']) {
    const [mine, solved] = await Promise.all(['starter', 'solution'].map((part) => read(join(folder, part, name))));
    if (mine !== solved) problems.push(t('{0} of the starter and of the solution differ', name));
  }
  return problems;
}

/** Each impostor is listed, and is the solution but for a few lines. */
async function impostors({ folder, impostors: listed, hints, starter: begins }: Item): Promise<string[]> {
  const there: string[] = await readdir(join(folder, 'impostors')).catch(() => []);
  const names = listed.map(({ name }) => name);
  const problems = [
    ...there.filter((name) => !names.includes(name)).map((name) => t('the impostor {0} is not listed', name)),
    ...names.filter((name) => !there.includes(name)).map((name) => t('the impostor {0} has no folder', name)),
  ];
  for (const { hint } of [begins, ...listed]) {
    if (!hints.some(({ id }) => id === hint)) problems.push(t('there is no hint {0}', hint));
  }
  for (const name of names.filter((one) => there.includes(one))) {
    const changed = await changedLines(join(folder, 'impostors', name), join(folder, 'solution'));
    if (changed === 0) problems.push(t('the impostor {0} is the solution', name));
    if (changed > mostLines)
      problems.push(t('the impostor {0} differs in {1} lines; {2} are enough', name, changed, mostLines));
  }
  return problems;
}

/** Lines of either side that the other lacks, over all files of the first folder; a line that only moved counts as one. */
async function changedLines(folder: string, solution: string): Promise<number> {
  let count = 0;
  for (const name of await readdir(folder, { recursive: true })) {
    const [mine, theirs] = await Promise.all([read(join(folder, name)), read(join(solution, name))]);
    if (mine === theirs) continue;
    const [a, b] = [mine ?? '', theirs ?? ''].map((text) => text.split('\n'));
    const lacking = a!.filter((line) => !b!.includes(line)).length + b!.filter((line) => !a!.includes(line)).length;
    count += Math.max(1, lacking);
  }
  return count;
}

/** Undefined when there is no such file. */
const read = (path: string): Promise<string | undefined> =>
  readFile(path, 'utf8').catch((error: unknown) => {
    if (['ENOENT', 'EISDIR'].includes(errnoOf(error) ?? '')) return undefined;
    throw error;
  });
