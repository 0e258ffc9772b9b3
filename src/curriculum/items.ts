/** An item's folder: how its program is started, what is checked, which hint fits. */
import { createHash } from 'node:crypto';
import { readFile, readdir } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import schema from '../../schemas/item.schema.json' with { type: 'json' };
import { Failure } from '../core/failure.ts';
import { t } from '../core/l10n.ts';
import type { Schema } from '../core/yaml/schema.ts';
import { type Check, type CheckFile, checkOf, milliseconds, within } from './checks/specs.ts';
import { readDocument } from './documents.ts';
import type { DoubleSpec } from './doubles/double.ts';
import type { Bilingual, Evidence, Facts } from './model.ts';

/** How the learner's program is built and started. */
export interface ProgramSpec {
  readonly package: string;
  readonly env: Readonly<Record<string, string>>;
  readonly ready: string;
  /** Milliseconds. */
  readonly readyWithin: number;
  /** Counting stand-ins of what the program depends on; `${name}` in `env` is the address of one. */
  readonly doubles?: Readonly<Record<string, DoubleSpec>>;
  /** Names of further free ports; `${name}` in `env` is one. */
  readonly ports?: readonly string[];
  /** Other processes of the same module, started before; `${name}` in `env` is the port of one. */
  readonly others?: Readonly<Record<string, Pick<ProgramSpec, 'package' | 'env' | 'ready'>>>;
}

export interface Hint {
  readonly id: string;
  readonly when: Facts;
  readonly text: Bilingual;
}

/** Why a wrong program must be refused; only the lessons' own tests use it. */
export interface Refusal {
  /** The first assertion that does not hold. */
  readonly refusedBy: string;
  /** The hint that names the defect. */
  readonly hint: string;
}

export interface Impostor extends Refusal {
  readonly name: string;
}

export interface Item {
  readonly id: string;
  readonly version: number;
  readonly open: string;
  /** Check, or one of its assertions → the file it is about, where that is not `open`. */
  readonly places: Readonly<Record<string, string>>;
  readonly program: ProgramSpec;
  /** The build first; then those of the steps of a project that come before this one, then its own. */
  readonly checks: readonly Check[];
  readonly hints: readonly Hint[];
  /** Of a checkpoint: the items that it sums up. It is green only while they are. */
  readonly requires: readonly string[];
  readonly starter: Refusal;
  readonly impostors: readonly Impostor[];
  readonly folder: string;
  /** Check → the folder of what it brings along (hidden tests, manifests), for those of earlier steps. */
  readonly support: ReadonlyMap<string, string>;
  /** Changes when what is asked of the learner's program changes. */
  readonly checkHash: string;
}

/** The file as its schema describes it; a duration is still text. */
interface ItemFile extends Pick<Item, 'id' | 'version' | 'open' | 'starter' | 'impostors'> {
  readonly program: Omit<ProgramSpec, 'readyWithin'> & { readonly readyWithin: string };
  readonly checks: readonly CheckFile[];
  readonly hints: readonly ({ readonly id: string; readonly when?: Facts } & Bilingual)[];
  readonly places?: Item['places'];
  readonly requires?: readonly string[];
  /** Of a step of a project: the step before it. */
  readonly after?: string;
}

/**
 * Reads `<folder>/item.yaml`. Throws `notFound` or `invalid` with file, line and cause.
 * @param later the steps of a project for whose sake this one is read.
 */
