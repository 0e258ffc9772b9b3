/** What happens in a call, in the order it happens. Plain data: it also travels to the panel. */
import type { FailureKind } from '../core/failure.ts';

/** Names and values in the order received; the value of a `-bin` name is base64. */
export type MetadataEntries = readonly (readonly [name: string, value: string])[];

/** Milliseconds since the call began; what did not happen is left out. */
export interface Timing {
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

export type CallEvent =
  | { readonly kind: 'headers'; readonly metadata: MetadataEntries; readonly at: number }
  /** `bytes`: the message's size on the wire. `at`: milliseconds since the call began. */
  | { readonly kind: 'message'; readonly json: string; readonly bytes: number; readonly at: number }
  /** The status the call ended with. `decodedDetails`: JSON of each google.rpc detail. */
  | {
      readonly kind: 'trailers';
      readonly code: number;
      readonly codeName: string;
      readonly details: string;
      readonly metadata: MetadataEntries;
      readonly decodedDetails: readonly string[];
      readonly timing: Timing;
    }
  /** The call could not be made: the request is wrong, or the server is not there. */
  | {
      readonly kind: 'failed';
      readonly failure: { readonly kind: FailureKind; readonly message: string };
      readonly place?: RequestPlace;
    };
