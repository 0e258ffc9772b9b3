/** What every check type gets. */
import type { Clock } from '../../core/backoff.ts';
import type { Double } from '../doubles/double.ts';
import type { EvidenceRecord } from '../evidence.ts';
import type { ProgramSpec } from '../items.ts';
import type { Labkit } from '../labkit.ts';
import type { Language } from '../model.ts';
import type { CheckPorts } from '../ports.ts';
import type { Random } from '../random.ts';
import type { Running } from './serve.ts';
import type { Check } from './specs.ts';
import { type Draws, Values } from './templates.ts';

export interface CheckContext {
  /** The learner's folder. */
  readonly lab: string;
  /** A copy of it that programs and tests run in: what they delete or write there is not the learner's. */
  readonly workplace: string;
  /** The folder of what a check brings along: hidden tests, schemas, manifests. */
  readonly support: string;
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
  readonly ports: CheckPorts;
  /** The helper in Go; started when it is first asked for, ended with the run. */
  readonly labkit: () => Promise<Labkit>;
  /** Marks everything of this run that outlives a process: containers, images, objects of a cluster. */
  readonly run: string;
  /** Keeps what was started while the person looks at what failed, where they asked for that; see `Hold.wait`. */
  readonly held: (record: EvidenceRecord, gone?: Promise<unknown>) => Promise<boolean>;
  /** What a part of this check found before, when it would look at the same again; else what it finds now. */
  readonly remembered: <T>(part: string, find: () => Promise<T>, holds: (found: T) => boolean) => Promise<T>;
  /** Runs a check within this one; its assertions go into `record`. */
  readonly check: (check: Check, context: CheckContext) => Promise<void>;
  /** The program that runs already, when a sequence or parallel checks share one. */
  readonly shared?: Shared;
}

/** For runs that shall fail: there is nothing to look at. */
export const neverHeld: CheckContext['held'] = () => Promise.resolve(false);

export interface Shared {
  readonly server: Running;
  readonly doubles: ReadonlyMap<string, Double>;
  /** What checks before drew and kept. */
  readonly values: Values;
}

/** What a check draws, together with what those before it in its sequence drew and kept. */
export const valuesFor = ({ shared, random }: CheckContext, draws: Draws = {}): Values =>
  (shared?.values ?? new Values()).draw(draws, random);

/**
 * Runs one check. The learner's program fails by assertions only: whatever is thrown is trouble of its surroundings
 * and reads as blocked.
 */
export type RunCheck<Spec> = (spec: Spec, context: CheckContext) => Promise<void>;
