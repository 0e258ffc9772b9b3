/** What is forwarded: plain data, so that it can be kept and shown. */
import { Failure } from '../../core/failure.ts';
import { t } from '../../core/l10n.ts';

export interface ForwardSpec {
  /** Id of the context. */
  readonly context: string;
  readonly namespace: string;
  /** `Pod`, `Service`, or the kind of a workload as its API object names it. */
  readonly kind: string;
  readonly name: string;
  /** The port of the pod; of a Service, the Service's own. */
  readonly remotePort: number;
  /** The port of this machine's loopback; 0 for any that is free. */
  readonly localPort: number;
}

export const specKey = ({ context, namespace, kind, name, remotePort }: ForwardSpec): string =>
  [context, namespace, kind, name, remotePort].join('|');

/** `8080`, `9000:8080`, `:8080` as kubectl reads them. Throws Failure `invalid`. */
export function parsePorts(text: string): { readonly localPort: number; readonly remotePort: number } {
  const [, local, remote] = /^(?:(\d*):)?(\d+)$/.exec(text.trim()) ?? [];
  const remotePort = Number(remote);
  const localPort = local === undefined ? remotePort : Number(local || 0);
  if (remote === undefined || remotePort < 1 || remotePort > 65_535 || localPort > 65_535) {
    throw new Failure('invalid', t('"{0}" is no port: write 8080, or 9000:8080 for another port here.', text));
  }
  return { localPort, remotePort };
}

/** A spec that was kept, or undefined for what is none: another version may have written it. */
export function readSpec(value: unknown): ForwardSpec | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { context, namespace, kind, name, remotePort, localPort } = value as Record<string, unknown>;
  const texts = [context, namespace, kind, name].every((text) => typeof text === 'string');
  const ports = [remotePort, localPort].every((port) => Number.isInteger(port) && Number(port) <= 65_535);
  return texts && ports ? (value as ForwardSpec) : undefined;
}
