/** Lists and watches in the API's protobuf, for kinds of which there are many. */
import type { ApiObject, ApiStatus } from './api.ts';
import type { Answer } from './connection.ts';
import type { ListEnvelope } from './listStream.ts';
import {
  Cursor,
  type Fields,
  bytes,
  int,
  message,
  readFields,
  readMessage,
  text,
  textEntry,
  unwrap,
  isWrapped,
} from './protobuf.ts';
import { type Codec, type WatchEvent, jsonCodec } from './wire.ts';

const mediaType = 'application/vnd.kubernetes.protobuf';

/** A list: its own metadata, and the bytes of each item. */
const listFields: Fields = {
  1: ['metadata', message({ 2: ['resourceVersion', text], 3: ['continue', text] })],
  2: ['items', bytes, 'list'],
};
const eventFields: Fields = { 1: ['type', text], 2: ['object', message({ 1: ['raw', bytes] })] };
const bookmarkFields: Fields = {
  1: ['metadata', message({ 6: ['resourceVersion', text], 12: ['annotations', textEntry] })],
};
const statusFields: Fields = {
  3: ['message', text],
  4: ['reason', text],
  5: ['details', message({ 5: ['retryAfterSeconds', int] })],
  6: ['code', int],
};

/** What a server says when it refuses, as JSON or as protobuf: it answers in the form that was asked for. */
export function readStatus(body: Buffer): ApiStatus {
  return isWrapped(body) ? readMessage(unwrap(body), statusFields) : (JSON.parse(body.toString('utf8')) as ApiStatus);
}

/** Reads these fields of each object. A server that answers in JSON all the same is understood. */
export function protobufCodec(fields: Fields): Codec {
  const json = jsonCodec();
  return {
    accept: `${mediaType},application/json`,
    list: (answer) => (isProtobuf(answer) ? list(answer, fields) : json.list(answer)),
    events: (answer) => (isProtobuf(answer) ? events(answer, fields) : json.events(answer)),
  };
}

const isProtobuf = ({ type }: Answer): boolean => type?.startsWith(mediaType) === true;

async function* list({ body }: Answer, fields: Fields): AsyncGenerator<ApiObject, ListEnvelope> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  const { items = [], ...envelope } = readMessage(unwrap(Buffer.concat(chunks)), listFields) as ListEnvelope & {
    items?: Buffer[];
  };
  for (const item of items) yield readMessage(item, fields) as unknown as ApiObject;
  return envelope;
}

async function* events({ body }: Answer, fields: Fields): AsyncGenerator<WatchEvent> {
  for await (const frame of frames(body)) {
    const event = readFields(new Cursor(frame), frame.length, eventFields) as {
      type: WatchEvent['type'];
      object?: { raw?: Buffer };
    };
    const raw = unwrap(event.object?.raw ?? Buffer.alloc(0));
    yield { type: event.type, object: readMessage(raw, objectFields(event.type, fields)) };
  }
}

function objectFields(type: WatchEvent['type'], fields: Fields): Fields {
  if (type === 'ERROR') return statusFields;
  return type === 'BOOKMARK' ? bookmarkFields : fields;
}

/** A frame above this many bytes is none: etcd holds objects up to 1.5 MiB. */
const longestFrame = 64 * 1024 * 1024;
const headerLength = 4;

/** Cuts a stream into frames: four bytes of length, the highest first, and so many bytes (apimachinery, util/framer). */
export async function* frames(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  let rest: Buffer[] = [];
  let have = 0;
  /** Bytes that are needed before there is anything to cut. */
  let needed = headerLength;
  for await (const chunk of chunks) {
    rest.push(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength));
    have += chunk.length;
    if (have < needed) continue;
    let whole = rest.length === 1 ? rest[0]! : Buffer.concat(rest);
    for (;;) {
      needed = headerLength + (whole.length < headerLength ? 0 : lengthOf(whole));
      if (whole.length < needed || needed === headerLength) break;
      yield whole.subarray(headerLength, needed);
      whole = whole.subarray(needed);
    }
    rest = whole.length === 0 ? [] : [whole];
    have = whole.length;
  }
  if (have > 0) throw new SyntaxError('a frame ended early');
}

function lengthOf(frame: Buffer): number {
  const length = frame.readUInt32BE(0);
  if (length === 0 || length > longestFrame) throw new SyntaxError(`a frame of ${length} bytes`);
  return length;
}
