/** Writes many small pieces to a socket as few large ones: a call of the system for each TLS record costs more than the copy. */
import type { Socket } from 'node:net';

/** Bytes of one large piece, and how many that are written out are kept for the next. */
const size = 128 * 1024;
const mostSpare = 2;
/** Bytes of a connection that are written as they come: most connections have no more, and need no buffer. */
const small = 64 * 1024;

export class BatchWriter {
  readonly #socket: Socket;
  readonly #spare: Buffer[] = [];
  #batch: Buffer | undefined;
  #used = 0;
  #total = 0;
  #flushing: NodeJS.Immediate | undefined;
  /** Called when the socket cannot take more for now; its 'drain' says when it can. */
  onFull: () => void = () => {};

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  /** The piece is copied: it may be used again at once. */
  write(piece: Buffer): void {
    this.#total += piece.length;
    if (this.#total <= small) return this.#send(Buffer.from(piece));
    for (let rest = piece; rest.length > 0;) {
      this.#batch ??= this.#spare.pop() ?? Buffer.allocUnsafeSlow(size);
      const copied = rest.copy(this.#batch, this.#used);
      this.#used += copied;
      rest = rest.subarray(copied);
      if (this.#used === size) this.#flush();
    }
    // What else is there to read now comes before it.
    if (this.#used > 0) this.#flushing ??= setImmediate(() => this.#flush());
  }

  /** Ends the socket after all that was written. */
  end(): void {
    this.#flush();
    this.#socket.end();
  }

  #flush(): void {
    if (this.#flushing !== undefined) clearImmediate(this.#flushing);
    this.#flushing = undefined;
    const batch = this.#batch;
    if (batch === undefined) return;
    const piece = batch.subarray(0, this.#used);
    this.#batch = undefined;
    this.#used = 0;
    this.#send(piece, () => {
      if (this.#spare.length < mostSpare) this.#spare.push(batch);
    });
  }

  #send(piece: Buffer, done?: () => void): void {
    if (this.#socket.destroyed || this.#socket.writableEnded) return;
    if (!this.#socket.write(piece, done)) this.onFull();
  }
}
