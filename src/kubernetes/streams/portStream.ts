/**
 * One TCP connection into a pod through one WebSocket. Messages begin with a channel, 0 for data and 1 for errors; the
 * first one on each only repeats the port. (portforward over `v4.channel.k8s.io`; it has no half-close, so the end of
 * either side is the end of both.)
 */
import type { Socket } from 'node:net';
import type { WebSocket } from 'ws';
import { Failure } from '../../core/failure.ts';
import { t } from '../../core/l10n.ts';
import type { SocketOpener, SocketRequest } from './socket.ts';

const protocols = ['v4.channel.k8s.io'];
const mostUnsent = 1024 * 1024;

export interface PodPort {
  readonly namespace: string;
  readonly pod: string;
  readonly port: number;
}

/** The request that opens the way to a pod's port. */
export const portRequest = ({ namespace, pod, port }: PodPort): Omit<SocketRequest, 'signal'> => ({
  path: `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(pod)}/portforward`,
  query: [['ports', String(port)]],
  protocols,
  what: `forward port ${port} of ${namespace}/${pod}`,
});

/** Opens the way to a pod's port. Throws Failure when the server refuses; a port that nobody listens at shows later. */
export const openPort = (server: SocketOpener, port: PodPort, signal: AbortSignal): Promise<WebSocket> =>
  server.socket({ ...portRequest(port), signal });

/** Joins a local connection with an open way; each side waits for the other. Resolves when both have ended. */
export function join(local: Socket, remote: WebSocket): Promise<Failure | undefined> {
  return new Promise((resolve) => {
    const ports = [false, false];
    let failure: Failure | undefined;
    remote.on('message', (message) => {
      const data = message as Buffer;
      const channel = data[0];
      if (channel !== 0 && channel !== 1) {
        failure = new Failure('invalid', t('The server sent what this program does not understand.'));
        remote.terminate();
      } else if (!ports[channel]) {
        ports[channel] = true;
      } else if (channel === 1) {
        failure = new Failure('unreachable', data.subarray(1).toString('utf8').trim());
        remote.close();
      } else if (!local.write(data.subarray(1))) {
        remote.pause();
      }
    });
    local.on('drain', () => remote.resume());
    local.on('data', (data) => {
      remote.send(Buffer.concat([Buffer.of(0), data]), () => {
        if (local.isPaused() && remote.bufferedAmount < mostUnsent / 2) local.resume();
      });
      if (remote.bufferedAmount > mostUnsent) local.pause();
    });
    // The protocol cannot say that one direction ended; whoever is done closes.
    const closeRemote = (): void => {
      remote.close();
      setTimeout(() => remote.terminate(), 1000).unref();
    };
    local.on('error', closeRemote).on('close', closeRemote);
    remote.on('error', () => {}); // 'close' follows.
    remote.resume();
    remote.on('close', (code) => {
      // 1000: the pod's end. Anything else broke, and the person's program must not take it for the end of the data.
      if (code === 1000 && failure === undefined) local.end();
      else local.resetAndDestroy();
      resolve(failure);
    });
  });
}
