/** What went wrong between us and an API server, in words. */
import { Failure, type FailureKind, errnoOf, isAbort, messageOf } from '../core/failure.ts';
import { t } from '../core/l10n.ts';
import { printable } from '../core/printable.ts';
import type { ApiCause, ApiStatus } from './api.ts';

/** An answer of the server that is not a success. */
export class ApiFailure extends Failure {
  /** The HTTP status, or the code of an ERROR event in a watch. */
  readonly status: number;
  /** `Expired`, `Forbidden` … of the Status object; empty when there was none. */
  readonly reason: string;
  /** Verb and resource that were refused, for people: `list pods`. */
  readonly what: string;
  /** Milliseconds the server asked to wait. */
  readonly retryAfter: number | undefined;
  /** What of the Status object names single fields. */
  readonly causes: readonly ApiCause[];

  constructor(
    kind: FailureKind,
    message: string,
    answer: {
      readonly status: number;
      readonly reason?: string;
      readonly what?: string;
      readonly retryAfter?: number | undefined;
      readonly causes?: readonly ApiCause[];
    },
  ) {
    super(kind, message);
    this.status = answer.status;
    this.reason = answer.reason ?? '';
    this.what = answer.what ?? '';
    this.retryAfter = answer.retryAfter;
    this.causes = answer.causes ?? [];
  }
}

/** Longest wait a server may ask for that is obeyed, in milliseconds. */
const longestRetryAfter = 60_000;

/** The failure of a refused request. `what` names it for people: `list pods in shop`. */
export function refusal(
  what: string,
  context: string,
  status: number,
  body: ApiStatus,
  retryAfter?: string,
): ApiFailure {
  const seconds = Number(retryAfter ?? body.details?.retryAfterSeconds);
  const answer = {
    status,
    what,
    reason: body.reason ?? '',
    retryAfter: Number.isFinite(seconds) && seconds > 0 ? Math.min(seconds * 1000, longestRetryAfter) : undefined,
    causes: body.details?.causes ?? [],
  };
  const said = printable(body.message ?? `HTTP ${status}`);
  switch (status) {
    case 401:
      return new ApiFailure(
        'unauthorised',
        t('The cluster does not accept the credentials of {0}. Sign in again, then refresh.', context),
        answer,
      );
    case 403:
      return new ApiFailure('forbidden', t('{0} may not {1}: {2}', context, what, said), answer);
    case 404:
      return new ApiFailure('notFound', t('{0} has no such thing: {1}', context, said), answer);
    case 409:
      return new ApiFailure('conflict', said, answer);
    case 429:
      return new ApiFailure('unreachable', t('{0} is busy and asks to wait: {1}', context, said), answer);
    default:
      return status >= 500
        ? new ApiFailure('unreachable', t('{0} has an internal problem: {1}', context, said), answer)
        : new ApiFailure('invalid', t('{0} refused the request: {1}', context, said), answer);
  }
}

/** The failure of a request that got no answer, or only a part of one. */
export function transportFailure(error: unknown, server: string, context: string, proxy?: string): Failure {
  if (error instanceof Failure) return error;
  // First, for undici calls a proxy's refusal an abort.
  if (proxy !== undefined) {
    const sentence = proxySentence(error, new URL(proxy).host, server);
    if (sentence !== undefined) return new Failure('unreachable', sentence, error);
  }
  if (isAbort(error)) return new Failure('cancelled', t('Cancelled.'), error);
  const code = error instanceof Error && error.name === 'TimeoutError' ? 'ETIMEDOUT' : (errnoOf(error) ?? '');
  return new Failure('unreachable', transportSentence(code, error, server, context), error);
}

/** Codes that come from the first hop, which is the proxy. */
const firstHop = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/** What is wrong with the way through a proxy, or undefined when it is something else. */
function proxySentence(error: unknown, proxy: string, server: string): string | undefined {
  const status = /Proxy response \((\d+)\)/.exec(messageOf(error))?.[1];
  if (status === '407') {
    return t(
      'The proxy {0} wants a name and a password: put them into HTTPS_PROXY, or {1} into NO_PROXY.',
      proxy,
      server,
    );
  }
  if (status !== undefined) return t('The proxy {0} could not get to {1}: it answered {2}.', proxy, server, status);
  return firstHop.has(errnoOf(error) ?? '')
    ? t('The proxy {0} cannot be reached. Check HTTPS_PROXY and NO_PROXY.', proxy)
    : undefined;
}

/** Codes of Node's TLS layer for a certificate that was not issued by a known authority. */
const unknownIssuer = new Set([
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
]);

function transportSentence(code: string, error: unknown, server: string, context: string): string {
  if (unknownIssuer.has(code)) {
    return t(
      '{0} is signed by an authority that context {1} does not know. Check its certificate-authority.',
      server,
      context,
    );
  }
  switch (code) {
    case 'ECONNREFUSED':
      return t('Nothing listens at {0}. Start the cluster, or correct the server of context {1}.', server, context);
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return t(
        'The name in {0} cannot be resolved. Check the network, a VPN, or the server of context {1}.',
        server,
        context,
      );
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
    case 'ETIMEDOUT':
    case 'UND_ERR_CONNECT_TIMEOUT':
    case 'UND_ERR_HEADERS_TIMEOUT':
    case 'UND_ERR_BODY_TIMEOUT':
      return t('{0} does not answer. Check the network or a VPN.', server);
    case 'CERT_HAS_EXPIRED':
      return t('The certificate of {0} has expired. Renew it on the cluster.', server);
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return t(
        'The certificate of {0} is for another name. Check the server or tls-server-name of context {1}.',
        server,
        context,
      );
    case 'ECONNRESET':
    case 'UND_ERR_SOCKET':
      return t('{0} closed the connection.', server);
    default:
      return t('{0} cannot be reached: {1}', server, messageOf(error));
  }
}
