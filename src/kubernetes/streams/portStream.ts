/**
 * One TCP connection into a pod through one WebSocket. Messages begin with a channel, 0 for data and 1 for errors; the
 * first one on each only repeats the port. (portforward over `v4.channel.k8s.io`; it has no half-close, so the end of
 * either side is the end of both.)
 */
import type { Socket } from 'node:net';
import type { WebSocket } from 'ws';
import { Failure } from '../../core/failure.ts';
import { t } from '../../core/l10n.ts';
import { BatchWriter } from './batchWriter.ts';
import type { SocketOpener, SocketRequest } from './socket.ts';

const protocols = ['v4.channel.k8s.io'];
const channels = { data: 0, error: 1 } as const;
/** Bytes on their way to the pod above which the local side waits. */
const mostUnsent = 1024 * 1024;
/** Bytes of an error that are kept; a message of the kubelet is a line. */
const mostSaid = 16 * 1024;
/** Milliseconds without a byte after which nothing more is on its way from a pod that is gone. */
const silence = 2000;

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
export async function openPort(server: SocketOpener, port: PodPort, signal: AbortSignal): Promise<PodConnection> {
  const messages = new PortMessages();
  const read = (piece: Buffer, begins: boolean): void => messages.take(piece, begins);
  return new PodConnection(await server.socket({ ...portRequest(port), signal, read }), messages);
}

/** What comes from the pod, taken apart. Pieces that come before anybody listens are kept: they are the few first ones. */
class PortMessages {
  #channel: number | undefined;
  #isPort = false;
  readonly #portSeen = new Set<number>();
  readonly #early: Buffer[] = [];
  #data: ((piece: Buffer) => void) | undefined;
  /** Text of the error channel. */
  error = '';
  onError: () => void = () => {};
  onUnknown: () => void = () => {};

  set onData(listener: (piece: Buffer) => void) {
    this.#data = listener;
    for (const piece of this.#early.splice(0)) listener(piece);
  }

  take(piece: Buffer, begins: boolean): void {
    if (begins) this.#begin(piece[0]);
    const content = begins ? piece.subarray(1) : piece;
    if (this.#isPort || content.length === 0) return;
    if (this.#channel === channels.data) {
      if (this.#data === undefined) this.#early.push(Buffer.from(content));
      else this.#data(content);
    } else if (this.#channel === channels.error && this.error.length < mostSaid) {
      this.error += content.toString('utf8');
      this.onError();
    }
  }

  #begin(channel: number | undefined): void {
    this.#channel = channel;
    if (channel !== channels.data && channel !== channels.error) return this.onUnknown();
    this.#isPort = !this.#portSeen.has(channel);
    this.#portSeen.add(channel);
  }
}

export class PodConnection {
  readonly #remote: WebSocket;
  readonly #messages: PortMessages;
  #heard = false;

  constructor(remote: WebSocket, messages: PortMessages) {
    this.#remote = remote;
    this.#messages = messages;
  }

  terminate(): void {
    this.#remote.terminate();
  }

  /**
   * For a pod that is gone: what is on its way still comes, then the connection breaks. A node may not notice for minutes:
   * Go asks a connection whose other end vanished nine times, every 15 s, before it gives up (net.KeepAliveConfig).
   */
  breakOnceSilent(): void {
    const remote = this.#remote;
    if (remote.readyState === remote.CLOSED) return;
    const looking = setInterval(() => {
      if (!this.#heard && !remote.isPaused) remote.terminate();
      this.#heard = false;
    }, silence);
    remote.once('close', () => clearInterval(looking));
  }

  /** Joins a local connection with this one; each side waits for the other. Resolves when both have ended. */
  join(local: Socket): Promise<Failure | undefined> {
    const remote = this.#remote;
    const messages = this.#messages;
    return new Promise((resolve) => {
      let failure: Failure | undefined;
      const writer = new BatchWriter(local);
      writer.onFull = () => remote.pause();
      local.on('drain', () => remote.resume());
      messages.onUnknown = () => {
        failure = new Failure('invalid', t('The server sent what this program does not understand.'));
        remote.terminate();
      };
      messages.onError = () => {
        failure = new Failure('unreachable', messages.error.trim());
        remote.close();
      };
      messages.onData = (piece) => {
        this.#heard = true;
        writer.write(piece);
      };
      if (messages.error !== '') messages.onError();
      local.on('data', (data) => {
        remote.send(Buffer.concat([Buffer.of(channels.data), data]), () => {
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
        if (code === 1000 && failure === undefined) writer.end();
        else local.resetAndDestroy();
        resolve(failure);
      });
    });
  }
}
