/** One request to an API server as plain data, so that it can be shown, compared and sent. */
import { Failure, errnoOf, toFailure } from '../../core/failure.ts';
import { t } from '../../core/l10n.ts';
import type { ApiMetadata } from '../api.ts';
import { ApiFailure } from '../apiFailure.ts';
import type { Requester } from '../connection.ts';
import type { SocketRequest } from '../streams/socket.ts';

/** Who owns the fields that Gantry sets by server-side apply. */
export const fieldManager = 'gantry';

export interface ApiCall {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  /** The form of the answer; plain JSON when left out. */
  readonly accept?: string;
  /** The media type of the body. */
  readonly type?: string;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** The answer is a stream of a terminal or a port, over a WebSocket; the path has its query. */
  readonly upgrade?: true;
  /** Verb and object for people: `scale deployments shop/orders`. */
  readonly what: string;
}

/** A request for a stream, as it is shown. */
export const streamCall = ({ path, query, what }: Omit<SocketRequest, 'signal'>): ApiCall => ({
  method: 'GET',
  path: `${path}?${new URLSearchParams(query.map(([name, value]): [string, string] => [name, value])).toString()}`,
  upgrade: true,
  what,
});

/** An object as the API gives it; what of it is read is checked where it is read. */
export interface KubeObject {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata: Omit<ApiMetadata, 'creationTimestamp' | 'deletionTimestamp'> & {
    readonly creationTimestamp?: string;
    readonly deletionTimestamp?: string;
    readonly generation?: number;
    readonly managedFields?: readonly unknown[];
  };
  readonly [field: string]: unknown;
}

/** The object without what only the server's bookkeeping needs. */
export function withoutManagedFields(object: KubeObject): KubeObject {
  const { managedFields: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}

/** Bytes above which an answer is not read on; an object in etcd has 1.5 MB at most, a list of thousands more. */
const mostBytes = 64 * 1024 * 1024;

/** Milliseconds between two pieces of an answer after which the server counts as gone. */
const longestPause = 20_000;

/**
 * Sends one request and reads its answer. Throws Failure; one whose answer was lost says that its outcome is not known,
 * for the server may have done it.
 */
export async function send<T = KubeObject>(server: Requester, call: ApiCall, signal: AbortSignal): Promise<T> {
  try {
    const { body } = await server.request(call.path, {
      method: call.method,
      signal,
      longestPause,
      what: call.what,
      ...(call.accept === undefined ? {} : { accept: call.accept }),
      ...(call.query === undefined ? {} : { query: call.query }),
      ...(call.body === undefined
        ? {}
        : { body: { type: call.type ?? 'application/json', text: JSON.stringify(call.body) } }),
    });
    return JSON.parse(await textOf(body)) as T;
  } catch (error) {
    throw isChange(call) ? withDoubt(error) : toFailure(error);
  }
}

async function textOf(body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body) {
    chunks.push(chunk);
    if ((length += chunk.length) > mostBytes) throw new Failure('invalid', t('The answer of the server is too large.'));
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Whether a call could change something; a dry run does not. */
export const isChange = ({ method, query }: ApiCall): boolean => method !== 'GET' && query?.['dryRun'] === undefined;

/** Errors before anything was sent: then surely nothing was done. */
const neverSent = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

function withDoubt(error: unknown): Failure {
  const failure = toFailure(error);
  if (failure instanceof ApiFailure || (failure.kind !== 'unreachable' && failure.kind !== 'timeout')) return failure;
  if (neverSent.has(errnoOf(failure) ?? '')) return failure;
  const doubt = t('It is not known whether the change was made: look at the object before you try again.');
  return new Failure(failure.kind, `${failure.message} ${doubt}`, failure);
}

/** The request as a person would write it down: method and path, media type, body. */
export function callText({ method, path, query, upgrade, type, body }: ApiCall): string {
  const search = query === undefined ? '' : `?${new URLSearchParams(query).toString()}`;
  const head = `${method} ${path}${search}${upgrade === true ? '\nUpgrade: websocket' : ''}`;
  if (body === undefined) return head;
  return `${head}\nContent-Type: ${type ?? 'application/json'}\n\n${JSON.stringify(body, undefined, 2)}`;
}
