/** What the panel and the extension say to each other. */
import type { Protocol } from '../core/rpc.ts';
import type { MessageRow, Tally } from './conversation.ts';
import type { RequestProblem } from './domain.ts';
import type { CallEvent, Fix, MetadataEntries } from './events.ts';
import type { MethodNode } from './nodes.ts';
import type { Shapes } from './shapes.ts';

/** What the person typed, kept for the next time the panel is opened. */
export interface Draft {
  readonly request: string;
  readonly metadata: readonly MetadataRow[];
  /** Seconds, as typed. */
  readonly deadline: string;
  /** Milliseconds since 1970: of two that were kept, the newer is shown. */
  readonly typedAt: number;
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
  /** What the request may hold. */
  readonly shapes: Shapes;
  /** Full names of the messages an Any may hold. */
  readonly anyTypes: readonly string[];
  readonly history: readonly PastCall[];
}

/** A call of before. */
export interface PastCall {
  /** Milliseconds since 1970; names the call among those of its method. */
  readonly at: number;
  /** Empty when it was too long to keep. */
  readonly request: string;
  readonly deadline: string;
  /** The status' name, or the sentence why there was none. */
  readonly outcome: string;
  readonly ok: boolean;
  /** Milliseconds. */
  readonly total?: number;
  readonly received: number;
  /** JSON of what was received, as far as it is kept. */
  readonly answer: string;
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

/** A file's content for a field of bytes. */
export interface ChosenFile {
  readonly name: string;
  readonly base64: string;
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
    /** Rows of the newest call's messages. */
    readonly rows: {
      readonly params: { readonly from: number; readonly count: number };
      readonly result: readonly MessageRow[];
    };
    /** JSON of one message of the newest call; null when it is no longer kept. */
    readonly message: { readonly params: number; readonly result: string | null };
    /** Opens that message as a document. */
    readonly openMessage: { readonly params: number; readonly result: null };
    /** What is wrong with these messages. */
    readonly check: { readonly params: readonly string[]; readonly result: readonly RequestProblem[] };
    readonly shapes: { readonly params: readonly string[]; readonly result: Shapes };
    /** Asks the person for a file; null when none was chosen. */
    readonly chooseFile: { readonly params: null; readonly result: ChosenFile | null };
    /** Shows the answers of two past calls side by side, by their times. */
    readonly compare: { readonly params: readonly [older: number, newer: number]; readonly result: null };
    readonly forgetHistory: { readonly params: null; readonly result: null };
    /** Applies a fix; true when the call may be made again. */
    readonly fix: { readonly params: Fix; readonly result: boolean };
    /** Puts the request on the clipboard as a line of grpcurl. */
    readonly copyGrpcurl: { readonly params: Draft; readonly result: null };
    readonly keep: { readonly params: Draft; readonly result: null };
  };
  readonly events: Record<string, never>;
}

/** What happened since the last time. */
export interface Progress {
  readonly call: number;
  /** All but messages, in order. */
  readonly events: readonly CallEvent[];
  readonly tally: Tally;
  /** The newest messages, oldest first. */
  readonly tail: readonly MessageRow[];
  /** The calls made before, when this one has just been added to them. */
  readonly history?: readonly PastCall[];
}

/** The page's end. */
export interface PageProtocol extends Protocol {
  readonly requests: {
    /** Answered when it is on the page, so that a stream cannot overrun it. */
    readonly receive: { readonly params: Progress; readonly result: null };
  };
  readonly events: Record<string, never>;
}
