import assert from 'node:assert/strict';
import { jsonContext } from '../../../src/grpc/jsonContext.ts';
import { messageNames, shapesOf } from '../../../src/grpc/shapes.ts';
import { hoverAt, suggestionsAt } from '../../../src/webview/grpc/request/suggestions.ts';
import { ShapeTable } from '../../../src/webview/grpc/shapeTable.ts';
import { types } from './types.ts';

const comments = new Map([
  ['shop.Order.id', 'Given by the shop.'],
  ['shop.State.PAID', 'The money is there.'],
]);
const table = new ShapeTable('shop.Order', shapesOf(['shop.Order'], types, comments), messageNames(types));

/** The caret stands where the bar is. */
const split = (marked: string): [text: string, offset: number] => [marked.replace('|', ''), marked.indexOf('|')];

const labels = (marked: string): string[] => {
  const [text, offset] = split(marked);
  return suggestionsAt(text, offset, table)?.options.map(({ label }) => label) ?? [];
};

/** The text after the first suggestion with this label was taken, a bar at the caret. */
function taken(marked: string, label: string): string {
  const [text, offset] = split(marked);
  const { from, to, commaAt, options } = suggestionsAt(text, offset, table)!;
  const { insert } = options.find((option) => option.label === label)!;
  const before = commaAt === undefined ? text.slice(0, from) : `${text.slice(0, commaAt)},${text.slice(commaAt, from)}`;
  return before + insert + text.slice(to);
}

const fields = ['id', 'userName', 'state', 'items', 'card', 'voucher', 'created', 'extra', 'parent', 'price', 'data', 'totals', 'limit']; // prettier-ignore

describe('what can be written in a request', () => {
  it('knows the place in text that is half written', () => {
    const places = ['|', '{|', '{"a": |', '{"a": 1|', '{"a": 1 |', '{"a": 1, "b|', '{"a": [1, |', '{"a": {"b": "|"}}'];
    assert.deepEqual(
      places.map((marked) => {
        const { at, path } = jsonContext(...split(marked));
        return `${at} ${path.map((step) => ('key' in step ? step.key : '#')).join('.')}`;
      }),
      ['value ', 'key ', 'value a', 'value a', 'key ', 'key ', 'value a.#', 'value a.b'],
    );
  });

  it('offers the fields of the message that are not written yet', () => {
    assert.deepEqual(labels('{|}'), fields);
    assert.deepEqual(labels('{"user_name": "a", |"id": 1}'), fields.slice(2));
    assert.deepEqual(labels('{"items": [{"sku": "a"}, {|}]}'), ['sku', 'count']);
    assert.deepEqual(labels('{"parent": {"parent": {"items": [{"|'), ['sku', 'count']);
  });

  it('offers the names of an enum, the types of an Any and its fields', () => {
    assert.deepEqual(labels('{"state": |}'), ['NEW', 'PAID']);
    assert.deepEqual(labels('{"extra": {|}}'), ['@type']);
    assert.ok(labels('{"extra": {"@type": "|"}}').includes('type.googleapis.com/shop.Item'));
    assert.deepEqual(labels('{"extra": {"@type": "type.googleapis.com/shop.Item", |}}'), ['sku', 'count']);
  });

  it('offers nothing where the schema says nothing', () => {
    assert.deepEqual(['{"totals": {|}}', '{"no": {|}}', '{"id": |}', '{"id"|}'].map(labels), [[], [], [], []]);
  });

  it('writes the member whole, with the commas it needs', () => {
    assert.deepEqual(
      [
        taken('{|}', 'id'),
        taken('{"us|', 'userName'),
        taken('{"id": 1 |}', 'items'),
        taken('{|"id": 1}', 'parent'),
        taken('{"|": "x"}', 'card'),
        taken('{"state": "P|"}', 'PAID'),
      ],
      [
        '{"id": |}',
        '{"userName": "|"',
        '{"id": 1, "items": [|]}',
        '{"parent": {|},"id": 1}',
        '{"card": "x"}',
        '{"state": "PAID"}',
      ],
    );
  });

  it('puts the other fields of a oneof that is set last, and says so', () => {
    const [text, offset] = split('{"card": "1", |}');
    const voucher = suggestionsAt(text, offset, table)!.options.find(({ label }) => label === 'voucher');
    assert.deepEqual(
      [voucher?.weight, voucher?.info],
      [-1, 'One of payment: only one of them may be set.\ncard is set already.'],
    );
  });

  it('tells what a field and a value are', () => {
    const hover = (marked: string): unknown => hoverAt(...split(marked), table)?.title;
    assert.equal(hoverAt(...split('{"i|d": 1}'), table)?.text, 'Given by the shop.');
    assert.equal(hoverAt(...split('{"state": "PA|ID"}'), table)?.text, 'The money is there.');
    assert.deepEqual(
      ['{"i|d": 1}', '{"items": [{"co|unt": 1}]}', '{"state": "PA|ID"}', '{"no|": 1}', '{"id": 1|}'].map(hover),
      ['int64 id', 'int32 count', 'PAID = 1', undefined, undefined],
    );
  });
});
