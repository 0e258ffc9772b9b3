/** Checks made of checks: one after the other, at once, again, and with the protection off. */
import { t } from '../../core/l10n.ts';
import { addressesOf, withDoubles } from '../doubles/double.ts';
import { EvidenceRecord } from '../evidence.ts';
import { type CheckContext, type RunCheck, type Shared, neverHeld, valuesFor } from './context.ts';
import { withServer } from './serve.ts';
import {
  type CheckFile,
  type ControlCheck,
  type ParallelCheck,
  type RepeatCheck,
  type SequenceCheck,
  checkOf,
} from './specs.ts';

/** Check type `sequence`: checks of one run of the program, and of one set of values; the first that fails is the last. */
export const runSequence: RunCheck<SequenceCheck> = (spec, context) =>
  sharing(context, async (shared) => {
    for (const check of spec.checks) {
      await runInner(check, shared);
      if (shared.record.failed) return;
    }
  });

/** Check type `parallel`: checks of one run of the program, all at once, each with values of its own. */
export const runParallel: RunCheck<ParallelCheck> = (spec, context) =>
  sharing(context, async (shared) => {
    // Each writes for itself, so that what one found stays together.
    const records = spec.checks.map(({ id }) => new EvidenceRecord(id));
    const done = await Promise.allSettled(
      spec.checks.map((check, i) => shared.check(checkOf(check), { ...withOwnValues(shared), record: records[i]! })),
    );
    for (const record of records) shared.record.adopt(record);
    for (const one of done) if (one.status === 'rejected') throw one.reason;
  });

/** Check type `repeat`: luck does not last. Of runs after the first only a failure is told. */
export const runRepeat: RunCheck<RepeatCheck> = async (spec, context) => {
  let held = 0;
  for (let run = 0; run < spec.times; run++) {
    const record = new EvidenceRecord(spec.check.id);
    await context.check(checkOf(spec.check), { ...context, record });
    if (run === 0 || record.failed) context.record.adopt(record);
    if (record.failed) break;
    held++;
  }
  context.record.assert('holds', held === spec.times, {
    what: t('It holds every time'),
    want: t('{0} of {0} runs', spec.times),
    got: t('{0} of {1} runs', held, spec.times),
    where: context.open,
    next: t('Run the check again with the same seed: something depends on order or on luck.'),
  });
};

/** Check type `control`: a protection that is off must be missed, or the probe proves nothing about it. */
export const runControl: RunCheck<ControlCheck> = async (spec, context) => {
  const record = new EvidenceRecord(spec.check.id);
  const program = { ...context.program, env: { ...context.program.env, ...spec.env } };
  await context.check(checkOf(spec.check), { ...context, program, record, held: neverHeld });
  const failed = record.evidence.find(({ ok }) => !ok);
  const settings = Object.entries(spec.env)
    .map(([name, value]) => `${name}=${value}`)
    .join(' ');
  const [begun] = record.evidence;
  const runs = context.record.assert('runs', begun?.ok === true, {
    what: t('The program runs without its protection'),
    want: t('with {0} it starts', settings),
    got: begun?.ok === true ? t('it does') : (begun?.got ?? t('nothing was asserted')),
    where: context.open,
    next: t('Let the switch turn off the protection and nothing else.'),
  });
  if (!runs) return;
  context.record.fact(
    'control',
    failed === undefined ? 'holds' : failed.id === spec.fails ? 'fails' : 'fails-elsewhere',
  );
  context.record.assert('control', failed?.id === spec.fails, {
    what: spec.what[context.language],
    want:
      spec.fails === undefined
        ? t('with {0} everything holds', settings)
        : t('with {0} this does not hold: {1}', settings, spec.fails),
    got: failed === undefined ? t('everything holds') : `${failed.id}: ${failed.got}`,
    where: context.open,
    next: spec.next[context.language],
  });
};

/** Runs the program once for all that is within; one that is shared already stays so. */
const sharing = (context: CheckContext, use: (shared: Sharing) => Promise<void>): Promise<void> =>
  withDoubles(context, {}, (doubles) =>
    withServer(
      context,
      (server) => use({ ...context, shared: { server, doubles, values: valuesFor(context) } }),
      addressesOf(doubles),
    ),
  );

type Sharing = CheckContext & { readonly shared: Shared };

const withOwnValues = ({ shared, ...context }: Sharing): CheckContext => ({
  ...context,
  shared: { ...shared, values: shared.values.copy() },
});

const runInner = (check: CheckFile, context: CheckContext): Promise<void> =>
  context.check(checkOf(check), { ...context, record: context.record.within(check.id) });
