/** What a step sets its doubles to, and how many calls they then counted. */
import { t } from '../../core/l10n.ts';
import type { Double } from '../doubles/double.ts';
import { type DoubleSettings, type Range, milliseconds } from './specs.ts';

export type DoubleStates = ReadonlyMap<string, Double>;

/** Sets those that are named; they count anew. */
export async function set(settings: DoubleSettings | undefined, doubles: DoubleStates): Promise<void> {
  for (const [name, { fails = 'never', delay = '0ms', toxics = [], first, code }] of Object.entries(settings ?? {})) {
    await doubles.get(name)?.begin({
      fails,
      delay: milliseconds(delay),
      toxics,
      ...(first === undefined ? {} : { first }),
      ...(code === undefined ? {} : { code }),
    });
  }
}

/** Which double was called, or given up, more or less often than it may be; undefined when none was. */
export function callsDiffer(
  calls: Readonly<Record<string, Range>> | undefined,
  cancelled: Readonly<Record<string, Range>> | undefined,
  doubles: DoubleStates,
  abandoned?: Readonly<Record<string, Range>>,
): string | undefined {
  for (const [name, { least, most }] of Object.entries(calls ?? {})) {
    const got = doubles.get(name)?.calls ?? 0;
    if (got < least || got > most) return t('calls to {0}: {1}, not {2} to {3}', name, got, least, most);
  }
  for (const [name, { least, most }] of Object.entries(cancelled ?? {})) {
    const got = doubles.get(name)?.cancelled ?? 0;
    if (got < least || got > most)
      return t('calls to {0} that were given up: {1}, not {2} to {3}', name, got, least, most);
  }
  for (const [name, { least, most }] of Object.entries(abandoned ?? {})) {
    const got = doubles.get(name)?.abandoned ?? 0;
    if (got < least || got > most)
      return t(
        'calls to {0} that were given up as soon as their caller left: {1}, not {2} to {3}',
        name,
        got,
        least,
        most,
      );
  }
  return undefined;
}
