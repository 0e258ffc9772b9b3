import assert from 'node:assert/strict';
import type { CallEvent } from '../../../src/grpc/events.ts';
import type { MessageRow } from '../../../src/grpc/conversation.ts';
import type { PanelStart, PastCall, Progress } from '../../../src/grpc/protocol.ts';
import { prepare } from '../../../src/webview/grpc/prepare.ts';
import { type Action, type PanelState, initialState, reduce } from '../../../src/webview/grpc/state.ts';

const start: PanelStart = {
  node: {
    kind: 'method',
    target: 'localhost:1',
    service: 'shop.Orders',
    method: 'Get',
    methodKind: 'unary',
    input: 'shop.Request',
    output: 'shop.Order',
    deprecated: false,
  },
  kindText: 'unary',
  sample: '{\n  "id": 0\n}',
  deadline: 15,
  shapes: { messages: [], enums: [] },
  anyTypes: [],
  history: [],
};

const after = (...actions: Action[]): PanelState => actions.reduce(reduce, initialState);
const started: Action = { type: 'started', start, draft: undefined };

/** The state after what it holds was sent. */
function sent(state: PanelState): PanelState {
  const result = prepare(state);
  assert.ok('prepared' in result, 'it was refused');
  return reduce(state, { type: 'sent', prepared: result.prepared });
}

const noMessages = { total: 0, sent: 0, received: 0, receivedBytes: 0, first: 0 };

const told = (state: PanelState, progress: Partial<Progress>): PanelState =>
  reduce(state, {
    type: 'received',
    progress: { call: state.call, events: [], tally: noMessages, tail: [], ...progress },
  });

const received = (state: PanelState, ...events: CallEvent[]): PanelState => told(state, { events });

const row = (index: number): MessageRow => {
  return { index, direction: 'received', number: index + 1, preview: '{}', whole: true, bytes: 2, at: 1 };
};
const ok: CallEvent = {
  kind: 'trailers',
  code: 0,
  codeName: 'OK',
  details: '',
  metadata: [],
  decodedDetails: [],
  timing: { total: 3 },
};

