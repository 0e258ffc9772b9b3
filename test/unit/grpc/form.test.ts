import assert from 'node:assert/strict';
import { parseJson } from '../../../src/grpc/json.ts';
import { bestFace, shownBytes, typedBytes } from '../../../src/webview/grpc/form/bytes.ts';
import { bestUnit, shownDuration, typedDuration } from '../../../src/webview/grpc/form/duration.ts';
import {
  type ListNode,
  type ObjectNode,
  addItem,
  addMember,
  addMessage,
  removeItem,
  removeMember,
  removeMessage,
  renameMember,
  replaceMember,
} from '../../../src/webview/grpc/form/edit.ts';
import { parseJsonDocuments } from '../../../src/grpc/json.ts';

const object = (text: string): ObjectNode => parseJson(text) as ObjectNode;
const list = (text: string): ListNode => parseJson(text) as ListNode;

describe('changes that the form makes to the text', () => {
  it('add at the end, laid out as what is there', () => {
    const texts = ['{}', '{"a": 1}', '{\n  "a": 1\n}', '{\n\t"a": {}\n}'];
    assert.deepEqual(
      texts.map((text) => addMember(text, object(text), 'b', '2')),
      ['{\n  "b": 2\n}', '{"a": 1, "b": 2}', '{\n  "a": 1,\n  "b": 2\n}', '{\n\t"a": {},\n\t"b": 2\n}'],
    );
    assert.deepEqual(
      ['[]', '[1]', '[\n  1\n]'].map((text) => addItem(text, list(text), '2')),
      ['[\n  2\n]', '[1, 2]', '[\n  1,\n  2\n]'],
    );
  });

  it('take out one and leave the rest as it is written', () => {
    const text = '{ "a" : 1,  "b": 9007199254740993 , "c": [1,2] }';
    assert.deepEqual(
      [0, 1, 2].map((index) => removeMember(text, object(text), index)),
      ['{ "b": 9007199254740993 , "c": [1,2] }', '{ "a" : 1 , "c": [1,2] }', '{ "a" : 1,  "b": 9007199254740993 }'],
    );
    assert.deepEqual(
      [removeMember('{ "a": 1 }', object('{ "a": 1 }'), 0), removeItem('[1]', list('[1]'), 0)],
      ['{}', '[]'],
    );
  });

  it('rename a key, exchange a member, add and take out messages', () => {
    const text = '{"a": 1, "b": 2}';
    assert.equal(renameMember(text, object(text), 1, 'x"y'), '{"a": 1, "x\\"y": 2}');
    assert.equal(replaceMember(text, object(text), 0, 'c', '"3"'), '{"c": "3", "b": 2}');
    assert.deepEqual([addMessage('', '{}'), addMessage('{} \n', '{}')], ['{}', '{}\n{}']);
    const three = '{"n": 1}\n{"n": 2}\n{"n": 3}';
    assert.deepEqual(
      [0, 1, 2].map((index) => removeMessage(three, parseJsonDocuments(three), index)),
      ['{"n": 2}\n{"n": 3}', '{"n": 1}\n{"n": 3}', '{"n": 1}\n{"n": 2}'],
    );
  });
});

describe('bytes in the form', () => {
  it('are the same in every face', () => {
    for (const base64 of ['', 'aGVsbG8=', 'AP8Q', '5L2g5aW9']) {
      for (const face of ['text', 'hex', 'base64'] as const) {
        const shown = shownBytes(base64, face);
        if (shown !== undefined) assert.equal(typedBytes(shown, face), base64, `${base64} as ${face}`);
      }
    }
    assert.deepEqual(
      [shownBytes('aGVsbG8=', 'text'), shownBytes('AP8Q', 'hex'), shownBytes('AP8Q', 'text'), shownBytes('???', 'hex')],
      ['hello', '00 ff 10', undefined, undefined],
    );
  });

  it('that are half typed are kept, and are no base64', () => {
    assert.deepEqual(
      ['a', 'abc', 'zz', '0xff 10'].map((typed) => typedBytes(typed, 'hex')),
      ['hex:a', 'hex:abc', 'hex:zz', '/xA='],
    );
    assert.deepEqual([shownBytes('hex:abc', 'hex'), bestFace('hex:abc')], ['abc', 'hex']);
  });

  it('are shown as text where they are readable', () => {
    assert.deepEqual(['aGVsbG8=', 'AP8Q', 'AAA=', '', '*'].map(bestFace), [
      'text',
      'base64',
      'base64',
      'text',
      'base64',
    ]);
  });
});

describe('durations in the form', () => {
  it('are exact in every unit', () => {
    assert.deepEqual(
      (['ns', 'µs', 'ms', 's', 'min', 'h'] as const).map((unit) => shownDuration('5400.5s', unit)),
      ['5400500000000', '5400500000', '5400500', '5400.5', undefined, undefined],
    );
    assert.deepEqual(
      [typedDuration('1.5', 'h'), typedDuration('250', 'ms'), typedDuration('-1', 'ns'), typedDuration('0.1', 's')],
      ['5400s', '0.25s', '-0.000000001s', '0.1s'],
    );
  });

  it('that are no durations stay as they are typed', () => {
    assert.deepEqual(
      [typedDuration('soon', 's'), typedDuration('', 'ms'), shownDuration('soon', 's')],
      ['soon', '', undefined],
    );
    assert.equal(typedDuration('0.5', 'ns'), '0.5');
  });

  it('are said in a unit that needs few digits', () => {
    assert.deepEqual(['1.5s', '0.25s', '0.0000012s', '0s', 'x'].map(bestUnit), ['s', 's', 'µs', 's', 's']);
  });
});
