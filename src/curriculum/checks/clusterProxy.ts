/**
 * The learner's way into the cluster: plain HTTP on loopback, with a token of this run in the path, as client-go sends none
 * in a header without TLS. It counts what is asked, can be
 * cut, and ends with the check; the administrator's certificate stays with us.
 */
import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';
import { Agent, request } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { Disposable } from '../../core/disposable.ts';
import { Failure, messageOf } from '../../core/failure.ts';
import { t } from '../../core/l10n.ts';
import { lines } from '../../core/lines.ts';
import type { ClusterPort } from '../ports.ts';

export type Verb = 'list' | 'watch' | 'get' | 'write';

export interface Answer {
  readonly status: number;
  readonly body: string;
}

/** Milliseconds the API server may take for one answer of ours. */
const patience = 20_000;
const longestAnswer = 16 * 1024 * 1024;

/** Requests of our own, as administrator. */
export class ClusterClient implements Disposable {
  readonly #cluster: ClusterPort;
  readonly agent: Agent;

  constructor(cluster: ClusterPort) {
    this.#cluster = cluster;
    this.agent = new Agent({ ca: cluster.ca, cert: cluster.certificate, key: cluster.key, keepAlive: true });
  }

  /** Any answer of the API server; throws a Failure `unreachable` when there is none: that is never the learner's fault. */
  send(
    method: string,
    path: string,
    body: object | undefined,
    signal: AbortSignal,
    type = 'application/json',
  ): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const lost = (error: unknown): void =>
        reject(
          signal.aborted
            ? (signal.reason as Error)
            : new Failure('unreachable', t('The cluster does not answer: {0}. Check again.', messageOf(error)), error),
        );
      const headers = body === undefined ? {} : { 'content-type': type };
      const asked = request(
        new URL(path, this.#cluster.server),
        { method, headers, agent: this.agent, signal, timeout: patience },
        (response) => {
          const chunks: Buffer[] = [];
          let size = 0;
          response.on('data', (chunk: Buffer) => {
            chunks.push(chunk);
            if ((size += chunk.length) > longestAnswer) response.destroy(new Error('too long'));
          });
          response.on('error', lost);
          response.on('end', () =>
            resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString('utf8') }),
          );
        },
      );
      asked.on('timeout', () => asked.destroy(new Error(t('no answer'))));
      asked.on('error', lost);
      asked.end(body === undefined ? undefined : JSON.stringify(body));
    });
  }

  /** The lines of an answer that goes on. Ends as the connection does, for whatever reason. */
  async *lines(path: string, signal: AbortSignal): AsyncGenerator<string> {
    const asked = request(new URL(path, this.#cluster.server), { agent: this.agent, signal });
    try {
      const response = await new Promise<IncomingMessage>((resolve, reject) => {
        asked.on('response', resolve).on('error', reject).end();
      });
      for await (const line of lines(response)) yield line.toString('utf8');
    } catch {
      signal.throwIfAborted();
    } finally {
      asked.destroy();
    }
  }

  dispose(): void {
    this.agent.destroy();
  }
}

export class ClusterProxy {
  readonly #cluster: ClusterPort;
  readonly #agent: Agent;
  readonly #token: string;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #counts = new Map<Verb, number>();
  readonly #beforeWrites = new Map<string, () => Promise<void>>();
  #refusing = false;
  #lost = false;

  private constructor(cluster: ClusterPort, agent: Agent, token: string) {
    this.#cluster = cluster;
    this.#agent = agent;
    this.#token = token;
    this.#server = createServer((asked, answer) => this.#forward(asked, answer));
    this.#server.on('connection', (socket) => {
      if (this.#refusing) return void socket.destroy();
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
    });
  }

  static async start(cluster: ClusterPort, { agent }: ClusterClient, token: string): Promise<ClusterProxy> {
    const proxy = new ClusterProxy(cluster, agent, token);
    await new Promise<void>((resolve, reject) => {
      proxy.#server.once('error', reject);
      proxy.#server.listen(0, '127.0.0.1', resolve);
    });
    return proxy;
  }

  /** A kubeconfig with this as its only cluster. */
  kubeconfig(namespace: string): string {
    const { port } = this.#server.address() as AddressInfo;
    return JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': 'lab',
      clusters: [{ name: 'lab', cluster: { server: `http://127.0.0.1:${port}/${this.#token}` } }],
      users: [{ name: 'lab', user: {} }],
      contexts: [{ name: 'lab', context: { cluster: 'lab', user: 'lab', namespace } }],
    });
  }

  count(verb: Verb | 'any'): number {
    return verb === 'any'
      ? [...this.#counts.values()].reduce((sum, count) => sum + count, 0)
      : (this.#counts.get(verb) ?? 0);
  }

  countAnew(): void {
    this.#counts.clear();
  }

  /** The next write to this path waits for `first`. */
  beforeWrite(path: string, first: () => Promise<void>): void {
    this.#beforeWrites.set(path, first);
  }

  /** Cuts every connection and takes no new one until `mend`. */
  cut(): void {
    this.#refusing = true;
    for (const socket of this.#sockets) socket.destroy();
  }

  mend(): void {
    this.#refusing = false;
  }

  /** Whether the API server failed the program, which is then not to blame for what it did not do. */
  get lost(): boolean {
    return this.#lost;
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #forward(asked: IncomingMessage, answer: ServerResponse): void {
    const [, token, ...path] = (asked.url ?? '').split('/');
    if (token !== this.#token) return void answer.writeHead(401).end();
    const target = new URL(`/${path.join('/')}`, this.#cluster.server);
    const verb = verbOf(asked.method, target);
    this.#counts.set(verb, (this.#counts.get(verb) ?? 0) + 1);
    const first = verb === 'write' ? this.#beforeWrites.get(target.pathname) : undefined;
    if (first === undefined) return this.#pass(target, asked, answer);
    this.#beforeWrites.delete(target.pathname);
    first().then(
      () => this.#pass(target, asked, answer),
      () => {
        this.#lost = true;
        answer.destroy();
      },
    );
  }

  #pass(target: URL, asked: IncomingMessage, answer: ServerResponse): void {
    const { authorization: _, host: __, ...headers } = asked.headers;
    let given = false; // The program, or a cut, gave this request up.
    const lose = (): void => {
      this.#lost ||= !given;
      answer.destroy();
    };
    const forwarded = request(target, { method: asked.method ?? 'GET', headers, agent: this.#agent }, (response) => {
      answer.writeHead(response.statusCode ?? 502, response.headers);
      answer.flushHeaders(); // A watch says nothing for long.
      response.on('error', lose);
      response.pipe(answer);
    });
    forwarded.on('error', lose);
    answer.on('close', () => {
      given = true;
      forwarded.destroy();
    });
    answer.on('error', () => forwarded.destroy());
    asked.pipe(forwarded);
  }
}

function verbOf(method: string | undefined, { pathname, searchParams }: URL): Verb {
  if (method !== 'GET') return 'write';
  if (['true', '1'].includes(searchParams.get('watch') ?? '')) return 'watch';
  const parts = pathname.split('/').filter((part) => part !== '');
  // /api/v1/namespaces/NS/RESOURCE or /apis/G/V/RESOURCE: an odd number of parts after the version is a list.
  const rest = parts.slice(parts[0] === 'api' ? 2 : 3);
  return rest.length > 0 && (rest[0] === 'namespaces' && rest.length > 1 ? rest.length - 2 : rest.length) % 2 === 1
    ? 'list'
    : 'get';
}
