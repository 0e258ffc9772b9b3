/** What the panel shows, and how each thing that happens changes it. Pure: the page only draws it. */
import type { MessageRow, Tally } from '../../grpc/conversation.ts';
import type { RequestProblem } from '../../grpc/domain.ts';
import type { CallEvent, Fix } from '../../grpc/events.ts';
import { type JsonNode, JsonProblem, parseJsonDocuments, positionOf } from '../../grpc/json.ts';
import type { Draft, MetadataRow, PanelStart, PastCall, Progress } from '../../grpc/protocol.ts';
import type { Prepared, Refusal } from './prepare.ts';

/** Something wrong with the request, at offsets of its text. */
export interface Problem {
  readonly message: string;
  readonly start: number;
  readonly end: number;
  /** Both from 1. */
  readonly line: number;
  readonly column: number;
}

export interface Answer {
  readonly headers?: CallEvent & { kind: 'headers' };
  readonly tally: Tally;
  /** Rows that the page holds, one after the other. */
  readonly rows: readonly MessageRow[];
  /** Index of the message that is looked at; the newest when undefined. */
  readonly selected?: number;
  readonly trailers?: CallEvent & { kind: 'trailers' };
  /** Why there was no call. */
  readonly failure?: string;
  /** What mends a failed call. */
  readonly fix?: Fix;
  /** Says that the server is stuck, while it is. */
  readonly stalled?: string;
}

/** How the request is written: as text, or field by field. Both are the same text. */
export type Face = 'json' | 'form';

export interface PanelState {
  /** Undefined until the extension has said what is called. */
  readonly start?: PanelStart;
  /** Why the panel cannot begin. */
  readonly startFailure?: string;
  readonly face: Face;
  readonly request: string;
  readonly metadata: readonly MetadataRow[];
  /** Seconds, as typed. */
  readonly deadline: string;
  /** When any of these three was typed last; milliseconds since 1970. */
  readonly typedAt: number;
  readonly deadlineProblem?: string;
  /** What is wrong with the request as it stands; undefined while that is not known yet. */
  readonly problems?: readonly Problem[];
  /** Sending was refused because of them, so the first is said aloud. */
  readonly refused: boolean;
  /** The newest call; news of older ones is late and dropped. */
  readonly call: number;
  /** Where in the request text each message of the newest call begins. */
  readonly sentAt: readonly number[];
  readonly running: boolean;
  /** More messages can be sent to the call that runs. */
  readonly open: boolean;
  readonly answer?: Answer;
  /** Newest first. */
  readonly history: readonly PastCall[];
}

export type Action =
  | { readonly type: 'started'; readonly start: PanelStart; readonly draft: Draft | undefined }
  | { readonly type: 'startFailed'; readonly message: string }
  | { readonly type: 'faceChosen'; readonly face: Face }
  | { readonly type: 'requestEdited'; readonly text: string }
  | { readonly type: 'checked'; readonly text: string; readonly problems: readonly Problem[] }
  | { readonly type: 'metadataEdited'; readonly index: number; readonly row: MetadataRow }
  | { readonly type: 'metadataAdded' }
  | { readonly type: 'metadataRemoved'; readonly index: number }
  | { readonly type: 'deadlineEdited'; readonly text: string }
  | { readonly type: 'refused'; readonly refusal: Refusal }
  | { readonly type: 'sent'; readonly prepared: Prepared }
  | { readonly type: 'sentMore'; readonly at: number }
  | { readonly type: 'halfClosed' }
  | { readonly type: 'sendFailed'; readonly message: string }
  | { readonly type: 'received'; readonly progress: Progress }
  | { readonly type: 'rowsRead'; readonly call: number; readonly rows: readonly MessageRow[] }
  | { readonly type: 'messageChosen'; readonly index: number | undefined }
  | { readonly type: 'pastCallChosen'; readonly past: PastCall }
  | { readonly type: 'historyForgotten' };

/** The newer of what VS Code kept of the page and of what the extension did: either may miss the last seconds. */
export const newer = (one: Draft | undefined, other: Draft | undefined): Draft | undefined =>
  one === undefined || (other !== undefined && other.typedAt >= one.typedAt) ? other : one;

/** What the person typed, of all that the panel shows. */
export const draftOf = ({ request, metadata, deadline, typedAt }: PanelState): Draft => ({
  request,
  metadata,
  deadline,
  typedAt,
});

export const initialState: PanelState = {
  face: 'json',
  request: '',
  metadata: [],
  deadline: '',
  typedAt: 0,
  refused: false,
  call: 0,
  sentAt: [],
  running: false,
  open: false,
  history: [],
};

