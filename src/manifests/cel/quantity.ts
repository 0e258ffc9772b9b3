/** Quantities as numbers one can reckon with, exactly: k8s.io/apimachinery/pkg/api/resource. */

/** Nothing smaller than a billionth is kept, as in the API server. */
const billion = 1_000_000_000n;
const written = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,3})|([KMGTPE]i|[numkMGTPE]))?$/;
const decimals: Readonly<Record<string, number>> = { n: -9, u: -6, m: -3, k: 3, M: 6, G: 9, T: 12, P: 15, E: 18 };
const binaries = ['Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];

export class Quantity {
  /** In billionths. */
  readonly nanos: bigint;

  constructor(nanos: bigint) {
    this.nanos = nanos;
  }

  /** Undefined when the text is no quantity. */
  static parse(text: string): Quantity | undefined {
    const match = written.exec(text);
    if (match === null || (match[2] === '' && (match[3] ?? '') === '')) return undefined;
    const [, sign, whole = '', fraction = '', exponent, suffix = ''] = match;
    const factor = binaries.includes(suffix) ? 1024n ** BigInt(binaries.indexOf(suffix) + 1) : 1n;
    const shift = 9 + (exponent === undefined ? (decimals[suffix] ?? 0) : Number(exponent)) - fraction.length;
    const digits = BigInt(`${whole}${fraction}`) * factor;
    // What is smaller than a billionth is rounded up, away from zero.
    const nanos = shift >= 0 ? digits * 10n ** BigInt(shift) : roundedUp(digits, 10n ** BigInt(-shift));
    return new Quantity(sign === '-' ? -nanos : nanos);
  }

  get isInteger(): boolean {
    return this.nanos % billion === 0n;
  }

  get integer(): bigint {
    return this.nanos / billion;
  }
}

const roundedUp = (value: bigint, by: bigint): bigint => (value + by - 1n) / by;
