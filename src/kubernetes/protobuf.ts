/**
 * Reads chosen fields of the API's protobuf and steps over the rest. A pod in JSON has to be parsed whole, 6 kB of which
 * a row needs a tenth; in protobuf what is not wanted costs the addition of its length. A library's reader would make a
 * view of each field it skips, which is most of what there is to do here.
 */

/** Reads one value at the cursor. */
export type Read<T = unknown> = (cursor: Cursor) => T;

/** A message's fields by their numbers in the API's .proto files; a list gathers what is repeated. */
export interface Fields {
  readonly [number: number]: readonly [name: string, read: Read, repeated?: 'list'];
}

/** Wire types of the protobuf encoding. Groups, 3 and 4, are not used by Kubernetes. */
const [varintType, fixed64Type, lengthType, fixed32Type] = [0, 1, 2, 5];

export class Cursor {
  readonly bytes: Buffer;
  at: number;
  readonly end: number;

  constructor(bytes: Buffer, at = 0, end = bytes.length) {
    if (end > bytes.length) throw tornMessage();
    this.bytes = bytes;
    this.at = at;
    this.end = end;
  }

  /** Exact up to 2^53; what is negative comes out wrong, see `int32`. */
  varint(): number {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = this.#byte();
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
    }
  }

  int32(): number {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.#byte();
      if (shift < 32) value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  }

  /** The end of what has a length in front, with the cursor at its beginning. */
  sized(): number {
    const length = this.varint();
    const end = this.at + length;
    if (end > this.end) throw tornMessage();
    return end;
  }

  skip(type: number): void {
    if (type === lengthType) this.at = this.sized();
    else if (type === varintType) this.varint();
    else if (type === fixed64Type) this.at += 8;
    else if (type === fixed32Type) this.at += 4;
    else throw new SyntaxError(`wire type ${type}`);
    if (this.at > this.end) throw tornMessage();
  }

  #byte(): number {
    if (this.at >= this.end) throw tornMessage();
    return this.bytes[this.at++]!;
  }
}

const tornMessage = (): SyntaxError => new SyntaxError('a message ended early');

export const text: Read<string> = (cursor) => {
  const end = cursor.sized();
  const value = cursor.bytes.toString('utf8', cursor.at, end);
  cursor.at = end;
  return value;
};
export const int: Read<number> = (cursor) => cursor.int32();
export const flag: Read<boolean> = (cursor) => cursor.varint() !== 0;

/** The bytes of a nested value, not copied. */
export const bytes: Read<Buffer> = (cursor) => {
  const end = cursor.sized();
  const value = cursor.bytes.subarray(cursor.at, end);
  cursor.at = end;
  return value;
};

/** A nested message as an object that has the fields that were sent. */
export const message =
  (fields: Fields): Read<Record<string, unknown>> =>
  (cursor) =>
    readFields(cursor, cursor.sized(), fields);

/** An entry of `map<string, string>`: all entries go into one object, see `readFields`. */
export const textEntry = message({ 1: ['key', text], 2: ['value', text] }) as Read<{ key?: string; value?: string }>;

const timeFields: Fields = { 1: ['seconds', (cursor) => cursor.varint()] };

/** `metav1.Time`, in milliseconds since the epoch. */
export const time: Read<number> = (cursor) => {
  const { seconds = 0 } = readFields(cursor, cursor.sized(), timeFields) as { seconds?: number };
  return seconds * 1000;
};

/** Reads a message that goes up to `end`. Throws SyntaxError when it is none. */
export function readFields(cursor: Cursor, end: number, fields: Fields): Record<string, unknown> {
  const found: Record<string, unknown> = {};
  while (cursor.at < end) {
    const tag = cursor.varint();
    const field = fields[tag >>> 3];
    if (field === undefined) {
      cursor.skip(tag & 7);
      continue;
    }
    const [name, read, repeated] = field;
    if (read === textEntry)
      addEntry((found[name] ??= Object.create(null)) as Record<string, string>, textEntry(cursor));
    else if (repeated === undefined) found[name] = read(cursor);
    else ((found[name] ??= []) as unknown[]).push(read(cursor));
  }
  if (cursor.at !== end) throw tornMessage();
  return found;
}

function addEntry(map: Record<string, string>, { key = '', value = '' }: { key?: string; value?: string }): void {
  map[key] = value;
}

/** Four bytes in front of each object of the API's protobuf (apimachinery, runtime/serializer/protobuf). */
const magic = Buffer.from('k8s\0');
/** `runtime.Unknown`: the envelope of an object. */
const unknownFields: Fields = { 2: ['raw', bytes] };

export const isWrapped = (body: Buffer): boolean => body.subarray(0, magic.length).equals(magic);

/** The bytes of the object in its envelope. */
export function unwrap(wrapped: Buffer): Buffer {
  if (!isWrapped(wrapped)) throw new SyntaxError('not the protobuf of Kubernetes');
  const { raw } = readFields(new Cursor(wrapped, magic.length), wrapped.length, unknownFields);
  return (raw as Buffer | undefined) ?? Buffer.alloc(0);
}

/** Reads a whole message. */
export const readMessage = (whole: Buffer, fields: Fields): Record<string, unknown> =>
  readFields(new Cursor(whole), whole.length, fields);
