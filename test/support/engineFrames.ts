/** What an engine sends of a container's output. */

/** One frame: stream 1 is stdout, 2 is stderr. */
export function frame(stream: number, text: string | Buffer): Buffer {
  const data = Buffer.from(text);
  const header = Buffer.alloc(8);
  header[0] = stream;
  header.writeUInt32BE(data.length, 4);
  return Buffer.concat([header, data]);
}
