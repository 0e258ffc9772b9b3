/** How a collection travels: what is asked for, and how the bytes that come become objects. */
import { lines } from '../core/lines.ts';
import type { ApiObject, ApiStatus } from './api.ts';
import type { Answer } from './connection.ts';
import { type ListEnvelope, listItems } from './listStream.ts';

export interface WatchEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  readonly object: ApiObject | ApiStatus;
}

/** One watch's way of reading. Both generators throw SyntaxError when what comes is not what was asked for. */
export interface Codec {
  /** The Accept header. */
  readonly accept: string;
  /** The objects of a list, and what it says of itself. */
  list(answer: Answer): AsyncGenerator<ApiObject, ListEnvelope>;
  events(answer: Answer): AsyncGenerator<WatchEvent>;
}

/** The object that an item of a list or the object of an event stands for; undefined for none. */
export type ReadPiece = (piece: unknown) => ApiObject | undefined;

const asItIs: ReadPiece = (piece) => piece as ApiObject;

/** Reads JSON, of whole objects unless something else is asked for and read. */
export function jsonCodec(accept = 'application/json', read = asItIs): Codec {
  return {
    accept,
    async *list({ body }) {
      const items = listItems(body);
      for (;;) {
        const { done, value } = await items.next();
        if (done) return value;
        const object = read(JSON.parse(value.toString('utf8')));
        if (object !== undefined) yield object;
      }
    },
    async *events({ body }) {
      for await (const line of lines(body)) {
        if (line.length === 0) continue;
        const event = JSON.parse(line.toString('utf8')) as WatchEvent;
        const object = event.type === 'ERROR' ? event.object : read(event.object);
        if (object !== undefined) yield { type: event.type, object };
      }
    },
  };
}
