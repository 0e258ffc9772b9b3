/** What happens in a call, in the order it happens. Plain data: it also travels to the panel. */
import type { FailureKind } from '../core/failure.ts';

/** Names and values in the order received; the value of a `-bin` name is base64. */
export type MetadataEntries = readonly (readonly [name: string, value: string])[];

/** Milliseconds since the call began; what did not happen is left out. */
export interface Timing {
  /** How long these took; told with the first call over a connection, which may have been made to read the schema. */
  readonly dns?: number;
  readonly connect?: number;
  readonly tls?: number;
  readonly headers?: number;
  readonly firstMessage?: number;
  readonly lastMessage?: number;
  readonly total: number;
}

/** Where in a request the fault is. */
export interface RequestPlace {
  /** Which message of the request, from 0. */
  readonly message: number;
  /** Offsets in that message's text. */
  readonly start: number;
  readonly end: number;
}

/** What is the matter with a connection or a call, where that is known. */
export type Cause =
  | 'needsTls'
  | 'needsPlaintext'
  | 'unknownAuthority'
  | 'expired'
  | 'otherName'
  | 'noClientCertificate'
  | 'http1'
  | 'notGrpc'
  | 'refused'
  | 'unknownHost'
  | 'noSocketFile'
  | 'reset'
  | 'cut'
  | 'deadline'
  | 'tooLarge'
  | 'tooManyPings'
  | 'badCompression'
  | 'noMessage'
  | 'unreachable';

/** One thing that mends it, with the value to use where there is one. */
export interface Fix {
  readonly kind: 'address' | 'ca' | 'client' | 'authority' | 'skipVerify' | 'deadline' | 'messageSize' | 'again';
  /** The address to use, the name, seconds or bytes. */
  readonly value?: string;
}

export interface Explanation {
  readonly cause: Cause;
  /** What is the matter and what to do. */
  readonly sentence: string;
  readonly fix?: Fix;
}

export type CallEvent =
  | { readonly kind: 'headers'; readonly metadata: MetadataEntries; readonly at: number }
  /** A message that was handed to the connection. `bytes`: its size on the wire. */
  | { readonly kind: 'sent'; readonly json: string; readonly bytes: number; readonly at: number }
  /** `bytes`: the message's size on the wire. `at`: milliseconds since the call began. */
  | { readonly kind: 'message'; readonly json: string; readonly bytes: number; readonly at: number }
  /** Nothing came for long, and the server does not answer when asked whether it is there. The call goes on. */
  | { readonly kind: 'stalled'; readonly sentence: string; readonly at: number }
  /** The status the call ended with. `decodedDetails`: JSON of each google.rpc detail. */
  | {
      readonly kind: 'trailers';
      readonly code: number;
      readonly codeName: string;
      readonly details: string;
      readonly metadata: MetadataEntries;
      readonly decodedDetails: readonly string[];
      readonly timing: Timing;
      readonly explanation?: Explanation;
    }
  /** The call could not be made: the request is wrong, or the server is not there. */
  | {
      readonly kind: 'failed';
      readonly failure: { readonly kind: FailureKind; readonly message: string };
      readonly place?: RequestPlace;
      readonly explanation?: Explanation;
    };
