/** Where an engine listens: a socket, a pipe or a TCP address, and how a request gets there. */
import http from 'node:http';
import https from 'node:https';
import { Failure } from '../core/failure.ts';
import { t } from '../core/l10n.ts';
import { type SshPlace, parseSsh } from './ssh.ts';

export interface Tls {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  /** True when the context says that the engine's certificate is not to be verified. */
  readonly unverified?: boolean;
}

export interface LocalTarget {
  /** A unix socket's path or a Windows pipe (`//./pipe/docker_engine`). */
  readonly socketPath: string;
  /** What it leads to, when that is another machine, and how the way there is opened again. */
  readonly via?: { readonly address: string; readonly open: () => Promise<string> };
}

/** A place that is spoken to directly. */
export type Reachable = Exclude<Target, { readonly ssh: SshPlace }>;

export type Target =
  | LocalTarget
  | { readonly ssh: SshPlace; readonly address: string }
  | { readonly host: string; readonly port: number; readonly tls?: Tls };

/**
 * Reads an endpoint as docker spells it: `unix:///run/docker.sock`, `npipe:////./pipe/docker_engine`,
 * `tcp://host:2375`, `host:2375`, or a plain path. Throws Failure `invalid` for anything else.
 * @param tls makes a TCP endpoint a TLS one.
 */
export function parseTarget(text: string, tls?: Tls): Target {
  if (text.startsWith('unix://')) return { socketPath: text.slice('unix://'.length) };
  if (text.startsWith('npipe:')) return { socketPath: pipe(text.slice('npipe:'.length)) };
  if (/^[\\/]{2}\.[\\/]pipe[\\/]/.test(text)) return { socketPath: pipe(text) };
  if (text.startsWith('/')) return { socketPath: text };
  if (text.startsWith('ssh:')) {
    const ssh = parseSsh(text);
    if (ssh !== undefined) return { ssh, address: text };
    throw new Failure(
      'invalid',
      t('{0} is no ssh endpoint. Write it as ssh://USER@HOST or ssh://USER@HOST:PORT/PATH.', text),
    );
  }
  return tcp(text, tls);
}

/** `npipe:////./pipe/x` in contexts and `npipe://./pipe/x` in variables both mean the pipe `//./pipe/x`. */
function pipe(text: string): string {
  return `//${text.replaceAll('\\', '/').replace(/^\/+/, '')}`;
}

function tcp(text: string, tls: Tls | undefined): Target {
  const url = URL.parse(/^\w+:\/\//.test(text) ? text : `tcp://${text}`);
  if (url === null || url.hostname === '' || !['tcp:', 'http:', 'https:'].includes(url.protocol)) {
    throw new Failure(
      'invalid',
      t('{0} is no engine endpoint. Write it as unix:///var/run/docker.sock or tcp://127.0.0.1:2375.', text),
    );
  }
  const secure = tls ?? (url.protocol === 'https:' ? {} : undefined);
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const port = url.port === '' ? (secure === undefined ? 2375 : 2376) : Number(url.port);
  return secure === undefined ? { host, port } : { host, port, tls: secure };
}

/** The target in docker's spelling; also the engine's identity in the program. */
export function addressOf(target: Target): string {
  if ('ssh' in target) return target.address;
  if ('socketPath' in target && target.via !== undefined) return target.via.address;
  if ('host' in target) return `tcp://${target.host.includes(':') ? `[${target.host}]` : target.host}:${target.port}`;
  return target.socketPath.startsWith('//./pipe/') ? `npipe://${target.socketPath}` : `unix://${target.socketPath}`;
}

/**
 * An agent of our own for a target. VS Code and Node route requests of the global agent through HTTP_PROXY; an engine
 * is never behind one.
 * @param maxSockets how many connections may be open at a time.
 */
export function agentFor(target: Reachable, maxSockets: number): http.Agent {
  if (!('tls' in target) || target.tls === undefined) return new http.Agent({ keepAlive: true, maxSockets });
  const { unverified, ...material } = target.tls;
  return new https.Agent({ keepAlive: true, maxSockets, ...material, rejectUnauthorized: unverified !== true });
}

/** Sends `GET path` and resolves with status and headers; the body, a few bytes, is read and dropped. */
export function getHeaders(
  target: Reachable,
  agent: http.Agent,
  path: string,
  signal: AbortSignal,
): Promise<{ readonly status: number; readonly headers: http.IncomingHttpHeaders }> {
  const { request } = agent instanceof https.Agent ? https : http;
  const where = 'host' in target ? { host: target.host, port: target.port } : { socketPath: target.socketPath };
  return new Promise((resolve, reject) => {
    const outgoing = request({ ...where, path, agent, signal }, (response) => {
      response.on('error', reject);
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers }));
      response.resume();
    });
    outgoing.on('error', reject);
    outgoing.end();
  });
}