export function reduce(state: PanelState, action: Action): PanelState {
  switch (action.type) {
    case 'started': {
      const { start, draft } = action;
      return { ...without(state, 'startFailure'), start, history: start.history, ...(draft ?? newDraft(start)) };
    }
    case 'startFailed':
      return { ...state, startFailure: action.message };
    case 'faceChosen':
      return { ...state, face: action.face };
    case 'requestEdited':
      return edited(state, action.text);
    case 'checked':
      return action.text === state.request ? { ...state, problems: action.problems } : state;
    case 'metadataEdited':
      return { ...state, metadata: state.metadata.with(action.index, action.row) };
    case 'metadataAdded':
      return { ...state, metadata: [...state.metadata, { name: '', value: '' }] };
    case 'metadataRemoved':
      return { ...state, metadata: state.metadata.toSpliced(action.index, 1) };
    case 'deadlineEdited':
      return { ...without(state, 'deadlineProblem'), deadline: action.text };
    case 'refused': {
      const { problem, deadlineProblem } = action.refusal;
      const rest = without(state, 'deadlineProblem');
      if (deadlineProblem !== undefined) return { ...rest, deadlineProblem };
      return { ...rest, refused: true, problems: problem === undefined ? [] : [problem] };
    }
    case 'sent': {
      const { request, sentAt } = action.prepared;
      const clean = without(state, 'deadlineProblem');
      const { call, open } = request;
      return { ...clean, refused: false, problems: [], call, sentAt, running: true, open, answer: emptyAnswer };
    }
    case 'sentMore':
      return { ...state, refused: false, problems: [], sentAt: [...state.sentAt, action.at] };
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
      return action.progress.call === state.call ? received(state, action.progress) : state;
    case 'rowsRead':
      return action.call === state.call && state.answer !== undefined
        ? { ...state, answer: { ...state.answer, rows: action.rows } }
        : state;
    case 'messageChosen':
      return state.answer === undefined ? state : { ...state, answer: chosen(state.answer, action.index) };
    case 'pastCallChosen':
      return { ...edited(without(state, 'deadlineProblem'), action.past.request), deadline: action.past.deadline };
    case 'historyForgotten':
      return { ...state, history: [] };
  }
}

const emptyTally: Tally = { total: 0, sent: 0, received: 0, receivedBytes: 0, first: 0 };
const emptyAnswer: Answer = { tally: emptyTally, rows: [] };

const newDraft = (start: PanelStart): Draft => ({
  request: start.sample,
  metadata: [],
  deadline: String(start.deadline),
  typedAt: 0,
});

function without<T extends object, Key extends keyof T>(state: T, key: Key): Omit<T, Key> {
  const { [key]: _, ...rest } = state;
  return rest;
}

function edited(state: PanelState, text: string): PanelState {
  return text === state.request ? state : { ...without(state, 'problems'), refused: false, request: text };
}

function chosen(answer: Answer, index: number | undefined): Answer {
  return index === undefined ? without(answer, 'selected') : { ...answer, selected: index };
}

function received(state: PanelState, { events, tally, tail, history }: Progress): PanelState {
  const before = state.answer ?? emptyAnswer;
  // What came means that the server is not stuck; whoever looks at older messages goes on doing so.
  const heard = tally.received > before.tally.received ? without(before, 'stalled') : before;
  const rows = before.selected === undefined ? tail : before.rows;
  const told = { ...state, answer: { ...heard, tally, rows } };
  return events.reduce(receive, history === undefined ? told : { ...told, history });
}

function receive(state: PanelState, event: CallEvent): PanelState {
  const answer = state.answer ?? emptyAnswer;
  switch (event.kind) {
    case 'headers':
      return { ...state, answer: { ...answer, headers: event } };
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
        : misplaced(state, { ...event.place, text: event.failure.message });
    default:
      return state; // Messages come as rows.
  }
}

const fixOf = ({ explanation }: CallEvent & { kind: 'trailers' | 'failed' }): { fix?: Fix } =>
  explanation?.fix === undefined ? {} : { fix: explanation.fix };

/** True where the method takes a stream of messages. */
export const sendsMany = ({ start }: PanelState): boolean =>
  start?.node.methodKind === 'client_streaming' || start?.node.methodKind === 'bidi_streaming';

/** True where the method answers with a stream of messages. */
export const receivesMany = ({ start }: PanelState): boolean =>
  start?.node.methodKind === 'server_streaming' || start?.node.methodKind === 'bidi_streaming';

/** The extension found a fault in what was sent: it is shown in the text, and there is no answer. */
function misplaced(state: PanelState, problem: RequestProblem): PanelState {
  const { answer: _, ...rest } = state;
  const problems = placed(state.request, state.sentAt, [problem]);
  return { ...rest, running: false, open: false, refused: true, problems };
}

/** Problems of messages as problems of the text that the messages stand in, at `begins`. */
export const placed = (text: string, begins: readonly number[], problems: readonly RequestProblem[]): Problem[] =>
  problems.map(({ message, start, end, text: sentence }) => {
    const from = begins[message] ?? 0;
    return problemAt(text, sentence, from + start, from + end);
  });

export function problemAt(text: string, message: string, start: number, end: number): Problem {
  return { message, start, end, ...positionOf(text, start) };
}

/** The messages of a request, or what keeps them from being read. A key that stands twice is the schema's to refuse. */
export function readMessages(text: string): { readonly nodes: readonly JsonNode[] } | { readonly problem: Problem } {
  try {
    return { nodes: parseJsonDocuments(text, { repeatedKeys: true }) };
  } catch (error) {
    if (!(error instanceof JsonProblem)) throw error;
    return { problem: problemAt(text, error.message, error.start, error.end) };
  }
}
