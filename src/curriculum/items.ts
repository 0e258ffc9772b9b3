/** An item's folder: how its program is started, what is checked, which hint fits. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import schema from '../../schemas/item.schema.json' with { type: 'json' };
import { Failure } from '../core/failure.ts';
import { t } from '../core/l10n.ts';
import type { Schema } from '../core/yaml/schema.ts';
import { type Check, type CheckFile, checkOf, milliseconds } from './checks/specs.ts';
import { readDocument } from './documents.ts';
import type { DoubleKind } from './doubles/double.ts';
import type { Bilingual, Evidence, Facts } from './model.ts';

/** How the learner's program is built and started. */
export interface ProgramSpec {
  readonly package: string;
  readonly env: Readonly<Record<string, string>>;
  readonly ready: string;
  /** Milliseconds. */
  readonly readyWithin: number;
  /** Counting stand-ins of what the program depends on; `${name}` in `env` is the address of one. */
  readonly doubles?: Readonly<Record<string, DoubleKind>>;
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
  readonly program: ProgramSpec;
  readonly checks: readonly Check[];
  readonly hints: readonly Hint[];
  readonly starter: Refusal;
  readonly impostors: readonly Impostor[];
  readonly folder: string;
  /** Changes when what is asked of the learner's program changes. */
  readonly checkHash: string;
}

/** The file as its schema describes it; a duration is still text. */
interface ItemFile extends Pick<Item, 'id' | 'version' | 'open' | 'starter' | 'impostors'> {
  readonly program: Omit<ProgramSpec, 'readyWithin'> & { readonly readyWithin: string };
  readonly checks: readonly CheckFile[];
  readonly hints: readonly ({ readonly id: string; readonly when?: Facts } & Bilingual)[];
}

/** Reads `<folder>/item.yaml`. Throws `notFound` or `invalid` with file, line and cause. */
export async function readItem(folder: string): Promise<Item> {
  const path = join(folder, 'item.yaml');
  const file = (await readDocument(path, schema as Schema)) as ItemFile;
  const { id, version, open, starter, impostors, program, checks } = file;
  if (checks[0]?.type !== 'build') throw new Failure('invalid', t('{0}: the first check must be of type build.', path));
  const unknown = checks
    .flatMap((check) => (check.type === 'http' ? check.steps : []))
    .find(({ double }) => program.doubles?.[double] === undefined);
  if (unknown !== undefined) {
    throw new Failure('invalid', t('{0}: the step {1} names a double that is not there.', path, unknown.id));
  }
  return {
    id,
    version,
    open,
    starter,
    impostors,
    folder,
    program: { ...program, readyWithin: milliseconds(program.readyWithin) },
    checks: checks.map(checkOf),
    hints: file.hints.map((hint) => ({
      id: hint.id,
      when: hint.when ?? {},
      text: { 'zh-cn': hint['zh-cn'], en: hint.en },
    })),
    checkHash: createHash('sha256')
      .update(JSON.stringify([program, checks], (key, value: unknown) => (isText(key) ? undefined : value)))
      .digest('hex'),
  };
}

/** Other words for the same demand leave a proof as it is. */
const isText = (key: string): boolean => key === 'what' || key === 'next';

/** The first hint that fits what was seen; undefined when nothing failed or none fits. */
export function chooseHint(item: Item, evidence: readonly Evidence[], facts: Facts): Hint | undefined {
  const failed = new Set(evidence.filter(({ ok }) => !ok).map(({ id }) => id));
  if (failed.size === 0) return undefined;
  return item.hints.find(({ when }) =>
    Object.entries(when).every(([name, value]) => (name === 'failed' ? failed.has(value) : facts[name] === value)),
  );
}
