/**
 * Takes the content of messages past `ws`: it copies every byte twice on its way to a message, and Node allocates for each
 * TLS record. Here one buffer is read into again and again; `ws` keeps the handshake, pings and the closing, whose frames
 * it gets as if it had read them itself.
 */
import { type Socket, type TcpNetConnectOpts, connect as connectPlain, isIP } from 'node:net';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';
import type { WebSocket } from 'ws';
import { FrameReader } from './frames.ts';

/** Called with each piece of a message's content, valid until it returns; `begins` with the first of each message. */
export type PieceReader = (piece: Buffer, begins: boolean) => void;

const readSize = 64 * 1024;
const endOfHead = Buffer.from('\r\n\r\n');

export class BulkIntake {
  readonly #read: PieceReader;
  #socket: Socket | undefined;
  /** What came before the handshake's answer was complete. */
  #head: Buffer = Buffer.alloc(0);
  #phase: 'head' | 'refused' | 'open' = 'head';
  /** What came after the handshake's answer, until `ws` is ready for its part. */
  #early: Buffer | undefined;
  #frames: FrameReader | undefined;

  constructor(read: PieceReader) {
    this.#read = read;
  }

  /** In the place of the function by which `ws` connects. */
  connect = (options: TcpNetConnectOpts & ConnectionOptions & { readonly isSecure: boolean }): Socket => {
    const { isSecure, host = '' } = options;
    const onread = {
      buffer: Buffer.allocUnsafe(readSize),
      callback: (length: number, bytes: Uint8Array): boolean => {
        this.#take(Buffer.from(bytes.buffer, bytes.byteOffset, length));
        return true;
      },
    };
    const servername = options.servername ?? (isIP(host) === 0 ? host : '');
    this.#socket = isSecure
      ? connectTls({ ...options, path: undefined, servername, onread } as ConnectionOptions)
      : connectPlain({ ...options, path: undefined, onread } as unknown as TcpNetConnectOpts);
    return this.#socket;
  };

  /** From now on frames are read, and `heard` is called with each piece. Call when `ws` is open. */
  begin(webSocket: WebSocket, heard: () => void): void {
    this.#frames = new FrameReader({
      content: (piece, begins) => {
        heard();
        this.#read(piece, begins);
      },
      control: (frame) => this.#pass(frame),
      broken: () => webSocket.terminate(),
    });
    // Extension hosts put functions of their own in the place of Node's, and these may not know `onread`: then `ws` has read
    // the messages itself.
    webSocket.on('message', (message) => {
      heard();
      this.#read(message as Buffer, true);
    });
    const early = this.#early;
    this.#early = undefined;
    if (early !== undefined) this.#frames.push(early);
  }

  #take(chunk: Buffer): void {
    if (this.#frames !== undefined) this.#frames.push(chunk);
    else if (this.#phase === 'refused') this.#pass(chunk);
    else if (this.#phase === 'open') this.#early = Buffer.concat([this.#early ?? Buffer.alloc(0), chunk]);
    else this.#takeHead(chunk);
  }

  /** Only the answer itself goes on: what follows it in one piece would come back as if it were all of the stream. */
  #takeHead(chunk: Buffer): void {
    this.#head = Buffer.concat([this.#head, chunk]);
    const end = this.#head.indexOf(endOfHead);
    if (end < 0) return;
    const length = end + endOfHead.length;
    const isOpen = /^HTTP\/1\.[01] 101\b/.test(this.#head.toString('latin1', 0, 12));
    this.#phase = isOpen ? 'open' : 'refused';
    const [head, rest] = [this.#head.subarray(0, length), this.#head.subarray(length)];
    this.#head = Buffer.alloc(0);
    if (!isOpen) return this.#pass(Buffer.concat([head, rest]));
    if (rest.length > 0) this.#early = Buffer.from(rest);
    this.#pass(head);
  }

  /** To those who listen on the socket, who may keep it. */
  #pass(bytes: Buffer): void {
    this.#socket?.emit('data', Buffer.from(bytes));
  }
}
