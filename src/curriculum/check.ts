/** The engine: runs an item's checks against a learner's folder and says what was found. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Clock, systemClock } from '../core/backoff.ts';
import { Failure, isAbort, toFailure } from '../core/failure.ts';
import { t } from '../core/l10n.ts';
import { runBuild } from './checks/build.ts';
import { runConfig } from './checks/config.ts';
import type { CheckContext } from './checks/context.ts';
import { runHttp } from './checks/http.ts';
import { runMetrics } from './checks/metrics.ts';
import { runProcessSignal } from './checks/processSignal.ts';
import type { Check } from './checks/specs.ts';
import { EvidenceRecord } from './evidence.ts';
import { type Item, chooseHint } from './items.ts';
import type { Evidence, Facts, Language, Report, Verdict } from './model.ts';
import { seeded } from './random.ts';
import { findGo } from './toolchain.ts';

export interface CheckOptions {
  readonly seed: number;
  readonly language: Language;
  readonly signal: AbortSignal;
  /** Told what goes on, in the person's language. */
  readonly report?: (step: string) => void;
  readonly clock?: Clock;
}

/**
 * Checks the learner's folder. Throws `cancelled` when aborted, and `internal` when a check asserted nothing: that is a
 * fault of the lesson and must never read as a pass. Any other trouble is a verdict.
 */
export async function checkItem(item: Item, lab: string, options: CheckOptions): Promise<Report> {
  const { seed, signal, language, clock = systemClock, report = () => {} } = options;
  const before = clock.now();
  const scratch = await mkdtemp(join(tmpdir(), 'gantry-check-'));
  const evidence: Evidence[] = [];
  const facts: Record<string, string> = {};
  const finish = (verdict: Verdict): Report => ({
    item: item.id,
    seed,
    duration: clock.now() - before,
    verdict,
    evidence,
    facts,
  });
  try {
    const { pace } = await findGo(signal);
    const shared = {
      lab,
      open: item.open,
      program: item.program,
      scratch,
      binary: join(scratch, process.platform === 'win32' ? 'program.exe' : 'program'),
      pace,
      random: seeded(seed),
      language,
      clock,
      signal,
      report,
    };
    for (const check of item.checks) {
      const record = new EvidenceRecord(check.id);
      try {
        await runCheck(check, { ...shared, record });
      } finally {
        evidence.push(...record.evidence);
        Object.assign(facts, record.facts);
      }
      if (record.evidence.length === 0) throw assertedNothing(item.id, check.id);
      if (record.failed) break;
    }
    return finish(verdictOf(item, evidence, facts, language));
  } catch (error) {
    if (signal.aborted || isAbort(error)) throw new Failure('cancelled', t('Cancelled.'), error);
    const failure = toFailure(error);
    if (failure.kind === 'internal') throw failure;
    return finish({ state: 'blocked', reason: failure.message });
  } finally {
    await rm(scratch, { recursive: true, force: true, maxRetries: 3 });
  }
}

function runCheck(check: Check, context: CheckContext): Promise<void> {
  switch (check.type) {
    case 'build':
      return runBuild(check, context);
    case 'process-signal':
      return runProcessSignal(check, context);
    case 'http':
      return runHttp(check, context);
    case 'config':
      return runConfig(check, context);
    case 'metrics':
      return runMetrics(check, context);
  }
}

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
