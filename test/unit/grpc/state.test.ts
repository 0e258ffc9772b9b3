import assert from 'node:assert/strict';
import type { CallEvent } from '../../../src/grpc/events.ts';
import type { PanelStart } from '../../../src/grpc/protocol.ts';
import {
  type Action,
  type PanelState,
  initialState,
  mostShown,
  prepare,
  reduce,
} from '../../../src/webview/grpc/state.ts';

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
};

const after = (...actions: Action[]): PanelState => actions.reduce(reduce, initialState);
const started: Action = { type: 'started', start, draft: undefined };

/** The state after what it holds was sent. */
function sent(state: PanelState): PanelState {
  const result = prepare(state);
  assert.ok('prepared' in result, 'it was refused');
  return reduce(state, { type: 'sent', prepared: result.prepared });
}

const received = (state: PanelState, ...events: CallEvent[]): PanelState =>
  reduce(state, { type: 'received', call: state.call, events });

const message = (json: string): CallEvent => ({ kind: 'message', json, bytes: 2, at: 1 });
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
    const draft = { request: '{"id": 7}', metadata: [{ name: 'a', value: 'b' }], deadline: '2' };
    const kept = after({ type: 'started', start, draft });
    assert.deepEqual(
      [fresh, kept].map(({ request, metadata, deadline }) => ({ request, metadata, deadline })),
      [{ request: start.sample, metadata: [], deadline: '15' }, draft],
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
    assert.deepEqual(refused.problem, {
      message: 'A comma must not stand before the closing bracket.',
      start: 13,
      end: 14,
      line: 3,
      column: 1,
    });
    assert.equal(reduce(refused, { type: 'requestEdited', text: '{}' }).problem, undefined);
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
    const state = received(sent(after(started)), headers, message('{"x": 1}'), ok);
    assert.deepEqual(
      [state.running, state.answer],
      [
        false,
        {
          headers,
          messages: [{ direction: 'received', number: 1, json: '{"x": 1}', bytes: 2, at: 1 }],
          received: 1,
          receivedBytes: 2,
          sent: 0,
          trailers: ok,
        },
      ],
    );
  });

  it('keeps the newest messages of a long stream and counts all', () => {
    const events = Array.from({ length: mostShown + 7 }, (_, index) => message(String(index)));
    const { answer } = received(sent(after(started)), ...events);
    assert.deepEqual(
      [answer?.received, answer?.messages.length, answer?.messages[0], answer?.messages.at(-1)?.json],
      [
        mostShown + 7,
        mostShown,
        { direction: 'received', number: 8, json: '7', bytes: 2, at: 1 },
        String(mostShown + 6),
      ],
    );
  });

  it('drops what belongs to an older call', () => {
    const second = sent(sent(after(started)));
    assert.equal(reduce(second, { type: 'received', call: 1, events: [ok] }), second);
  });

  it('shows a fault that the schema finds at its place in the whole text', () => {
    const state = sent(after(started, { type: 'requestEdited', text: '{}\n{"id": "x"}' }));
    const { running, answer, problem } = received(state, {
      kind: 'failed',
      failure: { kind: 'invalid', message: 'Not an int64.' },
      place: { message: 1, start: 7, end: 10 },
    });
    assert.deepEqual(
      { running, answer, problem },
      {
        running: false,
        answer: undefined,
        problem: { message: 'Not an int64.', start: 10, end: 13, line: 2, column: 8 },
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
