/** Lines for a POSIX shell that do what an action does. */
import { shellLine } from '../../core/shell.ts';
import { type ApiResource, type ObjectRef, resourceName } from '../apiResource.ts';

/** Whom a kubectl line speaks to. */
export interface KubectlTarget {
  /** The context's name in its kubeconfig. */
  readonly context: string;
  /** Where kubectl would not look by itself; left out for the person's own files. */
  readonly kubeconfig?: string;
}

/** `kubectl --context shop …`; the target is always named, so that the line means the same wherever it is pasted. */
export function kubectl({ context, kubeconfig }: KubectlTarget, args: readonly string[]): string {
  const where = kubeconfig === undefined ? [] : ['--kubeconfig', kubeconfig];
  return shellLine(['kubectl', ...where, '--context', context, ...args]);
}

/** `-n shop`, or nothing for what has no namespace. */
export const inNamespace = ({ namespaced, namespace }: ObjectRef): string[] => (namespaced ? ['-n', namespace] : []);

/** `deployment/orders`; kinds that are not Kubernetes' own with their group. */
export const typeAndName = (ref: ObjectRef): string => `${typeName(ref)}/${ref.name}`;

/** Groups whose kinds kubectl finds by their kind alone. */
const shortGroups = new Set(['', 'apps', 'batch']);

const typeName = (api: ApiResource): string =>
  shortGroups.has(api.group) ? api.kind.toLowerCase() : resourceName(api);
