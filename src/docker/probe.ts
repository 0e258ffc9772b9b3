/** Asks candidates whether an engine answers there. A socket's existence proves nothing; only an answer does. */
import type { Agent, IncomingHttpHeaders } from 'node:http';
import { Failure, errnoOf } from '../core/failure.ts';
import { t } from '../core/l10n.ts';
import type { Candidate } from './endpoints.ts';
import { engineFailure, silence } from './failures.ts';
import { type LocalTarget, type Reachable, type Target, agentFor, getHeaders } from './target.ts';

/** What an engine says of itself in the headers of `/_ping`. */
export interface Ping {
  /** Highest API version it speaks: `1.41`. */
  readonly apiVersion: string;
  /** The engine's own version, when it tells. */
  readonly version?: string;
  /** The engine's clock, in whole seconds since the epoch, when it tells. */
  readonly seconds?: number;
}

export type Runtime = 'docker' | 'podman';

export const productName = (runtime: Runtime): string => (runtime === 'podman' ? 'Podman' : 'Docker');

export type Probe =
  | { readonly candidate: Candidate; readonly target: Reachable; readonly ping: Ping; readonly runtime: Runtime }
  | { readonly candidate: Candidate; readonly failure: Failure; readonly errno: string | undefined };

/** How long a candidate may take, in milliseconds: a local engine takes one. */
const nearby = 1000;

/** Opens the way to an engine on another machine. */
export type OpenWay = (place: Extract<Target, { readonly ssh: unknown }>) => Promise<LocalTarget>;

/** Asks every candidate at the same time; the results stand in the candidates' order. */
export function probeAll(candidates: readonly Candidate[], open: OpenWay, signal: AbortSignal): Promise<Probe[]> {
  return Promise.all(candidates.map((candidate) => probe(candidate, open, signal)));
}

async function probe(candidate: Candidate, open: OpenWay, signal: AbortSignal): Promise<Probe> {
  const { address } = candidate;
  if (candidate.target instanceof Failure) return { candidate, failure: candidate.target, errno: undefined };
  let target: Reachable;
  try {
    target = 'ssh' in candidate.target ? await open(candidate.target) : candidate.target;
  } catch (error) {
    return { candidate, failure: engineFailure(error, address), errno: undefined };
  }
  const far = 'socketPath' in target && target.via !== undefined;
  const patience = far ? 10 * nearby : nearby;
  const agent = agentFor(target, 1);
  const timeout = AbortSignal.timeout(patience);
  try {
    const either = AbortSignal.any([signal, timeout]);
    const answer = await ping(target, agent, address, either);
    const libpod = await getHeaders(target, agent, '/libpod/_ping', either);
    return { candidate, target, ping: answer, runtime: libpod.status === 200 ? 'podman' : 'docker' };
  } catch (error) {
    signal.throwIfAborted();
    const failure = timeout.aborted ? silence(address, patience) : engineFailure(error, address);
    return { candidate, failure, errno: timeout.aborted ? 'ETIMEDOUT' : errnoOf(error) };
  } finally {
    agent.destroy();
  }
}

/** `GET /_ping`. Throws Failure `invalid` when what answers is no engine. */
export async function ping(target: Reachable, agent: Agent, address: string, signal: AbortSignal): Promise<Ping> {
  const { status, headers } = await getHeaders(target, agent, '/_ping', signal);
  const apiVersion = headers['api-version'];
  if (status !== 200 || typeof apiVersion !== 'string') {
    throw new Failure('invalid', t('What answers at {0} is no container engine (status {1}).', address, status));
  }
  return { apiVersion, ...versionOf(headers), ...secondsOf(headers) };
}

/** `Server: Docker/20.10.24 (linux)`, `Server: Libpod/4.3.1 (linux)`. */
function versionOf({ server }: IncomingHttpHeaders): { version?: string } {
  const version = /^(?:Docker|Libpod)\/(\S+)/.exec(String(server))?.[1];
  return version === undefined ? {} : { version };
}

function secondsOf({ date }: IncomingHttpHeaders): { seconds?: number } {
  const milliseconds = Date.parse(date ?? '');
  return Number.isNaN(milliseconds) ? {} : { seconds: Math.floor(milliseconds / 1000) };
}
