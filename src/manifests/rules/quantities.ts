/** Comparing quantities: k8s.io/apimachinery/pkg/api/resource. */

const suffixes: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

/** The number a quantity means; undefined when it is none. Near enough for comparing: nobody writes 17 digits. */
export function quantity(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  const match = /^([+-]?[\d.]+)(?:([eE][+-]?\d+)|([KMGTPE]i|[numkMGTPE]))?$/.exec(String(value));
  if (match === null) return undefined;
  const number = Number(`${match[1]}${match[2] ?? ''}`);
  return Number.isNaN(number) ? undefined : number * suffixes[match[3] ?? '']!;
}
