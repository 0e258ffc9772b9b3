/** The bytes of a log into lines that may be shown. */
import { StringDecoder } from 'node:string_decoder';
import { t } from '../l10n.ts';
import { cleanLine } from './clean.ts';

/** Longest line kept, in UTF-16 units. Longer ones are cut: a terminal stalls on a line of megabytes. */
export const longestLine = 64 * 1024;

/**
 * Frames one stream. Bytes that are no UTF-8 become U+FFFD; a line that is too long keeps its beginning and says how
 * much is missing. Holds no more than one line.
 */
export class LineFramer {
  readonly #decoder = new StringDecoder('utf8');
  #rest = '';
  /** UTF-16 units of the current line that were not kept. */
  #cut = 0;

  /** The lines that the chunk completes. */
  push(chunk: Uint8Array): string[] {
    return this.#split(this.#decoder.write(asBuffer(chunk)));
  }

  /** What stands after the last line feed, if anything. */
  end(): string[] {
    const lines = this.#split(this.#decoder.end());
    if (this.#rest !== '' || this.#cut > 0) lines.push(this.#line(''));
    return lines;
  }

  #split(text: string): string[] {
    const lines: string[] = [];
    let from = 0;
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', from)) {
      lines.push(this.#line(text.slice(from, end)));
      from = end + 1;
    }
    this.#keep(text.slice(from));
    return lines;
  }

  #keep(piece: string): void {
    const room = longestLine - this.#rest.length;
    this.#rest += piece.length > room ? piece.slice(0, room) : piece;
    this.#cut += Math.max(0, piece.length - room);
  }

  #line(tail: string): string {
    if (this.#rest === '' && tail.length <= longestLine) return cleanLine(tail);
    this.#keep(tail);
    const line = cleanLine(this.#rest) + (this.#cut > 0 ? t(' … ({0} more characters)', this.#cut) : '');
    this.#rest = '';
    this.#cut = 0;
    return line;
  }
}

const asBuffer = (chunk: Uint8Array): Buffer => Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
