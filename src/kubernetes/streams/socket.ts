/**
 * WebSockets to an API server, with the way and the credentials of its connection: terminals and forwarded ports run
 * through them. `ws` and not undici's WebSocket: that one hides why a server refused, and cannot be made to wait.
 */
import { Agent } from 'node:https';
import { isIP } from 'node:net';
import { type ClientOptions, WebSocket } from 'ws';
import { Failure } from '../../core/failure.ts';
import { t } from '../../core/l10n.ts';
import type { ApiStatus } from '../api.ts';
import { refusal, transportFailure } from '../apiFailure.ts';
import type { Credentials } from '../credentials.ts';
import type { KubeContext } from '../kubeconfig.ts';
import { proxyFor } from '../proxy.ts';
import { BulkIntake, type PieceReader } from './bulk.ts';

export interface SocketRequest {
  readonly path: string;
  /** In order; a name may come more than once (`command`). */
  readonly query: readonly (readonly [string, string])[];
  /** Subprotocols, the best first. */
  readonly protocols: readonly string[];
  readonly signal: AbortSignal;
  /** Takes the messages' content as it arrives, in the place of 'message' events: for bytes in bulk. */
  readonly read?: PieceReader;
  /** For people: `exec in shop/checkout-7d4`. */
  readonly what: string;
}

/** What opens sockets: the connection of a context. */
export interface SocketOpener {
  /** Throws Failure; `ApiFailure` when the server answered. */
  socket(request: SocketRequest): Promise<WebSocket>;
}

/** Milliseconds for TCP, TLS, and the kubelet to begin: a container that starts a shell takes a moment. */
const handshakeTimeout = 30_000;
/** Bytes of one message; API servers send at most 32 KiB of output in one. */
const maxPayload = 16 * 1024 * 1024;
const mostRefusalBytes = 64 * 1024;
/** Milliseconds between two pings; proxies forget quiet connections after 60 s. */
const pingEvery = 20_000;

/**
 * Resolves with an open socket that pings, and is destroyed when the server no longer answers. It is paused: `resume` it
 * once you listen.
 */
export function openSocket(
  context: KubeContext,
  credentials: Credentials,
  env: NodeJS.ProcessEnv,
  { path, query, protocols, signal, read, what }: SocketRequest,
): Promise<WebSocket> {
  const { server } = context.cluster;
  const url = new URL(server);
  url.protocol = url.protocol === 'http:' ? 'ws:' : 'wss:';
  url.pathname = url.pathname.replace(/\/$/, '') + path;
  url.search = new URLSearchParams(query.map(([name, value]): [string, string] => [name, value])).toString();
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(new Failure('cancelled', t('Cancelled.')));
    const proxy = proxyOptions(context, env);
    // A proxy's agent makes its own connections; what goes through it is read by `ws`.
    const bulk = read === undefined || proxy !== undefined ? undefined : new BulkIntake(read);
    const isSecure = url.protocol === 'wss:';
    const socket = new WebSocket(url, [...protocols], {
      headers: { 'user-agent': 'gantry', ...credentials.headers },
      handshakeTimeout,
      maxPayload,
      // A hostile server could send a bomb; output rarely gains anything.
      perMessageDeflate: false,
      skipUTF8Validation: true,
      ...tlsOptions(context, credentials),
      ...proxy,
      // Masks keep what a page sends from being taken for HTTP by a proxy that reads it; under TLS none can, and a mask
      // of zeros costs nothing.
      ...(isSecure ? { generateMask: (mask) => mask.fill(0) } : {}),
      ...(bulk === undefined ? {} : { createConnection: connectionOf(bulk, isSecure) }),
    });
    const onAbort = (): void => {
      reject(new Failure('cancelled', t('Cancelled.')));
      socket.terminate();
    };
    signal.addEventListener('abort', onAbort, { once: true });
    socket.once('close', () => signal.removeEventListener('abort', onAbort));
    socket.on('error', (error) => reject(transportFailure(error, server, context.name)));
    socket.once('unexpected-response', (request, response) => {
      let text = '';
      const done = (): void => {
        reject(refusal(what, context.name, response.statusCode ?? 0, statusOf(text)));
        request.destroy();
      };
      response.on('data', (piece: Buffer) => {
        if (text.length < mostRefusalBytes) text += piece.toString();
      });
      response.once('end', done).once('error', done);
    });
    socket.once('open', () => {
      const heard = keepAlive(socket);
      bulk?.begin(socket, heard);
      if (read !== undefined && bulk === undefined) socket.on('message', (message) => read(message as Buffer, true));
      // Whoever awaits us listens only in a later turn; what comes before then would be lost.
      socket.pause();
      resolve(socket);
    });
  });
}

function tlsOptions({ cluster }: KubeContext, { ca, cert, key }: Credentials): ClientOptions {
  const { hostname } = new URL(cluster.server);
  const servername = cluster.tlsServerName ?? (isIP(hostname.replace(/^\[|\]$/g, '')) === 0 ? hostname : undefined);
  return {
    rejectUnauthorized: !cluster.skipTLSVerify,
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(servername === undefined ? {} : { servername }),
  };
}

const connectionOf = (bulk: BulkIntake, isSecure: boolean): NonNullable<ClientOptions['createConnection']> =>
  ((options: Parameters<BulkIntake['connect']>[0]) => bulk.connect({ ...options, isSecure })) as unknown as NonNullable<
    ClientOptions['createConnection']
  >;

function proxyOptions(context: KubeContext, env: NodeJS.ProcessEnv): ClientOptions | undefined {
  const proxy = proxyFor(context.cluster.server, context.cluster.proxyUrl, env);
  if (proxy === undefined) return undefined;
  // Node's agent goes through a proxy by itself when it is told of one.
  return { agent: new Agent({ proxyEnv: { HTTP_PROXY: proxy, HTTPS_PROXY: proxy } }) };
}

function statusOf(text: string): ApiStatus {
  try {
    return JSON.parse(text) as ApiStatus;
  } catch {
    return text === '' ? {} : { message: text.trim().slice(0, 500) };
  }
}

/**
 * Whoever answers nothing between two pings is gone. A socket that we made wait cannot answer, and is left alone. Returns
 * what to call when something came that `ws` does not tell of.
 */
function keepAlive(socket: WebSocket): () => void {
  let heard = true;
  const hear = (): void => void (heard = true);
  for (const event of ['pong', 'message', 'ping'] as const) socket.on(event, hear);
  const timer = setInterval(() => {
    if (!heard && !socket.isPaused) return socket.terminate();
    heard = false;
    if (socket.readyState === WebSocket.OPEN) socket.ping();
  }, pingEvery);
  timer.unref();
  socket.once('close', () => clearInterval(timer));
  return hear;
}
