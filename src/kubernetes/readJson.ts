/** One answer of an API server, whole: for what is small, such as a single object. */
import { Failure } from '../core/failure.ts';
import { t } from '../core/l10n.ts';
import type { RequestOptions, Requester } from './connection.ts';

/** Bytes above which an answer is not read on. An object in etcd has 1.5 MB at most; discovery may name thousands of kinds. */
const most = 16 * 1024 * 1024;

/** Throws Failure: `invalid` when the answer is too large or no JSON. */
export async function readJson<T>(server: Requester, path: string, options: RequestOptions): Promise<T> {
  const text = await readText(server, path, options);
  try {
    return JSON.parse(text) as T;
  } catch (error) {
    throw new Failure('invalid', t('The server answered with something that is no JSON.'), error);
  }
}

/** Throws Failure: `invalid` when the answer is too large. */
export async function readText(server: Requester, path: string, options: RequestOptions): Promise<string> {
  const late = new AbortController();
  const signal = AbortSignal.any([options.signal, late.signal]);
  const { body } = await server.request(path, { longestPause: 20_000, ...options, signal });
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body) {
    chunks.push(chunk);
    if ((length += chunk.length) <= most) continue;
    late.abort();
    throw new Failure(
      'invalid',
      t('The answer of the server is larger than {0} MB and was not read.', most / 1024 / 1024),
    );
  }
  return Buffer.concat(chunks).toString('utf8');
}
