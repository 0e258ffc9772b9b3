/** The API's protobuf, written by a library: what our own reader is held against. */
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';

/** A field of a message: its number, and a text, a number, or the bytes of a message. */
export type Field = readonly [number: number, value: string | number | boolean | Uint8Array];

export function encode(...fields: readonly Field[]): Uint8Array {
  const writer = new BinaryWriter();
  for (const [number, value] of fields) {
    if (typeof value === 'string') writer.tag(number, WireType.LengthDelimited).string(value);
    else if (value instanceof Uint8Array) writer.tag(number, WireType.LengthDelimited).bytes(value);
    else if (typeof value === 'boolean') writer.tag(number, WireType.Varint).bool(value);
    else writer.tag(number, WireType.Varint).int64(value);
  }
  return writer.finish();
}

/** An object in its envelope. */
export const wrapped = (raw: Uint8Array): Buffer =>
  Buffer.concat([Buffer.from('k8s\0'), encode([1, encode([1, 'v1'], [2, 'Pod'])], [2, raw])]);

/** An event of a watch, as a frame. */
export function frame(type: string, object: Uint8Array): Buffer {
  const event = encode([1, type], [2, encode([1, wrapped(object)])]);
  const header = Buffer.alloc(4);
  header.writeUInt32BE(event.length);
  return Buffer.concat([header, event]);
}
