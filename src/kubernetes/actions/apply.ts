/** Server-side apply: the request, and what a conflict says. */
import { Failure } from '../../core/failure.ts';
import { t } from '../../core/l10n.ts';
import { type ObjectRef, apiVersion, objectPath } from '../apiResource.ts';
import { ApiFailure } from '../apiFailure.ts';
import { type Action, everyKind, onObject } from './action.ts';
import { type ApiCall, type KubeObject, fieldManager, withoutManagedFields } from './apiCall.ts';
import { inNamespace, kubectl } from './commandLine.ts';
import { placeOf } from './look.ts';

export interface ApplyOptions {
  /** Takes fields from those who own them. */
  readonly force?: boolean;
  /** Changes nothing; the answer is what would be. */
  readonly dryRun?: boolean;
}

export function applyCall(
  ref: ObjectRef,
  object: KubeObject,
  { force = false, dryRun = false }: ApplyOptions = {},
): ApiCall {
  return {
    method: 'PATCH',
    path: objectPath(ref),
    query: {
      fieldManager,
      fieldValidation: 'Strict',
      force: String(force),
      ...(dryRun ? { dryRun: 'All' } : {}),
    },
    // JSON is YAML.
    type: 'application/apply-patch+yaml',
    body: object,
    what: t('apply {0}', placeOf(ref)),
  };
}

/** A field that somebody else looks after. */
export interface Conflict {
  readonly manager: string;
  /** `.spec.replicas` */
  readonly field: string;
}

/** The conflicts that a refusal names; empty when it is another failure. */
export function conflictsOf(error: unknown): Conflict[] {
  if (!(error instanceof ApiFailure) || error.status !== 409) return [];
  return error.causes
    .filter(({ reason }) => reason === 'FieldManagerConflict')
    .map(({ message = '', field = '' }) => ({ manager: /"((?:[^"\\]|\\.)*)"/.exec(message)?.[1] ?? message, field }));
}

/**
 * The failure as it is; a field of a wrong type, which servers call an internal error (status 500) when they apply, as
 * what it is.
 */
export function asInvalid(error: unknown): unknown {
  const fields = typedErrors(error);
  return fields === undefined ? error : new Failure('invalid', t('A field has a wrong type: {0}', fields), error);
}

/** What a server says of fields whose type does not fit, or that there are not. */
const typedErrors = (error: unknown): string | undefined =>
  error instanceof ApiFailure && error.status === 500
    ? /failed to create typed patch object \([^)]*\): (?:errors:\s*)?([^]*)$/.exec(error.message)?.[1]
    : undefined;

/** What a refusal says of single fields: the path as the server writes it, and what is wrong there. */
export function fieldErrorsOf(error: unknown): { readonly field: string; readonly message: string }[] {
  if (!(error instanceof ApiFailure)) return [];
  const typed = typedErrors(error)?.split('\n') ?? [];
  return [
    ...error.causes.map(({ field = '', message = '' }) => ({ field, message })),
    ...typed.flatMap((line) => {
      const [, field, message] = /^\s*((?:\.[^\s:[]+|\[[^\]]*\])+): (.+)$/.exec(line) ?? [];
      return field === undefined || message === undefined ? [] : [{ field, message }];
    }),
  ];
}

/** What of an object as it was read can be applied again. */
export function applicable(object: KubeObject): KubeObject {
  const { status: _, ...rest } = withoutManagedFields(object);
  const { uid: __, resourceVersion: ___, generation: ____, creationTimestamp: _____, ...metadata } = rest.metadata;
  return { ...rest, metadata };
}

/** The file that the kubectl line applies. */
export const manifestFile = ({ name }: ObjectRef): string => `${name}.yaml`;

/** Opens the object as a file; saving that is what its equivalent does. The input is what is applied. */
export const showYaml: Action<KubeObject> = {
  id: 'showYaml',
  title: () => t('Open YAML'),
  effect: 'none',
  applies: everyKind,
  needs: onObject('get'),
  example: ({ ref, object }) => applicable({ apiVersion: apiVersion(ref), kind: ref.kind, ...object }),
  plan: ({ ref, target }, object) => ({
    calls: [applyCall(ref, object)],
    kubectl: kubectl(target, [
      ...inNamespace(ref),
      'apply',
      '--server-side',
      `--field-manager=${fieldManager}`,
      '-f',
      manifestFile(ref),
    ]),
  }),
};
