/** One HTTP request on a connection of its own, and everything that can become of it. */
import { type IncomingHttpHeaders, request as send } from 'node:http';
import { errnoOf } from '../../core/failure.ts';
import { t } from '../../core/l10n.ts';

export type Answer =
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly headers: IncomingHttpHeaders;
      readonly body: string;
      readonly took: number;
    }
  /** No connection was accepted. */
  | { readonly kind: 'refused' }
  /** The connection broke before the whole answer had come, after so many milliseconds. */
  | { readonly kind: 'cut'; readonly took: number }
  /** Nothing came in time. */
  | { readonly kind: 'late' };

export interface Asked {
  /** Resolves when the request is on its way, or will never be. */
  readonly sent: Promise<void>;
  /** Never rejects. */
  readonly answer: Promise<Answer>;
}

export interface AskOptions {
  /** GET when left out. */
  readonly method?: string;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Longest body read, in characters: the lessons' answers are a few bytes, and a flood must not fill memory. */
  readonly longestBody?: number;
}

/** Sends a request to a loopback port. Gives up after `timeout` milliseconds, or when aborted. */
export function ask(
  port: number,
  path: string,
  timeout: number,
  signal: AbortSignal,
  { method = 'GET', body: content, headers = {}, longestBody = 64 * 1024 }: AskOptions = {},
): Asked {
  const sent = Promise.withResolvers<void>();
  const answer = Promise.withResolvers<Answer>();
  const before = performance.now();
  const cut = (): Answer => ({ kind: 'cut', took: performance.now() - before });
  const settle = (result: Answer): void => {
    clearTimeout(timer);
    sent.resolve();
    answer.resolve(result);
    request.destroy();
  };
  // Without an agent every request opens a connection, so it meets the listener and not an idle connection.
  const options = { host: '127.0.0.1', method, port, path, headers, agent: false, signal };
  const request = send(options, (response) => {
    let body = '';
    response.setEncoding('utf8');
    response.on('data', (text: string) => {
      body += text;
      if (body.length > longestBody) settle(cut());
    });
    response.on('error', () => settle(cut()));
    response.on('end', () =>
      settle({
        kind: 'answer',
        status: response.statusCode ?? 0,
        headers: response.headers,
        body,
        took: performance.now() - before,
      }),
    );
  });
  request.on('finish', () => sent.resolve());
  request.on('error', (error) => settle(errnoOf(error) === 'ECONNREFUSED' ? { kind: 'refused' } : cut()));
  request.end(content);
  const timer = setTimeout(() => settle({ kind: 'late' }), timeout);
  return { sent: sent.promise, answer: answer.promise };
}

/** What became of a request, in words. */
export function answerText(answer: Answer): string {
  switch (answer.kind) {
    case 'answer':
      return t('{0}, "{1}", after {2} ms', answer.status, answer.body.trim().slice(0, 60), Math.round(answer.took));
    case 'refused':
      return t('connection refused');
    case 'cut':
      return t('the connection was cut after {0} ms', Math.round(answer.took));
    case 'late':
      return t('no answer');
  }
}
