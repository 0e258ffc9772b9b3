/** What the panel shows, and how each thing that happens changes it. Pure: the page only draws it. */
import { t } from '../../core/l10n.ts';
import type { CallEvent, Fix, MetadataEntries, RequestPlace } from '../../grpc/events.ts';
import { type JsonNode, JsonProblem, parseJsonDocuments, positionOf } from '../../grpc/json.ts';
import type { Draft, MetadataRow, PanelStart, SendRequest } from '../../grpc/protocol.ts';

/** Messages of a stream kept on the page; the count goes on. */
export const mostShown = 500;

/** What is wrong with the request, at offsets of its text. */
export interface Problem {
  readonly message: string;
  readonly start: number;
  readonly end: number;
  /** Both from 1. */
  readonly line: number;
  readonly column: number;
}

/** A message of the timeline. */
export interface TimelineMessage {
  readonly direction: 'sent' | 'received';
  /** From 1, in the order of its direction. */
  readonly number: number;
  readonly json: string;
  readonly bytes: number;
  readonly at: number;
}

export interface Answer {
  readonly headers?: CallEvent & { kind: 'headers' };
  /** The newest ones, oldest first. */
  readonly messages: readonly TimelineMessage[];
  readonly received: number;
  readonly sent: number;
  readonly receivedBytes: number;
  readonly trailers?: CallEvent & { kind: 'trailers' };
  /** Why there was no call. */
  readonly failure?: string;
  /** What mends a failed call. */
  readonly fix?: Fix;
  /** Says that the server is stuck, while it is. */
  readonly stalled?: string;
}

export interface PanelState {
  /** Undefined until the extension has said what is called. */
  readonly start?: PanelStart;
  /** Why the panel cannot begin. */
  readonly startFailure?: string;
  readonly request: string;
  readonly metadata: readonly MetadataRow[];
  /** Seconds, as typed. */
  readonly deadline: string;
  readonly deadlineProblem?: string;
  readonly problem?: Problem;
  /** The newest call; events of older ones are late and dropped. */
  readonly call: number;
  /** Where in the request text each message of the newest call begins. */
  readonly sentAt: readonly number[];
  readonly running: boolean;
  /** More messages can be sent to the call that runs. */
  readonly open: boolean;
  readonly answer?: Answer;
}

export type Action =
  | { readonly type: 'started'; readonly start: PanelStart; readonly draft: Draft | undefined }
  | { readonly type: 'startFailed'; readonly message: string }
  | { readonly type: 'requestEdited'; readonly text: string }
  | { readonly type: 'metadataEdited'; readonly index: number; readonly row: MetadataRow }
  | { readonly type: 'metadataAdded' }
  | { readonly type: 'metadataRemoved'; readonly index: number }
  | { readonly type: 'deadlineEdited'; readonly text: string }
  | { readonly type: 'refused'; readonly refusal: Refusal }
  | { readonly type: 'sent'; readonly prepared: Prepared }
  | { readonly type: 'sentMore'; readonly at: number }
  | { readonly type: 'halfClosed' }
  | { readonly type: 'sendFailed'; readonly message: string }
  | { readonly type: 'received'; readonly call: number; readonly events: readonly CallEvent[] };

export const initialState: PanelState = {
  request: '',
  metadata: [],
  deadline: '',
  call: 0,
  sentAt: [],
  running: false,
  open: false,
};

export function reduce(state: PanelState, action: Action): PanelState {
  switch (action.type) {
    case 'started':
      return { ...state, start: action.start, ...(action.draft ?? newDraft(action.start)) };
    case 'startFailed':
      return { ...state, startFailure: action.message };
    case 'requestEdited':
      return { ...without(state, 'problem'), request: action.text };
    case 'metadataEdited':
      return { ...state, metadata: state.metadata.with(action.index, action.row) };
    case 'metadataAdded':
      return { ...state, metadata: [...state.metadata, { name: '', value: '' }] };
    case 'metadataRemoved':
      return { ...state, metadata: state.metadata.toSpliced(action.index, 1) };
    case 'deadlineEdited':
      return { ...without(state, 'deadlineProblem'), deadline: action.text };
    case 'refused':
      return { ...without(without(state, 'problem'), 'deadlineProblem'), ...action.refusal };
    case 'sent': {
      const { request, sentAt } = action.prepared;
      const clean = without(without(state, 'problem'), 'deadlineProblem');
      return { ...clean, call: request.call, sentAt, running: true, open: request.open, answer: emptyAnswer };
    }
    case 'sentMore':
      return { ...without(state, 'problem'), sentAt: [...state.sentAt, action.at] };
    case 'halfClosed':
      return { ...state, open: false };
    case 'sendFailed':
      return {
        ...state,
        running: false,
        open: false,
        answer: { ...emptyAnswer, ...state.answer, failure: action.message },
      };
    case 'received':
      return action.call === state.call ? action.events.reduce(receive, state) : state;
  }
}

const emptyAnswer: Answer = { messages: [], received: 0, receivedBytes: 0, sent: 0 };

