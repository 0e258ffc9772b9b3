/** Bytes into lines. UTF-8 may be split anywhere between two chunks, so framing happens on bytes. */

/** Longest line kept; a longer one is a fault of the sender. 64 MiB is far above the API server's object limit (etcd: 1.5 MiB). */
const longestLine = 64 * 1024 * 1024;

/** Yields each complete line without its line feed; the last one also when nothing ends it. */
export async function* lines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  let rest: Buffer[] = [];
  let restLength = 0;
  for await (const chunk of chunks) {
    let bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10)) {
      const tail = bytes.subarray(0, end);
      yield rest.length === 0 ? tail : Buffer.concat([...rest, tail]);
      rest = [];
      restLength = 0;
      bytes = bytes.subarray(end + 1);
    }
    if (bytes.length > 0) {
      restLength += bytes.length;
      if (restLength > longestLine) throw new Error(`a line is longer than ${longestLine} bytes`);
      rest.push(bytes);
    }
  }
  if (rest.length > 0) yield Buffer.concat(rest);
}
