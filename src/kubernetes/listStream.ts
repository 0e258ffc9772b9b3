/**
 * A list's JSON, item by item. Parsing a page of 500 pods at once holds the thread for tens of milliseconds and keeps
 * every pod alive; here each item is cut out of the bytes as it arrives.
 */

/** The list around its items: `metadata.resourceVersion` and `metadata.continue`. */
export interface ListEnvelope {
  readonly metadata?: { readonly resourceVersion?: string; readonly continue?: string };
}

const [quote, backslash, openBrace, closeBrace, openBracket, closeBracket] = [34, 92, 123, 125, 91, 93];

/**
 * Yields the bytes of each object in the one array of the list object, `items`, and returns the rest of the object, parsed.
 * Throws SyntaxError when the bytes end early or are not such a list.
 */
export async function* listItems(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer, ListEnvelope> {
  const splitter = new Splitter();
  for await (const chunk of chunks) {
    yield* splitter.push(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength));
  }
  return splitter.end();
}

/** Depth 1 is the list object, 2 its `items` or `metadata`, 3 an item. */
const itemDepth = 3;

class Splitter {
  #depth = 0;
  #inString = false;
  #escaped = false;
  /** Inside the array at depth 2, whose elements are the items. */
  #inItems = false;
  /** Pieces of the item that is not complete yet. */
  #item: Buffer[] = [];
  #envelope: Buffer[] = [];

  *push(bytes: Buffer): Generator<Buffer> {
    // Everything from `start` on belongs to what is being read: an item, or the envelope.
    let start = 0;
    let at = 0;
    const keep = (end: number): void => {
      if (end > start)
        (this.#depth >= itemDepth && this.#inItems ? this.#item : this.#envelope).push(bytes.subarray(start, end));
      start = end;
    };
    while (at < bytes.length) {
      if (this.#inString) {
        at = this.#skipString(bytes, at);
        continue;
      }
      const byte = bytes[at++]!;
      if (byte === quote) this.#inString = true;
      else if (byte === openBrace || byte === openBracket) {
        if (this.#inItems && this.#depth === itemDepth - 1) {
          start = at - 1; // Commas between items belong to nothing.
        }
        this.#depth++;
        if (byte === openBracket && this.#depth === 2) {
          keep(at);
          this.#inItems = true;
        }
      } else if (byte === closeBrace || byte === closeBracket) {
        if (this.#inItems && this.#depth === itemDepth) {
          keep(at);
          yield this.#take();
        } else if (this.#inItems && this.#depth === 2) {
          start = at - 1;
          this.#inItems = false;
        }
        this.#depth--;
      }
    }
    if (!this.#inItems || this.#depth >= itemDepth) keep(bytes.length);
  }

  end(): ListEnvelope {
    if (this.#depth !== 0) throw new SyntaxError('the list ended early');
    return JSON.parse(Buffer.concat(this.#envelope).toString('utf8')) as ListEnvelope;
  }

  #take(): Buffer {
    const item = this.#item.length === 1 ? this.#item[0]! : Buffer.concat(this.#item);
    this.#item = [];
    return item;
  }

  /** The index after the string, or the end of the bytes while it goes on. */
  #skipString(bytes: Buffer, from: number): number {
    let at = from;
    if (this.#escaped) {
      this.#escaped = false;
      at++;
    }
    while (at < bytes.length) {
      const byte = bytes[at++]!;
      if (byte === quote) {
        this.#inString = false;
        return at;
      }
      if (byte === backslash) {
        if (at === bytes.length) this.#escaped = true;
        else at++;
      }
    }
    return at;
  }
}
