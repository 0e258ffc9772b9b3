import assert from 'node:assert/strict';
import { type JsonNode, JsonProblem, parseJson, parseJsonDocuments, positionOf } from '../../../src/grpc/json.ts';

describe('the JSON reader', () => {
  /** Without places, as JSON.parse would give it; numbers as their text. */
  function bare(node: JsonNode): unknown {
    switch (node.kind) {
      case 'object':
        return Object.fromEntries(node.members.map(({ key, value }) => [key, bare(value)]));
      case 'array':
        return node.items.map(bare);
      case 'number':
        return { number: node.text };
      case 'null':
        return null;
      default:
        return node.value;
    }
  }

  it('keeps the text of numbers and reads everything else as JSON.parse does', () => {
    const text = String.raw`{"a": [1, -0.5e+10, 9007199254740993], "b": {"é\u0041\n\"\\\/": null}, "c": true, "d": false, "": "😈"}`;
    const number = (text: string): unknown => ({ number: text });
    assert.deepEqual(bare(parseJson(text)), {
      a: [number('1'), number('-0.5e+10'), number('9007199254740993')],
      b: { 'éA\n"\\/': null },
      c: true,
      d: false,
      '': '😈',
    });
  });

  it('knows where everything stands', () => {
    const text = ' {"name": [12, "x"]} ';
    const places: string[] = [];
    const walk = (node: JsonNode): void => {
      places.push(text.slice(node.start, node.end));
      if (node.kind === 'array') node.items.forEach(walk);
      if (node.kind !== 'object') return;
      for (const { keyPlace, value } of node.members) {
        places.push(text.slice(keyPlace.start, keyPlace.end));
        walk(value);
      }
    };
    walk(parseJson(text));
    assert.deepEqual(places, ['{"name": [12, "x"]}', '"name"', '[12, "x"]', '12', '"x"']);
  });

  it('reads values one after the other', () => {
    assert.deepEqual(
      parseJsonDocuments('{"a": 1}\n[2] 3').map(({ start, end }) => [start, end]),
      [
        [0, 8],
        [9, 12],
        [13, 14],
      ],
    );
    assert.deepEqual(parseJsonDocuments(' \n '), []);
  });

  /** `|` stands before the character the problem points at. */
  const wrong: readonly [marked: string, message: string][] = [
    ['|', 'A value is missing here: the text ends.'],
    ['{"a": |}', 'Expected a value: an object, a list, a text in double quotes, a number, true, false or null.'],
    ['{"a": 1|', 'The bracket opened here is never closed.'],
    ['{"a" |1}', 'Expected a colon after the field name.'],
    ['{|a: 1}', 'Expected a field name in double quotes.'],
    ['{"a": 1, |}', 'A comma must not stand before the closing bracket.'],
    ['[1 |2]', 'Expected a comma or ].'],
    ['{"a": 1, |"a": 2}', 'The field "a" stands twice.'],
    ['{"a": 1, |"\\u0061": 2}', 'The field "a" stands twice.'],
    ['|"abc', 'The text opened here has no closing quote.'],
    ['"a|\tb"', 'A control character must be written as an escape such as \\t.'],
    ['"a|\\x"', 'There is no such escape in JSON.'],
    ['"a|\\u12"', 'There is no such escape in JSON.'],
    ['|01', 'Expected a value: an object, a list, a text in double quotes, a number, true, false or null.'],
    ['|NaN', 'Expected a value: an object, a list, a text in double quotes, a number, true, false or null.'],
    ['|1.', 'Expected a value: an object, a list, a text in double quotes, a number, true, false or null.'],
    ['{} |{}', 'Expected the end of the text here.'],
  ];
  for (const [marked, message] of wrong) {
    it(`points at what is wrong: ${JSON.stringify(marked)}`, () => {
      const text = marked.replace('|', '');
      try {
        parseJson(text);
        assert.fail('it was read');
      } catch (error) {
        assert.ok(error instanceof JsonProblem, String(error));
        // A bracket that is never closed is shown where it was opened.
        const start = message.startsWith('The bracket') ? 0 : marked.indexOf('|');
        assert.deepEqual([error.message, error.start], [message, start]);
      }
    });
  }

  it('agrees with JSON.parse on what is JSON', () => {
    const texts = ['0', '-0', '1e5', '1E-2', '-', '+1', '.5', '1e', '00', '""', '"\u2028"', '[]', '[,]', '{}', '{"a":1,}', "{'a':1}", 'nul', 'True', '[1]]', '\u00a01', '"\\ud800"', '[[[]]]', '"\u007f"']; // prettier-ignore
    const accepts = (read: (text: string) => unknown, text: string): boolean => {
      try {
        read(text);
        return true;
      } catch {
        return false;
      }
    };
    assert.deepEqual(
      texts.map((text) => [text, accepts(parseJson, text)]),
      texts.map((text) => [text, accepts(JSON.parse, text)]),
    );
  });

  it('refuses nesting that would exhaust the stack', () => {
    assert.throws(() => parseJson('['.repeat(100_000)), /Nested deeper than 500 levels\./);
  });

  it('counts lines and columns from 1', () => {
    const text = 'a\nbc\n';
    assert.deepEqual(
      [0, 2, 3, 5].map((offset) => positionOf(text, offset)),
      [
        { line: 1, column: 1 },
        { line: 2, column: 1 },
        { line: 2, column: 2 },
        { line: 3, column: 1 },
      ],
    );
  });
});
