import assert from 'node:assert/strict';
import { Conversation } from '../../../src/grpc/conversation.ts';
import { mostCalls, remember } from '../../../src/grpc/history.ts';
import type { PastCall } from '../../../src/grpc/protocol.ts';

const add = (conversation: Conversation, ...kinds: ('sent' | 'message')[]): void =>
  kinds.forEach((kind, index) => conversation.add({ kind, json: `{"n": ${index}}`, bytes: 3, at: index }));

describe('the messages of a call', () => {
  it('are counted in both directions and given as rows', () => {
    const conversation = new Conversation();
    add(conversation, 'sent', 'message', 'message');
    assert.deepEqual(conversation.tally(), { total: 3, sent: 1, received: 2, receivedBytes: 6, first: 0 });
    assert.deepEqual(
      conversation.rows(1, 5).map(({ index, direction, number, preview }) => [index, direction, number, preview]),
      [
        [1, 'received', 1, '{"n": 1}'],
        [2, 'received', 2, '{"n": 2}'],
      ],
    );
    assert.deepEqual([conversation.json(0), conversation.json(3)], ['{"n": 0}', undefined]);
  });

  it('are kept as far as they fit, the newest first, and keep their places', () => {
    const conversation = new Conversation({ messages: 5, text: 1000 });
    for (let i = 0; i < 23; i++) add(conversation, 'message');
    assert.deepEqual(
      [conversation.tally(), conversation.rows(0, 100).map(({ index, number }) => [index, number])],
      [
        { total: 23, sent: 0, received: 23, receivedBytes: 69, first: 18 },
        [18, 19, 20, 21, 22].map((index) => [index, index + 1]),
      ],
    );
    assert.deepEqual([conversation.json(17), conversation.json(18)], [undefined, '{"n": 0}']);
  });

  it('go by the room that their text takes, but the newest is kept whatever its size', () => {
    const conversation = new Conversation({ messages: 100, text: 20 });
    add(conversation, 'message', 'message', 'message');
    conversation.add({ kind: 'message', json: 'x'.repeat(50), bytes: 50, at: 9 });
    assert.deepEqual([conversation.tally().first, conversation.tail(10).map(({ index }) => index)], [3, [3]]);
  });

  it('show the beginning of what is long', () => {
    const conversation = new Conversation();
    conversation.add({ kind: 'message', json: 'x'.repeat(5000), bytes: 1, at: 0 });
    const [row] = conversation.tail(1);
    assert.deepEqual([row!.whole, row!.preview.length, conversation.json(0)!.length], [false, 2000, 5000]);
  });
});

describe('the history of a method', () => {
  const call = (at: number): PastCall => {
    return { at, request: '{}', deadline: '15', outcome: 'OK', ok: true, received: 1, answer: '{}' };
  };

  it('keeps the newest calls, newest first, and of long ones what can be used again', () => {
    let history: readonly PastCall[] = [];
    for (let at = 0; at < mostCalls + 3; at++) history = remember(history, call(at));
    assert.deepEqual([history.length, history[0]!.at, history.at(-1)!.at], [mostCalls, mostCalls + 2, 3]);
    const [long] = remember([], { ...call(1), request: ' '.repeat(200_000), answer: 'x'.repeat(200_000) });
    assert.deepEqual([long!.request, long!.answer.length], ['', 100_000]);
  });
});
