/** Bytes that came from a socket and wait for their reader. The socket waits when there are too many. */
import type { WebSocket } from 'ws';

/** Waiting bytes above which the socket is paused, and below which it goes on. */
const high = 1024 * 1024;
const low = 256 * 1024;

/** A queue that one reader iterates; `close` ends it, with an error that the reader gets after the last piece. */
export class Inbox<T extends { readonly data: Buffer }> implements AsyncIterable<T> {
  readonly #socket: WebSocket;
  #pieces: T[] = [];
  #bytes = 0;
  #closed = false;
  #failure: unknown;
  #wake: () => void = () => {};

  constructor(socket: WebSocket) {
    this.#socket = socket;
  }

  push(piece: T): void {
    if (this.#closed) return;
    this.#pieces.push(piece);
    this.#bytes += piece.data.length;
    if (this.#bytes > high) this.#socket.pause();
    this.#wake();
  }

  close(failure?: unknown): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#failure = failure;
    this.#wake();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T> {
    for (;;) {
      const pieces = this.#pieces;
      this.#pieces = [];
      for (const piece of pieces) {
        this.#bytes -= piece.data.length;
        if (this.#bytes < low && this.#socket.isPaused) this.#socket.resume();
        yield piece;
      }
      if (this.#pieces.length > 0) continue;
      if (this.#closed) break;
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
    if (this.#failure !== undefined) throw this.#failure;
  }
}

/** Bytes handed to the socket and not sent yet above which a writer has to wait. */
const mostUnsent = 1024 * 1024;

/** Sends a message; resolves when there is room for the next. Rejects when the socket is gone. */
export function send(socket: WebSocket, data: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    if (socket.readyState !== socket.OPEN) return reject(new Error('the socket is closed'));
    socket.send(data, (error) => (error ? reject(error) : resolve()));
    if (socket.bufferedAmount < mostUnsent) resolve();
  });
}