export async function readItem(folder: string, later: readonly string[] = []): Promise<Item> {
  const path = join(folder, 'item.yaml');
  const file = (await readDocument(path, schema as Schema)) as ItemFile;
  const { id, version, open, places = {}, starter, impostors, program, checks, requires = [], after } = file;
  if (checks[0]?.type !== 'build') throw new Failure('invalid', t('{0}: the first check must be of type build.', path));
  if (after !== undefined && [...later, id].includes(after)) {
    throw new Failure('invalid', t('{0}: a step cannot come after itself.', path));
  }
  const earlier = after === undefined ? undefined : await readItem(join(dirname(folder), after), [...later, id]);
  for (const problem of problemsOf(checks, program, earlier)) throw new Failure('invalid', `${path}: ${problem}`);
  const support = await supportHash(folder);
  const [build, ...own] = checks.map(checkOf);
  const again = earlier?.checks.slice(1) ?? [];
  const hints = file.hints.map(({ id, when = {}, en, 'zh-cn': chinese }) => ({ id, when, text: { en, 'zh-cn': chinese } })); // prettier-ignore
  return {
    id,
    version,
    open,
    places,
    starter,
    impostors,
    requires,
    folder,
    program: { ...program, readyWithin: milliseconds(program.readyWithin) },
    checks: [build!, ...again, ...own],
    support: new Map(again.map((check) => [check.id, supportOf(earlier!, check)])),
    hints: [
      ...hints.filter(isSpecific),
      ...(earlier?.hints ?? []).filter(isSpecific),
      ...hints.filter((hint) => !isSpecific(hint)),
    ],
    checkHash: createHash('sha256')
      .update(support)
      .update(earlier?.checkHash ?? '')
      .update(JSON.stringify([program, checks], (key, value: unknown) => (isText(key) ? undefined : value)))
      .digest('hex'),
  };
}

/** A hint that fits everything comes after all that fit something. */
const isSpecific = ({ when }: Hint): boolean => Object.keys(when).length > 0;

/** The folder of what a check brings along. */
export const supportOf = ({ folder, support }: Item, { id }: Check): string =>
  support.get(id) ?? join(folder, 'support');

/** What a schema cannot say, as sentences. */
function problemsOf(
  checks: readonly CheckFile[],
  { doubles = {} }: ItemFile['program'],
  earlier: Item | undefined,
): string[] {
  const all = flattened(checks);
  const ids = [...(earlier?.checks.slice(1) ?? []), ...all].map(({ id }) => id);
  const steps = all.flatMap((check) => (check.type === 'http' ? check.steps : []));
  return [
    ...ids.filter((id, i) => ids.indexOf(id) !== i).map((id) => t('two checks have the id {0}.', id)),
    ...steps
      .filter(({ double }) => doubles[double] === undefined)
      .map(({ id }) => t('the step {0} names a double that is not there.', id)),
    // A file that is small and not root's may be empty: an image must also answer.
    ...(all.some(({ type }) => type === 'image') && !all.some(({ type }) => type === 'container')
      ? [t('an image check needs a container check that has it answer.')]
      : []),
  ];
}

/** Checks and the checks within them. */
export const flattened = (checks: readonly CheckFile[]): CheckFile[] =>
  checks.flatMap((check) => [check, ...flattened(within(check))]);

/** Of what the checks bring along: hidden tests, manifests. Nothing when they bring nothing, so that proofs stay. */
async function supportHash(folder: string): Promise<string> {
  const support = join(folder, 'support');
  const entries = await readdir(support, { recursive: true, withFileTypes: true }).catch(() => []);
  const hash = createHash('sha256');
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  for (const file of files.sort()) hash.update(relative(support, file)).update(await readFile(file));
  return files.length === 0 ? '' : hash.digest('hex');
}

/** Other words for the same demand leave a proof as it is. */
const isText = (key: string): boolean => key === 'what' || key === 'next';

/** The first hint that fits what was seen; undefined when nothing failed or none fits. */
export const chooseHint = (item: Item, evidence: readonly Evidence[], facts: Facts): Hint | undefined =>
  fittingHints(item, evidence, facts)[0];

/** Every hint that fits: first what names the defect, then what says more and more. */
export function fittingHints(item: Item, evidence: readonly Evidence[], facts: Facts): readonly Hint[] {
  const failed = new Set(evidence.filter(({ ok }) => !ok).map(({ id }) => id));
  if (failed.size === 0) return [];
  return item.hints.filter(({ when }) =>
    Object.entries(when).every(([name, value]) => (name === 'failed' ? failed.has(value) : facts[name] === value)),
  );
}
