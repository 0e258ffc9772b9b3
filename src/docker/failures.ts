/** What an engine's errors mean, in words: one sentence for each errno and status, with what to do. */
import { Failure, errnoOf, isAbort, messageOf, toFailure } from '../core/failure.ts';
import { t } from '../core/l10n.ts';

/** Turns what a request to the engine at `address` threw into a Failure. */
export function engineFailure(error: unknown, address: string): Failure {
  if (error instanceof Failure) return error;
  const status = (error as { statusCode?: unknown } | null)?.statusCode;
  if (typeof status === 'number') return statusFailure(status, refusal(error), error);
  const errno = errnoOf(error);
  if (errno !== undefined && errno in sentences) {
    const [kind, sentence] = sentences[errno as keyof typeof sentences];
    return new Failure(kind, sentence(address), error);
  }
  if (isAbort(error)) return toFailure(error);
  if (errno !== undefined && /CERT|TLS|SSL|SELF_SIGNED|VERIFY/.test(errno)) {
    return new Failure(
      'unauthorised',
      t(
        'The certificate of {0} was not accepted ({1}). Check ca.pem, cert.pem and key.pem of the context.',
        address,
        errno,
      ),
      error,
    );
  }
  return new Failure('unreachable', t('The engine at {0} cannot be reached: {1}', address, messageOf(error)), error);
}

const gone = (address: string): string => t('The engine at {0} closed the connection. It may be restarting.', address);

const sentences = {
  EACCES: ['forbidden', (address: string) => permission(address)],
  EPERM: ['forbidden', (address: string) => permission(address)],
  ENOENT: ['unreachable', (address: string) => t('There is no socket at {0}: no engine was started there.', address)],
  ENOTDIR: ['unreachable', (address: string) => t('There is no socket at {0}: no engine was started there.', address)],
  ECONNREFUSED: [
    'unreachable',
    (address: string) => t('Nothing listens at {0}: the engine was stopped. Start it again.', address),
  ],
  ECONNRESET: ['unreachable', gone],
  EPIPE: ['unreachable', gone],
  ERR_STREAM_PREMATURE_CLOSE: ['unreachable', gone],
  ENOTFOUND: [
    'unreachable',
    (address: string) => t('The host name in {0} is unknown. Check it, and the VPN if there is one.', address),
  ],
  ETIMEDOUT: ['timeout', (address: string) => t('The engine at {0} does not answer.', address)],
  EHOSTUNREACH: ['unreachable', (address: string) => t('There is no route to {0}. Check the network.', address)],
} as const satisfies Record<string, readonly [Failure['kind'], (address: string) => string]>;

function permission(address: string): string {
  return t(
    'You may not open {0}. Join the docker group (sudo usermod -aG docker $USER), then sign out and in again.',
    address,
  );
}

/** The failure of a request that got no answer in time. */
export function silence(address: string, milliseconds: number): Failure {
  return new Failure('timeout', t('The engine at {0} did not answer within {1} s.', address, milliseconds / 1000));
}

function statusFailure(status: number, message: string, cause: unknown): Failure {
  switch (status) {
    case 400:
      return new Failure('invalid', t('The engine did not accept the request: {0}', message), cause);
    case 401:
      return new Failure('unauthorised', t('The engine asks for credentials: {0}', message), cause);
    case 403:
      return new Failure('forbidden', t('The engine does not allow this: {0}', message), cause);
    case 404:
      return new Failure('notFound', t('The engine does not know it: {0}', message), cause);
    case 409:
      return new Failure('conflict', t('The state of the object forbids this: {0}', message), cause);
    default:
      // Older engines pass a registry's refusal on as a failure of their own.
      if (/status: 40[13]\b|unauthorized/i.test(message)) {
        return new Failure('unauthorised', t('The registry did not accept the credentials: {0}', message), cause);
      }
      return new Failure('internal', t('The engine failed with status {0}: {1}', status, message), cause);
  }
}

/** The engine's own words in an error of dockerode. */
function refusal(error: unknown): string {
  const { json, reason } = error as { json?: { message?: unknown } | null; reason?: unknown };
  if (typeof json?.message === 'string') return json.message;
  return typeof reason === 'string' ? reason : messageOf(error);
}
