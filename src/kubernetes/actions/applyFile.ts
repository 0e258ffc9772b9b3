/** Manifests of a person's own, applied: what each would change is known before anything is changed. */
import { Failure, toFailure } from '../../core/failure.ts';
import { t } from '../../core/l10n.ts';
import type { ApiResource, ObjectRef } from '../apiResource.ts';
import type { Requester } from '../connection.ts';
import { type KubeObject, send } from './apiCall.ts';
import { type Conflict, applicable, applyCall, asInvalid, conflictsOf } from './apply.ts';
import { title } from './confirmation.ts';
import { same } from './fields.ts';
import { getCall } from './look.ts';
import { parseApiVersion } from './resources.ts';
import { toYaml } from './manifest.ts';

/** What applying one object of a file would do. */
export interface Applied {
  readonly ref: ObjectRef;
  /** As it is sent. */
  readonly object: KubeObject;
  /** Undefined when there is none yet. */
  readonly live: KubeObject | undefined;
  /** What the server made of a dry run; undefined when it refused. */
  readonly after: KubeObject | undefined;
  readonly conflicts: readonly Conflict[];
  /** Why the server refused it for another reason than a conflict. */
  readonly failure: Failure | undefined;
}

export interface ApplyTarget {
  readonly context: string;
  /** Where objects go that name no namespace. */
  readonly namespace: string;
  readonly server: Requester;
  readonly find: (kind: Pick<ApiResource, 'group' | 'version' | 'kind'>) => Promise<ApiResource>;
  readonly signal: AbortSignal;
}

/** Tries every object as a dry run. Throws Failure when a kind is not known or the server cannot be reached. */
export async function tryFile(objects: readonly KubeObject[], target: ApplyTarget, force: boolean): Promise<Applied[]> {
  const tried: Applied[] = [];
  for (const object of objects) tried.push(await tryObject(object, target, force));
  return tried;
}

async function tryObject(object: KubeObject, target: ApplyTarget, force: boolean): Promise<Applied> {
  const { server, signal } = target;
  const { apiVersion = '', kind = '' } = object;
  const resource = await target.find({ ...parseApiVersion(apiVersion), kind });
  const namespace = resource.namespaced ? (object.metadata.namespace ?? target.namespace) : '';
  const ref: ObjectRef = { ...resource, context: target.context, namespace, name: object.metadata.name };
  const sent = applicable({
    ...object,
    metadata: { ...object.metadata, ...(resource.namespaced ? { namespace } : {}) },
  });
  const live = await send(server, getCall(ref), signal).catch((error: unknown) => {
    if (error instanceof Failure && error.kind === 'notFound') return undefined;
    throw error;
  });
  const said = { ref, object: sent, live };
  try {
    const after = await send(server, applyCall(ref, sent, { dryRun: true, force }), signal);
    return { ...said, after, conflicts: [], failure: undefined };
  } catch (error) {
    const conflicts = conflictsOf(error);
    const failure = toFailure(asInvalid(error));
    if (conflicts.length === 0 && (failure.kind === 'unreachable' || failure.kind === 'cancelled')) throw failure;
    return { ...said, after: undefined, conflicts, failure: conflicts.length > 0 ? undefined : failure };
  }
}

/** Whether applying changes anything that a person would call a change. */
export const isChanged = ({ live, after }: Applied): boolean => live === undefined || !same(shown(live), shown(after));

/** Both sides of the difference; empty texts where there is no such object. Values of secrets are masked. */
export const sides = ({ live, after, object }: Applied): { before: string; after: string } => ({
  before: live === undefined ? '' : toYaml(shown(live)!),
  after: toYaml(shown(after ?? object)!),
});

/** Without what every write changes. */
function shown(object: KubeObject | undefined): KubeObject | undefined {
  if (object === undefined) return undefined;
  const {
    resourceVersion: _,
    generation: __,
    managedFields: ___,
    uid: ____,
    creationTimestamp: _____,
    ...metadata
  } = object.metadata;
  return { ...object, metadata };
}

/** Applies one object for good. Throws Failure; a conflict is one that came up since it was tried. */
export const applyForGood = (
  { ref, object }: Applied,
  { server, signal }: Pick<ApplyTarget, 'server' | 'signal'>,
  force: boolean,
): Promise<KubeObject> => send(server, applyCall(ref, object, { force }), signal);

/** `Deployment shop/orders`, and what happens to it. */
export function outcomeText(applied: Applied): string {
  const name = title(applied.ref);
  if (applied.failure !== undefined) return t('{0}: refused: {1}', name, applied.failure.message);
  if (applied.conflicts.length > 0) {
    const fields = applied.conflicts.map(({ field, manager }) => `${field} (${manager})`).join(', ');
    return t('{0}: others look after {1}', name, fields);
  }
  if (applied.live === undefined) return t('{0}: new', name);
  return isChanged(applied) ? t('{0}: changed', name) : t('{0}: as it is', name);
}
