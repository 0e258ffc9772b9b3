/** What the panel and the extension say to each other. */
import type { Protocol } from '../core/rpc.ts';
import type { CallEvent, Fix, MetadataEntries } from './events.ts';
import type { MethodNode } from './nodes.ts';

/** What the person typed, kept for the next time the panel is opened. */
export interface Draft {
  readonly request: string;
  readonly metadata: readonly MetadataRow[];
  /** Seconds, as typed. */
  readonly deadline: string;
}

export interface MetadataRow {
  readonly name: string;
  readonly value: string;
}

/** What the panel shows before the first call. */
export interface PanelStart {
  readonly node: MethodNode;
  readonly kindText: string;
  /** A request that can be sent as it is. */
  readonly sample: string;
  /** Seconds. */
  readonly deadline: number;
  readonly draft?: Draft;
}

export interface SendRequest {
  /** Marks the events of this call; grows with each call of the panel. */
  readonly call: number;
  /** JSON of each message to send. */
  readonly messages: readonly string[];
  /** More messages follow: the call is not half-closed after these. */
  readonly open: boolean;
  readonly metadata: MetadataEntries;
  /** Seconds. */
  readonly deadline: number;
}

/** The extension's end. */
export interface HostProtocol extends Protocol {
  readonly requests: {
    /** Asked once, when the page is up. */
    readonly start: { readonly params: null; readonly result: PanelStart };
    /** Answered when the call has begun; a call that runs is cancelled first. */
    readonly send: { readonly params: SendRequest; readonly result: null };
    /** More messages for the call that runs. */
    readonly sendMore: { readonly params: { readonly messages: readonly string[] }; readonly result: null };
    readonly halfClose: { readonly params: null; readonly result: null };
    readonly cancel: { readonly params: null; readonly result: null };
    /** Applies a fix; true when the call may be made again. */
    readonly fix: { readonly params: Fix; readonly result: boolean };
    /** Puts the request on the clipboard as a line of grpcurl. */
    readonly copyGrpcurl: { readonly params: Draft; readonly result: null };
    readonly keep: { readonly params: Draft; readonly result: null };
  };
  readonly events: Record<string, never>;
}

/** The page's end. */
export interface PageProtocol extends Protocol {
  readonly requests: {
    /** Several events at once, in order; answered when they are on the page, so that a stream cannot overrun it. */
    readonly receive: {
      readonly params: { readonly call: number; readonly events: readonly CallEvent[] };
      readonly result: null;
    };
  };
  readonly events: Record<string, never>;
}
