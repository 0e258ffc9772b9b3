/** A duration is seconds with an s in JSON; here it is an amount of some unit. Exact to the nanosecond. Pure. */

export const units = ['ns', 'µs', 'ms', 's', 'min', 'h'] as const;
export type Unit = (typeof units)[number];

const nanoseconds: Readonly<Record<Unit, bigint>> = {
  ns: 1n,
  µs: 1000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  min: 60_000_000_000n,
  h: 3_600_000_000_000n,
};

/** What is shown of a value in a unit; undefined where it cannot be said exactly, or is no duration. */
export function shownDuration(value: string, unit: Unit): string | undefined {
  const total = value.endsWith('s') ? scaled(value.slice(0, -1), nanoseconds.s) : undefined;
  if (total === undefined) return undefined;
  const size = nanoseconds[unit];
  const sign = total < 0n ? '-' : '';
  const amount = total < 0n ? -total : total;
  const whole = amount / size;
  let rest = amount % size;
  let fraction = '';
  while (rest > 0n && fraction.length < 12) {
    rest *= 10n;
    fraction += String(rest / size);
    rest %= size;
  }
  return rest > 0n ? undefined : sign + String(whole) + (fraction === '' ? '' : `.${fraction}`);
}

/** The value of what was typed. What is no amount stays as it is, so that it is neither lost nor taken for another. */
export function typedDuration(typed: string, unit: Unit): string {
  const total = scaled(typed.trim(), nanoseconds[unit]);
  if (total === undefined) return typed;
  const sign = total < 0n ? '-' : '';
  const amount = total < 0n ? -total : total;
  const fraction = String(amount % nanoseconds.s)
    .padStart(9, '0')
    .replace(/0+$/, '');
  return `${sign}${amount / nanoseconds.s}${fraction === '' ? '' : `.${fraction}`}s`;
}

/** The unit a value is best said in: the largest that says it in few digits. */
export function bestUnit(value: string): Unit {
  const short = (unit: Unit): boolean => /^-?\d{1,4}(\.\d{1,3})?$/.test(shownDuration(value, unit) ?? '');
  const isZero = Number(shownDuration(value, 's')) === 0;
  return isZero ? 's' : ((['s', 'ms', 'µs', 'ns'] as const).find((unit) => short(unit)) ?? 's');
}

/** A decimal number of units of `size`, in nanoseconds; undefined when it is none, or finer than a nanosecond. */
function scaled(text: string, size: bigint): bigint | undefined {
  const [, sign = '', whole = '', fraction = ''] = /^([+-]?)(\d+)(?:\.(\d*))?$/.exec(text) ?? [];
  if (whole === '') return undefined;
  const divisor = 10n ** BigInt(fraction.length);
  const total = BigInt(whole + fraction) * size;
  if (total % divisor !== 0n) return undefined;
  return sign === '-' ? -(total / divisor) : total / divisor;
}
