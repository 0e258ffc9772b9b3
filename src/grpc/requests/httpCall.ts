/** HTTP requests of request files: one answer, bounded, with the certificates that the server's connection says. */
import { readFile } from 'node:fs/promises';
import { Agent, request } from 'undici';
import { Failure, errnoOf, isAbort, messageOf } from '../../core/failure.ts';
import { t } from '../../core/l10n.ts';
import { type ConnectionOptions, defaultMaxMessageBytes } from '../connection.ts';
import { type Answer } from './answer.ts';
import { valueOfJson } from './values.ts';

export interface HttpRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  readonly connection: ConnectionOptions;
}

/** Redirects are answers of their own. Throws Failure. */
export async function callHttp(asked: HttpRequest, signal: AbortSignal): Promise<Answer> {
  const url = urlOf(asked.url);
  const agent = await agentOf(asked.connection);
  const began = performance.now();
  try {
    const { statusCode, headers, body } = await request(url, {
      dispatcher: agent,
      method: asked.method as 'GET',
      headers: asked.headers,
      body: asked.body ?? null,
      signal,
    });
    const text = await readBounded(body, asked.connection.maxMessageBytes ?? defaultMaxMessageBytes);
    return {
      status: String(statusCode),
      details: '',
      messages: text === '' ? [] : [valueOfJson(text) ?? text],
      headers: Object.fromEntries(
        Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : (value ?? '')]),
      ),
      trailers: {},
      milliseconds: performance.now() - began,
    };
  } catch (error) {
    if (signal.aborted || isAbort(error) || error instanceof Failure) throw error;
    const code = errnoOf(error);
    const reason = code === undefined ? messageOf(error) : `${code}: ${messageOf(error)}`;
    throw new Failure('unreachable', t('{0} does not answer: {1}', url.origin, reason), error);
  } finally {
    await agent.destroy();
  }
}

function urlOf(text: string): URL {
  const url = URL.parse(text);
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    throw new Failure('invalid', t('“{0}” is no URL: it begins with http:// or https://, or with / where there is a target.', text)); // prettier-ignore
  }
  return url;
}

async function agentOf({ ca, cert, key, serverName, skipVerify }: ConnectionOptions): Promise<Agent> {
  const file = (path: string | undefined): Promise<Buffer> | undefined =>
    path === undefined
      ? undefined
      : readFile(path).catch((error: unknown) => {
          throw new Failure('invalid', t('{0} cannot be read: {1}', path, messageOf(error)), error);
        });
  const [authority, own, secret] = await Promise.all([file(ca), file(cert), file(key)]);
  return new Agent({
    connect: {
      ...(authority === undefined ? {} : { ca: authority }),
      ...(own === undefined ? {} : { cert: own }),
      ...(secret === undefined ? {} : { key: secret }),
      ...(serverName === undefined ? {} : { servername: serverName }),
      ...(skipVerify === true ? { rejectUnauthorized: false } : {}),
    },
  });
}

async function readBounded(body: AsyncIterable<Buffer>, most: number): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > most) throw new Failure('invalid', t('The answer is larger than {0} bytes.', most));
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
