/** Why a step was not taken from the cache, as far as that can be seen: compared with the last build of the same file. */
import { t } from '../../core/l10n.ts';
import type { Dockerfile, Instruction } from '../dockerfile/parse.ts';
import type { BuildStep } from './progress.ts';
import { dockerIgnore } from './ignore.ts';

/** What a build began from. */
export interface BuildInputs {
  readonly file: Dockerfile;
  readonly args: Readonly<Record<string, string>>;
  /** Path → what tells one content from another. */
  readonly files: ReadonlyMap<string, string>;
}

/** Line → the reason, for each step of the file that ran although it is not the first build. Lines are counted from 0. */
export function explainMisses(
  steps: readonly BuildStep[],
  now: BuildInputs,
  before: BuildInputs | undefined,
): ReadonlyMap<number, string> {
  const reasons = new Map<number, string>();
  const firstOfStage = new Map<number, Instruction>();
  const byLine = [...steps].sort((a, b) => (a.line ?? -1) - (b.line ?? -1));
  for (const { line, cached, state } of byLine) {
    const one = now.file.instructions.find((instruction) => instruction.line === line);
    if (one === undefined || one.keyword === 'FROM' || cached || state === 'waiting') continue;
    const first = firstOfStage.get(one.stage);
    if (first === undefined) {
      firstOfStage.set(one.stage, one);
      reasons.set(one.line, reasonOf(one, now, before, firstOfStage));
    } else {
      reasons.set(one.line, t('line {0} was not cached', first.line + 1));
    }
  }
  return reasons;
}

function reasonOf(
  one: Instruction,
  now: BuildInputs,
  before: BuildInputs | undefined,
  firstOfStage: ReadonlyMap<number, Instruction>,
): string {
  const from = one.flags.find((flag) => flag.startsWith('--from='))?.slice('--from='.length);
  const source =
    from === undefined ? -1 : now.file.stages.findIndex(({ name }, i) => name === from || String(i) === from);
  const rebuilt = source < 0 ? undefined : firstOfStage.get(source);
  if (rebuilt !== undefined) return t('stage {0} was built anew from line {1} on', from!, rebuilt.line + 1);
  if (before === undefined) return t('no build of it before is known here');
  const base = baseOf(now, one.stage);
  if (base !== baseOf(before, one.stage)) return t('its base image is another one: {0}', base);
  const earlier = instructionsUpTo(now.file, one);
  const known = before.file.instructions.map(textOf);
  const changed = earlier.find((instruction) => !known.includes(textOf(instruction)));
  if (changed !== undefined) return t('line {0} was changed', changed.line + 1);
  const arg = changedArg(earlier, now, before);
  if (arg !== undefined) return t('the argument {0} has another value', arg);
  if ((one.keyword === 'COPY' || one.keyword === 'ADD') && from === undefined) {
    const paths = changedFiles(one, now.files, before.files);
    if (paths.length > 0) return filesReason(paths);
  }
  return t('the cache was emptied, or its base image is a newer one');
}

const textOf = ({ keyword, flags, text }: Instruction): string => [keyword, ...flags, text].join(' ');

/** Its own and those before it in the stage, which it builds upon. */
const instructionsUpTo = ({ instructions }: Dockerfile, one: Instruction): readonly Instruction[] =>
  instructions.filter(({ stage, line }) => stage === one.stage && line <= one.line);

/** Base images that are no other stage. */
export function externalBases(inputs: BuildInputs): readonly string[] {
  const { stages } = inputs.file;
  const all = stages.map((_, stage) => baseOf(inputs, stage));
  return [...new Set(all)].filter(
    (base) => base !== '' && base !== 'scratch' && stages.every(({ name }) => name !== base),
  );
}

/** The base as it is after arguments are put in. */
function baseOf({ file, args }: BuildInputs, stage: number): string {
  const defaults = Object.fromEntries(
    file.instructions
      .filter((one) => one.keyword === 'ARG' && one.stage < 0)
      .map(({ text }) => [text.split('=')[0] ?? '', text.split('=').slice(1).join('=')]),
  );
  const base = file.stages[stage]?.base ?? '';
  return base.replaceAll(/\$\{?(\w+)\}?/g, (_, name: string) => args[name] ?? defaults[name] ?? '');
}

function changedArg(earlier: readonly Instruction[], now: BuildInputs, before: BuildInputs): string | undefined {
  const declared = earlier.filter(({ keyword }) => keyword === 'ARG').flatMap(({ text }) => text.split(/\s+/));
  return declared.map((one) => one.split('=')[0]!).find((name) => now.args[name] !== before.args[name]);
}

/** Files that an instruction copies and that came, went or changed. */
function changedFiles(
  { text }: Instruction,
  now: BuildInputs['files'],
  before: BuildInputs['files'],
): readonly string[] {
  const words = text.startsWith('[')
    ? [...text.matchAll(/"((?:\\.|[^"\\])*)"/g)].map(([, word]) => word!)
    : text.split(/\s+/);
  const sources = words.slice(0, -1).map((word) => word.replace(/^\.?\//, '').replace(/\/$/, ''));
  const all = sources.includes('') || sources.includes('.');
  // A source is a pattern of the same language, and what fits a folder fits all in it.
  const rules = dockerIgnore(sources.join('\n'));
  return [...new Set([...now.keys(), ...before.keys()])]
    .filter((path) => (all || rules.ignores(path)) && now.get(path) !== before.get(path))
    .sort();
}

function filesReason(paths: readonly string[]): string {
  const [first, second] = paths;
  if (second === undefined) return t('{0} changed', first!);
  if (paths.length === 2) return t('{0} and {1} changed', first!, second);
  return t('{0}, {1} and {2} more files changed', first!, second, paths.length - 2);
}
