/** What every check type gets. */
import type { Clock } from '../../core/backoff.ts';
import type { EvidenceRecord } from '../evidence.ts';
import type { ProgramSpec } from '../items.ts';
import type { Language } from '../model.ts';
import type { Random } from '../random.ts';

export interface CheckContext {
  /** The learner's folder. */
  readonly lab: string;
  /** The file a learner is sent to when nothing more exact is known. */
  readonly open: string;
  readonly program: ProgramSpec;
  /** A folder of this run, removed after it. */
  readonly scratch: string;
  /** Where the build check puts the program and the others find it. */
  readonly binary: string;
  /** Every time limit of an item is for a quiet machine and is multiplied by this. */
  readonly pace: number;
  readonly record: EvidenceRecord;
  readonly random: Random;
  /** Of texts that stand in the item itself. */
  readonly language: Language;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Tells the person what goes on. */
  readonly report: (step: string) => void;
}

/**
 * Runs one check. The learner's program fails by assertions only: whatever is thrown is trouble of its surroundings
 * and reads as blocked.
 */
export type RunCheck<Spec> = (spec: Spec, context: CheckContext) => Promise<void>;
