/** What a pod or a node uses now, as metrics.k8s.io tells it. */

export interface Usage {
  /** Thousandths of a core. */
  readonly cpu: number;
  /** Bytes. */
  readonly memory: number;
}

/** A PodMetrics or a NodeMetrics object; what of it is read is checked. */
export interface ApiMetrics {
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly usage?: ApiUsage;
  readonly containers?: readonly { readonly usage?: ApiUsage }[];
}

interface ApiUsage {
  readonly cpu?: string;
  readonly memory?: string;
}

/** A pod uses what its containers use. */
export function usageOf({ usage, containers }: ApiMetrics): Usage {
  const parts = usage === undefined ? (containers ?? []).map((each) => each.usage ?? {}) : [usage];
  const sum = (of: (part: ApiUsage) => string | undefined): number =>
    parts.reduce((total, part) => total + (quantity(of(part) ?? '0') ?? 0), 0);
  return { cpu: sum(({ cpu }) => cpu) * 1000, memory: sum(({ memory }) => memory) };
}

const decimal = { n: 1e-9, u: 1e-6, m: 1e-3, '': 1, k: 1e3, M: 1e6, G: 1e9, T: 1e12, P: 1e15, E: 1e18 } as const;
const binary = { Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40, Pi: 2 ** 50, Ei: 2 ** 60 } as const;
const factors: Readonly<Record<string, number>> = { ...decimal, ...binary };

/** A quantity as Kubernetes writes it, or undefined for what is none. */
export function quantity(text: string): number | undefined {
  const [, digits, unit = ''] = /^(\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)([a-zA-Z]*)$/.exec(text) ?? [];
  const factor = Object.hasOwn(factors, unit) ? factors[unit] : undefined;
  return digits === undefined || factor === undefined ? undefined : Number(digits) * factor;
}

/** `12m`, as `kubectl top` prints it. */
export const cpuText = ({ cpu }: Usage): string => `${Math.ceil(cpu)}m`;

/** `34Mi` */
export const memoryText = ({ memory }: Usage): string => `${Math.floor(memory / 2 ** 20)}Mi`;
