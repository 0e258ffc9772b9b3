/**
 * A command in a container, or its main process, at the other end of a socket. Each message begins with the number of its
 * channel. https://kubernetes.io/docs/reference/using-api/websocket-protocol (remotecommand, v4 and v5)
 */
import type { WebSocket } from 'ws';
import { Failure } from '../../core/failure.ts';
import { t } from '../../core/l10n.ts';
import { Inbox, send } from './backpressure.ts';
import type { SocketOpener, SocketRequest } from './socket.ts';

const channels = { stdin: 0, stdout: 1, stderr: 2, error: 3, resize: 4, close: 255 } as const;
/** v5 (API servers from 1.30) can end standard input alone; v4 cannot. */
const protocols = ['v5.channel.k8s.io', 'v4.channel.k8s.io'];
/** Milliseconds a server may be silent between saying how the command ended and closing. */
const lastWords = 30_000;
/** Bytes of input in one message. */
const mostInput = 32 * 1024;

export interface RemotePlace {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string | undefined;
}

export interface RemoteOutput {
  readonly stream: 'stdout' | 'stderr';
  readonly data: Buffer;
}

export interface RemoteOptions {
  /** Undefined attaches to the container's main process. */
  readonly command: readonly string[] | undefined;
  readonly stdin: boolean;
  /** A terminal: stderr comes with stdout, and it has a size. */
  readonly tty: boolean;
}

/** The request that starts a command, as kubectl words it: what is not wanted is not named. */
export function remoteRequest(
  { namespace, pod, container }: RemotePlace,
  { command, stdin, tty }: RemoteOptions,
): Omit<SocketRequest, 'signal'> {
  const verb = command === undefined ? 'attach' : 'exec';
  const wanted = { stdin, stdout: true, stderr: !tty, tty };
  return {
    path: `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(pod)}/${verb}`,
    query: [
      ...(command ?? []).map((word) => ['command', word] as const),
      ...(container === undefined ? [] : [['container', container] as const]),
      ...Object.entries(wanted).flatMap(([name, on]) => (on ? [[name, 'true'] as const] : [])),
    ],
    protocols,
    what: `${verb} in ${namespace}/${pod}`,
  };
}

/** Starts the command. Throws Failure when the server, the kubelet or the container refuses. */
export async function startRemote(
  server: SocketOpener,
  place: RemotePlace,
  options: RemoteOptions,
  signal: AbortSignal,
): Promise<RemoteCommand> {
  return new RemoteCommand(await server.socket({ ...remoteRequest(place, options), signal }));
}

export class RemoteCommand {
  readonly #socket: WebSocket;
  readonly #output: Inbox<RemoteOutput>;
  readonly #exit = Promise.withResolvers<number>();
  #ended = false;
  /** How the command ended, once the server has said so. */
  #outcome: number | Failure | undefined;
  #closing: NodeJS.Timeout | undefined;

