/**
 * What one can do to an object, each as data: to whom it applies, which right it needs, which requests it sends and the
 * kubectl line that does the same. An action plans; who runs it sends the plan.
 */
import type { ApiResource, ObjectRef } from '../apiResource.ts';
import type { Requester } from '../connection.ts';
import type { ApiCall, KubeObject } from './apiCall.ts';
import type { KubectlTarget } from './commandLine.ts';

/** A right, as roles grant it. */
export interface Need {
  readonly verb: string;
  readonly group: string;
  /** Plural; `deployments/scale` for a subresource. */
  readonly resource: string;
}

/** The object an action is about, and the way to its server. */
export interface Subject {
  readonly ref: ObjectRef;
  readonly target: KubectlTarget;
  readonly server: Requester;
  readonly signal: AbortSignal;
  /** The object as it is now. */
  readonly object: KubeObject;
}

/** What an action is going to do. */
export interface Plan {
  /** In this order; most actions have one. */
  readonly calls: readonly ApiCall[];
  /** For a POSIX shell. */
  readonly kubectl: string;
}

/** A container of a pod, a port of a service, a workload of a kind that only its pods tell of. */
export type PartRow = 'container' | 'port' | 'workload';

/** `Input` is what only the person knows, such as a number of replicas. */
export interface Action<Input = unknown> {
  /** Also its tag in context values (`can:scale`) and, in `gantry.kubernetes.scale`, its command. */
  readonly id: string;
  /** Verb first, in the person's language. */
  readonly title: () => string;
  readonly applies: (api: ApiResource) => boolean;
  /** Rows that are no objects and have the action too; see `rowSubject` in `offered.ts`. */
  readonly rows?: readonly PartRow[];
  readonly needs: (api: ApiResource) => Need;
  /** `loss` takes something away and asks first; `change` asks only in protected contexts. */
  readonly effect: 'none' | 'change' | 'loss';
  /** What stands in for the person's input where the action is only shown. */
  readonly example: (subject: Subject) => Input;
  /** Reads what it must; changes nothing. Throws Failure. */
  readonly plan: (subject: Subject, input: Input) => Promise<Plan> | Plan;
}

/** A right on the object itself. */
export const onObject =
  (verb: string, subresource = '') =>
  ({ group, resource }: ApiResource): Need => ({ verb, group, resource: resource + subresource });

/** True for the kinds named, of Kubernetes' own groups. */
export const isKind =
  (...kinds: readonly string[]) =>
  ({ group, kind }: ApiResource): boolean =>
    (group === '' || group === 'apps' || group === 'batch') && kinds.includes(kind);

export const everyKind = (): boolean => true;
