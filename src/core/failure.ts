/** What went wrong, in a form that can be shown where the person looks. */
import { t } from './l10n.ts';

export type FailureKind =
  | 'unreachable'
  | 'unauthorised'
  | 'forbidden'
  | 'notFound'
  | 'conflict'
  | 'toolMissing'
  | 'timeout'
  | 'invalid'
  | 'cancelled'
  | 'internal';

/**
 * An error with a kind and a sentence, in the person's language, that says what is wrong and what to do.
 * `cause` keeps the original for the log; it never holds a secret.
 */
export class Failure extends Error {
  readonly kind: FailureKind;

  constructor(kind: FailureKind, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'Failure';
    this.kind = kind;
  }
}

/** The text of anything thrown; never empty. */
export function messageOf(error: unknown): string {
  if (error instanceof Error) return error.message || error.name;
  return String(error);
}

/** True for the error that an aborted signal produces. It is not a fault and is never shown. */
export function isAbort(error: unknown): boolean {
  return (
    (error instanceof Failure && error.kind === 'cancelled') ||
    (error instanceof Error &&
      (error.name === 'AbortError' || (error as { readonly code?: unknown }).code === 'ABORT_ERR'))
  );
}

/** Turns whatever was thrown into a Failure; a Failure stays as it is. */
export function toFailure(error: unknown, kind: FailureKind = 'internal'): Failure {
  if (error instanceof Failure) return error;
  if (isAbort(error)) return new Failure('cancelled', t('Cancelled.'), error);
  return new Failure(kind, messageOf(error), error);
}

/** The system's error code (`ECONNREFUSED`, `ENOENT` …) anywhere in the chain of causes, or undefined. */
export function errnoOf(error: unknown): string | undefined {
  for (let e: unknown = error, depth = 0; e instanceof Error && depth < 8; e = e.cause, depth++) {
    const code = (e as { readonly code?: unknown }).code;
    if (typeof code === 'string') return code;
    if (e instanceof AggregateError && e.errors.length > 0) {
      const inner = errnoOf(e.errors[0]);
      if (inner !== undefined) return inner;
    }
  }
  return undefined;
}
