/** What the panel shows, and how each thing that happens changes it. Pure: the page only draws it. */
import { t } from '../../core/l10n.ts';
import type { CallEvent, MetadataEntries, RequestPlace } from '../../grpc/events.ts';
import { JsonProblem, parseJsonDocuments, positionOf } from '../../grpc/json.ts';
import type { PanelStart, SendRequest } from '../../grpc/protocol.ts';

/** Messages of a stream kept on the page; the count goes on. */
export const mostShown = 500;

export interface MetadataRow {
  readonly name: string;
  readonly value: string;
}

/** What is wrong with the request, at offsets of its text. */
export interface Problem {
  readonly message: string;
  readonly start: number;
  readonly end: number;
  /** Both from 1. */
  readonly line: number;
  readonly column: number;
}

export interface ReceivedMessage {
  /** From 1, in the order received. */
  readonly number: number;
  readonly json: string;
  readonly bytes: number;
  readonly at: number;
}

export interface Answer {
  readonly headers?: CallEvent & { kind: 'headers' };
  /** The newest ones, oldest first. */
  readonly messages: readonly ReceivedMessage[];
  readonly received: number;
  readonly receivedBytes: number;
  readonly trailers?: CallEvent & { kind: 'trailers' };
  /** Why there was no call. */
  readonly failure?: string;
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
  readonly answer?: Answer;
}

/** What of the state outlives the page. */
export type Draft = Pick<PanelState, 'request' | 'metadata' | 'deadline'>;

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
  | { readonly type: 'sendFailed'; readonly message: string }
  | { readonly type: 'received'; readonly call: number; readonly events: readonly CallEvent[] };

export const initialState: PanelState = {
  request: '',
  metadata: [],
  deadline: '',
  call: 0,
  sentAt: [],
  running: false,
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
      const answer = { messages: [], received: 0, receivedBytes: 0 };
      return { ...clean, call: request.call, sentAt, running: true, answer };
    }
    case 'sendFailed':
      return { ...state, running: false, answer: { ...emptyAnswer, ...state.answer, failure: action.message } };
    case 'received':
      return action.call === state.call ? action.events.reduce(receive, state) : state;
  }
}

const emptyAnswer: Answer = { messages: [], received: 0, receivedBytes: 0 };

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
    case 'message': {
      const number = answer.received + 1;
      const { json, bytes, at } = event;
      const { stalled: _, ...heard } = answer;
      const messages = [...answer.messages.slice(1 - mostShown), { number, json, bytes, at }];
      return {
        ...state,
        answer: { ...heard, messages, received: number, receivedBytes: answer.receivedBytes + bytes },
      };
    }
    case 'stalled':
      return { ...state, answer: { ...answer, stalled: event.sentence } };
    case 'trailers':
      return { ...state, running: false, answer: { ...without(answer, 'stalled'), trailers: event } };
    case 'failed':
      return event.place === undefined
        ? { ...state, running: false, answer: { ...answer, failure: event.failure.message } }
        : misplaced(state, event.failure.message, event.place);
  }
}

/** The extension found a fault in what was sent: it is shown in the text, and there is no answer. */
function misplaced(state: PanelState, message: string, place: RequestPlace): PanelState {
  const from = state.sentAt[place.message] ?? 0;
  const problem = problemAt(state.request, message, from + place.start, from + place.end);
  const { answer: _, ...rest } = state;
  return { ...rest, running: false, problem };
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
  const deadline = Number(state.deadline);
  if (!(deadline > 0)) return { refusal: { deadlineProblem: t('A deadline is a number of seconds above 0.') } };
  const { request: text } = state;
  try {
    const nodes = parseJsonDocuments(text);
    const request: SendRequest = {
      call: state.call + 1,
      messages: nodes.map(({ start, end }) => text.slice(start, end)),
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
