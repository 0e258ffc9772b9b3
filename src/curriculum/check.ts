/** The engine: runs an item's checks against a learner's folder and says what was found. */
import { randomBytes } from 'node:crypto';
import { cp, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { ahead } from '../core/ahead.ts';
import { type Clock, systemClock } from '../core/backoff.ts';
import { Failure, errnoOf, isAbort, toFailure } from '../core/failure.ts';
import { t } from '../core/l10n.ts';
import { neverHeld } from './checks/context.ts';
import { runCheck } from './checks/registry.ts';
import type { Check } from './checks/specs.ts';
import { EvidenceRecord, placed } from './evidence.ts';
import { Hold } from './hold.ts';
import { type Found, type Known, Memory, needsEngine, needsProgram } from './inputs.ts';
import { type Item, chooseHint, supportOf } from './items.ts';
import { Labkit } from './labkit.ts';
import type { Evidence, Facts, Language, Report, Verdict } from './model.ts';
import type { CheckPorts } from './ports.ts';
import { seededFor } from './random.ts';
import { remedyFor } from './remedies.ts';
import { findGo } from './toolchain.ts';

export interface CheckOptions {
  readonly seed: number;
  readonly language: Language;
  readonly signal: AbortSignal;
  /** Told what goes on, in the person's language. */
  readonly report?: (step: string) => void;
  readonly clock?: Clock;
  /** Of the other domains; without them, what needs one is blocked. */
  readonly ports?: CheckPorts;
  /** Programs run in the folder itself: one that is not a lesson's may be large, and need what stands around it. */
  readonly inPlace?: boolean;
  /** What earlier runs found: a check that would look at the same again is not run. Learns what this run finds. */
  readonly known?: Known;
  /**
   * What failed is kept running: told of what was found when it does; ends when this resolves. Must resolve when `over` is
   * aborted.
   */
  readonly keep?: (found: Report, over: AbortSignal) => Promise<void>;
}

/** Checks that run at a time: they wait more than they compute. Those of an image have to wait for it. */
const mostAtOnce = 3;

/**
 * Checks the learner's folder. Throws `cancelled` when aborted, and `internal` when a check asserted nothing: that is a
 * fault of the lesson and must never read as a pass. Any other trouble is a verdict.
 */
export async function checkItem(item: Item, lab: string, options: CheckOptions): Promise<Report> {
  const { seed, signal, language, clock = systemClock, report = () => {}, ports = noPorts, inPlace = false } = options;
  const { known, keep } = options;
  const before = clock.now();
  await sweep();
  const scratch = await mkdtemp(join(tmpdir(), `${scratchPrefix}${process.pid}-`));
  const evidence: Evidence[] = [];
  const facts: Record<string, string> = {};
  const finish = (verdict: Verdict): Report => ({
    item: item.id,
    seed,
    duration: clock.now() - before - (hold?.time ?? 0),
    verdict,
    evidence: evidence.map((one) => placed(one, item)),
    facts,
  });
  const soFar = (record: EvidenceRecord): Report => {
    const all = { evidence: [...evidence, ...record.evidence], facts: { ...facts, ...record.facts } };
    const verdict = verdictOf(item, all.evidence, all.facts, language);
    return { ...finish(verdict), ...all, evidence: all.evidence.map((one) => placed(one, item)) };
  };
  const hold = keep && new Hold({ clock, signal, show: (record, over) => keep(soFar(record), over) });
  const run = randomBytes(5).toString('hex');
  let helper: Promise<Labkit> | undefined;
  try {
    const { pace } = await findGo(signal);
    const shared = {
      lab,
      workplace: inPlace ? lab : await copied(lab, join(scratch, 'lab')),
      open: item.open,
      program: item.program,
      scratch,
      binary: join(scratch, process.platform === 'win32' ? 'program.exe' : 'program'),
      pace,
      language,
      clock,
      signal,
      report,
      ports,
      run,
      held: hold === undefined ? neverHeld : hold.wait.bind(hold),
      labkit: () => (helper ??= ports.labkit('checks', report, signal).then((program) => Labkit.start(program))),
      check: runCheck,
    };
    const memory = await Memory.of(known, item, lab, signal);
    const isStarted = item.checks.some((check) => needsProgram(check) && memory.check(check.id) === undefined);
    const judge = async (check: Check, over: AbortSignal): Promise<Found & { readonly trouble?: unknown }> => {
      const before = isStarted && check.type === 'build' ? undefined : memory.check(check.id);
      if (before !== undefined) return before;
      const record = new EvidenceRecord(check.id);
      const found = { evidence: record.evidence, facts: record.facts };
      const random = seededFor(seed, item.checks.indexOf(check));
      try {
        await runCheck(check, {
          ...shared,
          signal: over,
          random,
          support: supportOf(item, check),
          record,
          remembered: (part, find, holds) => memory.part(check.id, part, find, holds),
        });
      } catch (trouble) {
        return { ...found, trouble };
      }
      if (record.evidence.length === 0) throw assertedNothing(item.id, check.id);
      memory.keepCheck(check.id, found);
      return found;
    };
    const atOnce = hold === undefined && !needsEngine(item) ? mostAtOnce : 1;
    const findings = async function* (): AsyncGenerator<Found & { readonly trouble?: unknown }> {
      for (const checks of togetherOrAlone(item.checks)) yield* ahead(checks, atOnce, signal, judge);
    };
    for await (const found of findings()) {
      evidence.push(...found.evidence);
      Object.assign(facts, found.facts);
      if ('trouble' in found) throw found.trouble;
      if (found.evidence.some(({ ok }) => !ok)) break;
    }
    return finish(verdictOf(item, evidence, facts, language));
  } catch (error) {
    if (signal.aborted || isAbort(error)) throw new Failure('cancelled', t('Cancelled.'), error);
    const failure = toFailure(error);
    if (failure.kind === 'internal') throw failure;
    const remedy = remedyFor(failure);
    return finish({ state: 'blocked', reason: failure.message, ...(remedy === undefined ? {} : { remedy }) });
  } finally {
    (await helper?.catch(() => undefined))?.dispose();
    if (needsEngine(item)) await removeContainers(ports, run);
    await rm(scratch, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** Those that compile take all of the machine, and make the answers of a program beside them late. */
const compiles: ReadonlySet<string> = new Set<Check['type']>(['build', 'commits', 'go-test', 'mutants']);

/** The checks in their order, in groups that may run at a time. */
function togetherOrAlone(checks: readonly Check[]): Check[][] {
  const groups: Check[][] = [];
  for (const check of checks) {
    const last = groups.at(-1);
    if (last === undefined || compiles.has(check.type) || compiles.has(last[0]!.type)) groups.push([check]);
    else last.push(check);
  }
  return groups;
}

const scratchPrefix = 'gantry-check-';

/** Takes away what checks of programs that crashed left in the folder for temporary files. */
async function sweep(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const pid = new RegExp(`^${scratchPrefix}(\\d+)-`).exec(name)?.[1];
    if (pid === undefined || isAlive(Number(pid))) continue;
    await rm(join(tmpdir(), name), { recursive: true, force: true }).catch(() => {});
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errnoOf(error) === 'EPERM';
  }
}

/** The learner's files but for hidden ones, such as git's. */
async function copied(from: string, to: string): Promise<string> {
  await cp(from, to, { recursive: true, filter: (path) => path === from || !basename(path).startsWith('.') });
  return to;
}

/** Also after a cancel; an engine that is gone keeps nothing of ours that its next start would not show. */
async function removeContainers(ports: CheckPorts, run: string): Promise<void> {
  const engine = await ports.engine(AbortSignal.timeout(10_000)).catch(() => undefined);
  await engine?.removeAll(`gantry.lab=${run}`).catch(() => {});
}

const absent = (): Promise<never> =>
  Promise.reject(new Failure('toolMissing', t('This check needs a part of Gantry that is not here.')));

/** Where no other domain is: what needs one is blocked. */
export const noPorts: CheckPorts = {
  labkit: absent,
  grpc: absent,
  engine: absent,
  cluster: absent,
  podCluster: absent,
};

const assertedNothing = (item: string, check: string): Failure =>
  new Failure(
    'internal',
    t('{0}: the check {1} asserted nothing. That is a fault of the lesson, not of your code.', item, check),
  );

/** Exported for its test: nothing asserted is never proven. */
export function verdictOf(item: Item, evidence: readonly Evidence[], facts: Facts, language: Language): Verdict {
  if (evidence.length === 0) throw assertedNothing(item.id, '*');
  if (evidence.every(({ ok }) => ok)) return { state: 'proven' };
  const hint = chooseHint(item, evidence, facts);
  return { state: 'failed', ...(hint === undefined ? {} : { hint: hint.text[language] }) };
}