const newDraft = (start: PanelStart): Draft => ({
  request: start.sample,
  metadata: [],
  deadline: String(start.deadline),
});

function without<T extends object, Key extends keyof T>(state: T, key: Key): Omit<T, Key> {
  const { [key]: _, ...rest } = state;
  return rest;
}

function receive(state: PanelState, event: CallEvent): PanelState {
  const answer = state.answer ?? emptyAnswer;
  switch (event.kind) {
    case 'headers':
      return { ...state, answer: { ...answer, headers: event } };
    case 'sent':
      return sendsMany(state) ? { ...state, answer: withSent(answer, event) } : state;
    case 'message': {
      const number = answer.received + 1;
      const { json, bytes, at } = event;
      const { stalled: _, ...heard } = answer;
      const messages = [
        ...answer.messages.slice(1 - mostShown),
        { direction: 'received', number, json, bytes, at } as const,
      ];
      return {
        ...state,
        answer: { ...heard, messages, received: number, receivedBytes: answer.receivedBytes + bytes },
      };
    }
    case 'stalled':
      return { ...state, answer: { ...answer, stalled: event.sentence } };
    case 'trailers':
      return {
        ...state,
        running: false,
        open: false,
        answer: { ...without(answer, 'stalled'), trailers: event, ...fixOf(event) },
      };
    case 'failed':
      return event.place === undefined
        ? {
            ...state,
            running: false,
            open: false,
            answer: { ...answer, failure: event.failure.message, ...fixOf(event) },
          }
        : misplaced(state, event.failure.message, event.place);
  }
}

const fixOf = ({ explanation }: CallEvent & { kind: 'trailers' | 'failed' }): { fix?: Fix } =>
  explanation?.fix === undefined ? {} : { fix: explanation.fix };

function withSent(answer: Answer, { json, bytes, at }: CallEvent & { kind: 'sent' }): Answer {
  const sent = answer.sent + 1;
  const message = { direction: 'sent', number: sent, json, bytes, at } as const;
  return { ...answer, sent, messages: [...answer.messages.slice(1 - mostShown), message] };
}

/** True where the method takes a stream of messages. */
export const sendsMany = ({ start }: PanelState): boolean =>
  start?.node.methodKind === 'client_streaming' || start?.node.methodKind === 'bidi_streaming';

/** The extension found a fault in what was sent: it is shown in the text, and there is no answer. */
function misplaced(state: PanelState, message: string, place: RequestPlace): PanelState {
  const from = state.sentAt[place.message] ?? 0;
  const problem = problemAt(state.request, message, from + place.start, from + place.end);
  const { answer: _, ...rest } = state;
  return { ...rest, running: false, open: false, problem };
}

function problemAt(text: string, message: string, start: number, end: number): Problem {
  return { message, start, end, ...positionOf(text, start) };
}

// Sending.

export interface Prepared {
  readonly request: SendRequest;
  readonly sentAt: readonly number[];
}

export type Refusal = Pick<PanelState, 'problem' | 'deadlineProblem'>;

/** What to send for the state, or what must be corrected first. */
export function prepare(state: PanelState): { readonly prepared: Prepared } | { readonly refusal: Refusal } {
  return prepareWith(state, false, parseJsonDocuments);
}

/** The message where the caret stands, for a call that stays open. */
export function prepareOne(state: PanelState, caret: number): ReturnType<typeof prepare> {
  return prepareWith(state, true, (text) => {
    const nodes = parseJsonDocuments(text);
    const chosen = nodes.findLast(({ start }) => start <= caret) ?? nodes[0];
    return chosen === undefined ? [] : [chosen];
  });
}

/** Where the message after the one at `at` begins, so that sending one after the other walks through the text. */
export function nextMessage(text: string, at: number): number | undefined {
  return parseJsonDocuments(text).find(({ start }) => start > at)?.start;
}

function prepareWith(
  state: PanelState,
  open: boolean,
  choose: (text: string) => readonly JsonNode[],
): { readonly prepared: Prepared } | { readonly refusal: Refusal } {
  const deadline = Number(state.deadline);
  if (!(deadline > 0)) return { refusal: { deadlineProblem: t('A deadline is a number of seconds above 0.') } };
  const { request: text } = state;
  try {
    const nodes = choose(text);
    const request: SendRequest = {
      call: state.call + 1,
      messages: nodes.map(({ start, end }) => text.slice(start, end)),
      open,
      metadata: metadataOf(state.metadata),
      deadline,
    };
    return { prepared: { request, sentAt: nodes.map(({ start }) => start) } };
  } catch (error) {
    if (!(error instanceof JsonProblem)) throw error;
    return { refusal: { problem: problemAt(text, error.message, error.start, error.end) } };
  }
}

/** Rows without a name are not sent. */
const metadataOf = (rows: readonly MetadataRow[]): MetadataEntries =>
  rows.filter(({ name }) => name.trim() !== '').map(({ name, value }) => [name.trim(), value]);