describe('the state of the gRPC panel', () => {
  it('begins with the sample, or with what was typed before', () => {
    const fresh = after(started);
    const draft = { request: '{"id": 7}', metadata: [{ name: 'a', value: 'b' }], deadline: '2', typedAt: 5 };
    const kept = after({ type: 'started', start, draft });
    assert.deepEqual(
      [fresh, kept].map(({ request, metadata, deadline, typedAt }) => ({ request, metadata, deadline, typedAt })),
      [{ request: start.sample, metadata: [], deadline: '15', typedAt: 0 }, draft],
    );
  });

  it('sends every JSON value, the named metadata and the deadline', () => {
    const state = after(
      started,
      { type: 'requestEdited', text: '{"id": 1}\n {"id": 2}' },
      { type: 'metadataAdded' },
      { type: 'metadataAdded' },
      { type: 'metadataAdded' },
      { type: 'metadataEdited', index: 0, row: { name: ' user ', value: 'a b' } },
      { type: 'metadataEdited', index: 2, row: { name: 'gone', value: '' } },
      { type: 'metadataRemoved', index: 2 },
      { type: 'deadlineEdited', text: '0.5' },
    );
    assert.deepEqual(prepare(state), {
      prepared: {
        request: {
          call: 1,
          messages: ['{"id": 1}', '{"id": 2}'],
          open: false,
          metadata: [['user', 'a b']],
          deadline: 0.5,
        },
        sentAt: [0, 11],
      },
    });
  });

  it('points at what is no JSON, and forgets it with the next edit', () => {
    const state = after(started, { type: 'requestEdited', text: '{\n  "id": 1,\n}' });
    const result = prepare(state);
    assert.ok('refusal' in result);
    const refused = reduce(state, { type: 'refused', refusal: result.refusal });
    const problem = {
      message: 'A comma must not stand before the closing bracket.',
      start: 13,
      end: 14,
      line: 3,
      column: 1,
    };
    assert.deepEqual([refused.problems, refused.refused], [[problem], true]);
    const edited = reduce(refused, { type: 'requestEdited', text: '{}' });
    assert.deepEqual([edited.problems, edited.refused], [undefined, false]);
    // What was found out about a text of before says nothing of this one.
    const late: Action = { type: 'checked', text: '{\n  "id": 1,\n}', problems: [problem] };
    assert.equal(reduce(edited, late), edited);
  });

  it('refuses a deadline that is none', () => {
    for (const text of ['', '0', '-1', 'soon']) {
      const state = after(started, { type: 'deadlineEdited', text });
      assert.deepEqual(prepare(state), {
        refusal: { deadlineProblem: 'A deadline is a number of seconds above 0.' },
      });
    }
  });

  it('gathers an answer and ends with its status', () => {
    const headers: CallEvent = { kind: 'headers', metadata: [['a', 'b']], at: 1 };
    const tally = { ...noMessages, total: 1, received: 1, receivedBytes: 2 };
    const state = told(sent(after(started)), { events: [headers, ok], tally, tail: [row(0)] });
    assert.deepEqual([state.running, state.answer], [false, { headers, tally, rows: [row(0)], trailers: ok }]);
  });

  it('shows the newest messages, until an older one is looked at', () => {
    const begun = told(sent(after(started)), {
      tally: { ...noMessages, total: 2, received: 2 },
      tail: [row(0), row(1)],
    });
    const looking = reduce(begun, { type: 'messageChosen', index: 0 });
    const more = { tally: { ...noMessages, total: 3, received: 3 }, tail: [row(2)] };
    const rows = (state: PanelState): unknown => state.answer?.rows.map(({ index }) => index);
    const stayed = told(looking, more);
    assert.deepEqual([rows(told(begun, more)), rows(stayed), stayed.answer?.tally.total], [[2], [0, 1], 3]);
    const back = reduce(stayed, { type: 'messageChosen', index: undefined });
    assert.deepEqual(rows(told(back, more)), [2]);
    const older = reduce(stayed, { type: 'rowsRead', call: stayed.call, rows: [row(1)] });
    assert.deepEqual(rows(older), [1]);
  });

  it('takes the request of a past call, and keeps what is typed beside it', () => {
    const past: PastCall = {
      at: 1,
      request: '{"id": 3}',
      deadline: '4',
      outcome: 'OK',
      ok: true,
      received: 1,
      answer: '',
    };
    const metadata = [{ name: 'token', value: 'secret' }];
    const state = after(started, { type: 'metadataAdded' }, { type: 'metadataEdited', index: 0, row: metadata[0]! });
    const used = reduce(state, { type: 'pastCallChosen', past });
    assert.deepEqual([used.request, used.deadline, used.metadata], ['{"id": 3}', '4', metadata]);
  });

  it('loses nothing when the face is changed, whatever is typed', () => {
    const typed = after(started, { type: 'requestEdited', text: '{"id": 12, "half' });
    const back = [
      { type: 'faceChosen', face: 'form' },
      { type: 'faceChosen', face: 'json' },
    ] as const;
    assert.deepEqual(back.reduce<PanelState>(reduce, typed), typed);
  });

  it('drops what belongs to an older call', () => {
    const second = sent(sent(after(started)));
    const late = { call: 1, events: [ok], tally: noMessages, tail: [] };
    assert.equal(reduce(second, { type: 'received', progress: late }), second);
  });

  it('shows a fault that the schema finds at its place in the whole text', () => {
    const state = sent(after(started, { type: 'requestEdited', text: '{}\n{"id": "x"}' }));
    const { running, answer, problems } = received(state, {
      kind: 'failed',
      failure: { kind: 'invalid', message: 'Not an int64.' },
      place: { message: 1, start: 7, end: 10 },
    });
    assert.deepEqual(
      { running, answer, problems },
      {
        running: false,
        answer: undefined,
        problems: [{ message: 'Not an int64.', start: 10, end: 13, line: 2, column: 8 }],
      },
    );
  });

  it('says why there was no call', () => {
    const failure = { kind: 'unreachable', message: 'Nothing listens.' } as const;
    const state = received(sent(after(started)), { kind: 'failed', failure });
    assert.deepEqual([state.running, state.answer?.failure], [false, 'Nothing listens.']);
    const again = sent(state);
    assert.deepEqual([again.running, again.answer?.failure, again.call], [true, undefined, 2]);
  });
});
