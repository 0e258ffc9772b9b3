/** The frames of a WebSocket as they arrive from a server (RFC 6455, 5.2), read without putting any together. */

export interface FrameSink {
  /** A piece of a message's content, valid until this returns; `begins` with the first of each message. */
  content(piece: Buffer, begins: boolean): void;
  /** A whole control frame (ping, pong, close), with its header. */
  control(frame: Buffer): void;
  /** What came is no WebSocket; nothing more is read. */
  broken(): void;
}

const opcodes = { continuation: 0, text: 1, binary: 2 } as const;
const firstControl = 8;
const mostControl = 125;
/** Bytes of the longest header: 2, and 8 of a length. */
const longestHeader = 10;

export class FrameReader {
  readonly #sink: FrameSink;
  /** A header, or a control frame, of which a part has come. */
  #partial: Buffer = Buffer.alloc(0);
  /** Bytes of the current frame's content that are still to come. */
  #left = 0;
  #begins = false;
  #broken = false;

  constructor(sink: FrameSink) {
    this.#sink = sink;
  }

  push(chunk: Buffer): void {
    for (let rest = chunk; rest.length > 0 && !this.#broken;) {
      rest = this.#left > 0 ? this.#content(rest) : this.#header(rest);
    }
  }

  #content(chunk: Buffer): Buffer {
    const length = Math.min(this.#left, chunk.length);
    this.#left -= length;
    const begins = this.#begins;
    this.#begins = false;
    this.#sink.content(chunk.subarray(0, length), begins);
    return chunk.subarray(length);
  }

  /** Reads a header; of a control frame, the content too. Keeps what is not complete. */
  #header(chunk: Buffer): Buffer {
    const known = this.#partial.length;
    const bytes = known === 0 ? chunk : Buffer.concat([this.#partial, chunk.subarray(0, longestHeader + mostControl)]);
    const keep = (): Buffer => {
      this.#partial = Buffer.from(bytes);
      return chunk.subarray(chunk.length);
    };
    if (bytes.length < 2) return keep();
    const [first, second] = bytes as unknown as [number, number];
    const opcode = first & 0x0f;
    const short = second & 0x7f;
    const size = short < 126 ? 2 : short === 126 ? 4 : longestHeader;
    // Extensions were not agreed on, servers do not mask, and control frames are small and whole.
    const isControl = opcode >= firstControl;
    const isWrong = (first & 0x70) !== 0 || (second & 0x80) !== 0 || (isControl && (size > 2 || (first & 0x80) === 0));
    if (isWrong || (!isControl && opcode > opcodes.binary)) return this.#fail(chunk);
    if (bytes.length < size) return keep();
    const length = size === 2 ? short : size === 4 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2));
    if (!Number.isSafeInteger(length)) return this.#fail(chunk);
    if (isControl && bytes.length < size + length) return keep();
    this.#partial = Buffer.alloc(0);
    if (isControl) {
      this.#sink.control(bytes.subarray(0, size + length));
      return chunk.subarray(size + length - known);
    }
    this.#left = length;
    this.#begins = opcode !== opcodes.continuation;
    return chunk.subarray(size - known);
  }

  #fail(chunk: Buffer): Buffer {
    this.#broken = true;
    this.#sink.broken();
    return chunk.subarray(chunk.length);
  }
}