  constructor(socket: WebSocket) {
    this.#socket = socket;
    this.#output = new Inbox(socket);
    this.#exit.promise.catch(() => {}); // Whoever asks for it gets it; nobody has to.
    socket.on('message', (message) => this.#receive(message as Buffer));
    socket.on('close', () => this.#onClose());
    socket.on('error', () => {}); // 'close' follows.
    socket.resume();
  }

  /** What the command writes. The reader sets the pace; it ends with the command and throws what broke it. */
  get output(): AsyncIterable<RemoteOutput> {
    return this.#output;
  }

  /** The exit code. Rejects with Failure when the command could not run or the connection was lost. */
  get exit(): Promise<number> {
    return this.#exit.promise;
  }

  /** Gives input; resolves when there is room for more. Throws Failure when nobody takes it any more. */
  async write(data: Buffer): Promise<void> {
    for (let from = 0; from < data.length; from += mostInput) {
      const piece = data.subarray(from, from + mostInput);
      await this.#send(Buffer.concat([Buffer.of(channels.stdin), piece]));
    }
  }

  /** Ends the input. Servers before v5 cannot be told; then false. */
  async endInput(): Promise<boolean> {
    if (this.#socket.protocol !== protocols[0]) return false;
    await this.#send(Buffer.of(channels.close, channels.stdin));
    return true;
  }

  resize(columns: number, rows: number): void {
    if (this.#ended) return;
    const size = Buffer.from(JSON.stringify({ Width: columns, Height: rows }));
    void send(this.#socket, Buffer.concat([Buffer.of(channels.resize), size])).catch(() => {});
  }

  /** Closes the connection. What runs in the container is told by the end of its input or terminal. */
  close(): void {
    this.#end(this.#outcome ?? new Failure('cancelled', t('Cancelled.')));
    this.#socket.close();
    // A server that does not answer the closing handshake must not keep us.
    setTimeout(() => this.#socket.terminate(), 1000).unref();
  }

  async #send(message: Buffer): Promise<void> {
    try {
      await send(this.#socket, message);
    } catch (error) {
      throw connectionLost(error);
    }
  }

  #receive(message: Buffer): void {
    if (this.#outcome !== undefined) this.#awaitClose();
    const data = message.subarray(1);
    switch (message[0]) {
      case channels.stdout:
        if (data.length > 0) this.#output.push({ stream: 'stdout', data });
        break;
      case channels.stderr:
        if (data.length > 0) this.#output.push({ stream: 'stderr', data });
        break;
      case channels.error:
        this.#onStatus(data.toString('utf8'));
        break;
      case undefined:
      case channels.close:
        break; // Empty messages open the channels.
      default:
        this.#end(new Failure('invalid', t('The server sent what this program does not understand.')));
        this.#socket.terminate();
    }
  }

  /** Output travels apart from the status, and what is still under way comes after it: the server closes when all is sent. */
  #onStatus(text: string): void {
    if (text === '') return;
    this.#outcome = readStatus(text);
    this.#awaitClose();
  }

  /** A server that never closes must not keep us; one whose output waits for its reader is not silent. */
  #awaitClose(): void {
    clearTimeout(this.#closing);
    this.#closing = setTimeout(() => {
      if (this.#socket.isPaused) this.#awaitClose();
      else this.#socket.terminate();
    }, lastWords);
    this.#closing.unref();
  }

  #onClose(): void {
    clearTimeout(this.#closing);
    this.#end(this.#outcome ?? connectionLost());
  }

  #end(outcome: number | Failure): void {
    if (this.#ended) return;
    this.#ended = true;
    if (typeof outcome === 'number') {
      this.#exit.resolve(outcome);
      this.#output.close();
    } else {
      this.#exit.reject(outcome);
      this.#output.close(outcome.kind === 'cancelled' ? undefined : outcome);
    }
  }
}

const connectionLost = (cause?: unknown): Failure =>
  new Failure('unreachable', t('The connection was lost. The command may still run in the container.'), cause);

/** The exit code, or why there is none, of the Status that ends a command. */
export function readStatus(text: string): number | Failure {
  interface Status {
    readonly status?: string;
    readonly reason?: string;
    readonly message?: string;
    readonly details?: { readonly causes?: readonly { readonly reason?: string; readonly message?: string }[] };
  }
  let status: Status;
  try {
    status = JSON.parse(text) as Status;
  } catch {
    return new Failure('invalid', t('The server did not say how the command ended: {0}', text.slice(0, 200)));
  }
  if (status.status === 'Success') return 0;
  const code = status.details?.causes?.find(({ reason }) => reason === 'ExitCode')?.message;
  if (status.reason === 'NonZeroExitCode' && code !== undefined && /^\d+$/.test(code)) return Number(code);
  return new Failure('invalid', status.message ?? t('The server did not say how the command ended: {0}', text));
}

/** Whether a failure to start says that the program is not in the container. */
export const isNoSuchProgram = (error: unknown): boolean =>
  error instanceof Failure && /no such file or directory|executable file not found|exec format/i.test(error.message);
