/** How many calls the doubles got in a step, what these were like, and how long the program paused between them. */
import { t } from '../../core/l10n.ts';
import type { Arrival } from '../doubles/double.ts';
import { type DoubleStates, callsDiffer } from './doubleStates.ts';
import { headersDiffer } from './matching.ts';
import { type PauseFinding, pausesDiffer } from './pauses.ts';
import type { ExchangeStep, Range } from './specs.ts';
import type { Values } from './templates.ts';

type Expected = Pick<ExchangeStep['expect'], 'calls' | 'cancelled' | 'arrivals' | 'pauses'>;

/** In the words hints are chosen by. */
export type ArrivalFinding = 'calls' | 'arrivals' | PauseFinding;

/** Milliseconds that pauses may be longer than they should, on a quiet machine. */
const pauseTolerance = 100;

/** What the doubles saw that they should not have; undefined when all is as expected. */
export function doublesDiffer(
  { calls = {}, cancelled, arrivals = {}, pauses = {} }: Expected,
  doubles: DoubleStates,
  values: Values,
  pace: number,
): { readonly finding: ArrivalFinding; readonly wrong: string } | undefined {
  const counts = Object.entries(calls).map(([name, { least, most }]): [string, Range] => [
    name,
    { least: values.count(least), most: values.count(most) },
  ]);
  const counted = callsDiffer(Object.fromEntries(counts), cancelled, doubles);
  if (counted !== undefined) return { finding: 'calls', wrong: counted };
  for (const [name, wanted] of Object.entries(arrivals)) {
    for (const arrival of doubles.get(name)?.arrivals ?? []) {
      const wrong = arrivalDiffers(arrival, wanted, values);
      if (wrong !== undefined) return { finding: 'arrivals', wrong: t('a call to {0}: {1}', name, wrong) };
    }
  }
  for (const [name, { base, least }] of Object.entries(pauses)) {
    const wanted = {
      ...(base === undefined ? {} : { base: values.milliseconds(base) }),
      ...(least === undefined ? {} : { least: values.milliseconds(least) }),
    };
    const wrong = pausesDiffer(doubles.get(name)?.arrivals ?? [], wanted, pauseTolerance * pace);
    if (wrong !== undefined) return wrong;
  }
  return undefined;
}

function arrivalDiffers(
  arrival: Arrival,
  { method, headers = {}, body }: NonNullable<Expected['arrivals']>[string],
  values: Values,
): string | undefined {
  if (method !== undefined && arrival.method !== method) return arrival.method;
  const header = headersDiffer(arrival.headers, headers, (pattern) => values.fill(pattern));
  if (header !== undefined) return header;
  if (body === undefined || new RegExp(values.fill(body), 'u').test(arrival.body)) return undefined;
  return t('the body is "{0}"', arrival.body.slice(0, 200));
}
