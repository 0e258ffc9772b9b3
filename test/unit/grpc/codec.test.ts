import assert from 'node:assert/strict';
import { create, toBinary } from '@bufbuild/protobuf';
import { TimestampSchema } from '@bufbuild/protobuf/wkt';
import { encodeJson, integerText } from '../../../src/grpc/encode.ts';
import { JsonProblem } from '../../../src/grpc/json.ts';
import { renderMessage } from '../../../src/grpc/render.ts';
import { sampleRequest } from '../../../src/grpc/samples.ts';
import { order, types } from './types.ts';

const rendered = (bytes: Uint8Array): unknown => JSON.parse(renderMessage(order, bytes, types));
const hex = (text: string): Uint8Array => Buffer.from(text.replaceAll(' ', ''), 'hex');

describe('writing a request', () => {
  it('takes both names of a field, and numbers digit by digit also inside lists, maps, wrappers and Any', () => {
    const text = `{
      "id": 9223372036854775807, "user_name": "a", "items": [{"count": 2}], "totals": {"x": 9007199254740993},
      "limit": 18446744073709551615, "parent": {"userName": "b", "id": -9223372036854775808},
      "extra": {"@type": "type.googleapis.com/shop.Order", "id": 9007199254740993}
    }`;
    assert.deepEqual(rendered(encodeJson(order, text, types)), {
      id: '9223372036854775807',
      userName: 'a',
      items: [{ count: 2 }],
      totals: { x: '9007199254740993' },
      limit: '18446744073709551615',
      parent: { userName: 'b', id: '-9223372036854775808' },
      extra: { '@type': 'type.googleapis.com/shop.Order', id: '9007199254740993' },
    });
  });

  it('writes whole numbers as their digits', () => {
    const texts = ['1.50e1', '-0', '1e0', '100e-2', '0.0', '1.5', '1e-1', '1e400', '12e39'];
    assert.deepEqual(texts.map(integerText), ['15', '0', '1', '1', '0', undefined, undefined, undefined, undefined]);
  });

  /** What stands between the bars is what the problem marks. */
  const wrong: readonly [marked: string, message: string][] = [
    ['|3|', 'shop.Order is written as an object: { … }.'],
    ['{|"colour"|: 1}', 'shop.Order has no field "colour".'],
    ['{"id": |"x"|}', '“id” cannot take this value. It is int64.'],
    ['{"id": |9223372036854775808|}', '“id” cannot take this value. It is int64.'],
    ['{"id": |0.5|}', 'A whole number is needed here.'],
    ['{"price": |1e999|}', 'The number is too large.'],
    ['{"price": |1e39|}', '“price” cannot take this value. It is float.'],
    ['{"state": |"SENT"|}', '“state” cannot take this value. It is shop.State, one of NEW, PAID.'],
    ['{"items": [{}, {"sku": |1|}]}', '“sku” cannot take this value. It is string.'],
    ['{"items": |{}|}', '“items” cannot take this value. It is repeated shop.Item.'],
    ['{"items": [|null|]}', 'shop.Item is written as an object: { … }.'],
    ['{"card": "1", |"voucher"|: "2"}', 'Only one field of "payment" may be set, and "card" is set already.'],
    ['{"userName": "1", |"user_name"|: "2"}', 'The field "user_name" stands twice.'],
    [
      '{"created": |"yesterday"|}',
      '“created” cannot take this value. It is google.protobuf.Timestamp, as in "2026-11-22T10:00:00Z".',
    ],
    [
      '{"parent": {"parent": {"data": |"?"|}}}',
      '“data” cannot take this value. It is bytes, as in "aGVsbG8=" (base64).',
    ],
    ['{"totals": {"a": 1, "b": |"x"|}}', '“totals” cannot take this value. It is map<string, int64>.'],
    ['{"limit": |-1|}', '“limit” cannot take this value. It is google.protobuf.UInt64Value.'],
    ['{"extra": |{"id": 1}|}', 'An Any needs "@type", as in "type.googleapis.com/package.Message".'],
    ['{"extra": {"@type": |"x/none.Such"|}}', 'The server does not publish this type, so it cannot be written here.'],
    ['{"extra": {"@type": "x/shop.Item", "count": |"x"|}}', '“count” cannot take this value. It is int32.'],
  ];
  for (const [marked, message] of wrong) {
    it(`names the place: ${marked}`, () => {
      const [before = '', marking = ''] = marked.split('|');
      try {
        encodeJson(order, marked.replaceAll('|', ''), types);
        assert.fail('it was written');
      } catch (error) {
        assert.ok(error instanceof JsonProblem, String(error));
        const place = [before.length, before.length + marking.length];
        assert.deepEqual([error.message, error.start, error.end], [message, ...place]);
      }
    });
  }
});

describe('reading an answer', () => {
  it('shows unknown fields by number, and enums nobody named by theirs', () => {
    assert.deepEqual(rendered(hex('0801 1807 c23e03616263 c83e 96 01')), {
      id: '1',
      state: 7,
      '@unknown': { '1000': 'YWJj', '1001': '150' },
    });
  });

  it('puts the type of an Any first and keeps the bytes of one it cannot read', () => {
    const any = (url: string, value: Uint8Array): Uint8Array => {
      const inner = Buffer.concat([
        Buffer.from([0x0a, url.length]),
        Buffer.from(url),
        Buffer.from([0x12, value.length]),
        value,
      ]);
      return Buffer.concat([Buffer.from([0x42, inner.length]), inner]);
    };
    const item = hex('0a0161 1002');
    assert.deepEqual(
      [
        Object.entries((rendered(any('x/shop.Item', item)) as { extra: object }).extra),
        rendered(any('x/none.Such', item)),
        rendered(any('x/shop.Item', hex('0aff'))),
      ],
      [
        [
          ['@type', 'x/shop.Item'],
          ['sku', 'a'],
          ['count', 2],
        ],
        { extra: { '@type': 'x/none.Such', '@value': 'CgFhEAI=' } },
        { extra: { '@type': 'x/shop.Item', '@undecodable': 'premature EOF', '@value': 'Cv8=' } },
      ],
    );
  });

  it('shows what its JSON form cannot say by its fields', () => {
    const late = toBinary(TimestampSchema, create(TimestampSchema, { seconds: 10n ** 15n }));
    const bytes = Buffer.concat([Buffer.from([0x3a, late.length]), late]);
    assert.deepEqual(rendered(bytes), { created: { seconds: '1000000000000000' } });
  });

  it('writes 32-bit floats with the digits they were written with', () => {
    const prices = ['0.1', '3.4028235e+38', '1e-45', '16777216', '-2.5'];
    const back = prices.map((price) => rendered(encodeJson(order, `{"price": ${price}}`, types)));
    assert.deepEqual(
      back,
      prices.map((price) => ({ price: Number(price) })),
    );
  });

  it('renders anything', () => {
    let seed = 7;
    const random = (): number => (seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31) / 2 ** 31;
    for (let round = 0; round < 2000; round++) {
      const bytes = Uint8Array.from({ length: Math.floor(random() * 24) }, () => Math.floor(random() * 256));
      assert.doesNotThrow(() => JSON.parse(renderMessage(order, bytes, types)), Buffer.from(bytes).toString('hex'));
    }
  });
});

describe('a draft of a request', () => {
  it('has every field once, one choice of a oneof, and ends recursion', () => {
    assert.deepEqual(JSON.parse(sampleRequest(order)), {
      id: 0,
      userName: '',
      state: 'NEW',
      items: [{ sku: '', count: 0 }],
      card: '',
      created: '2026-01-01T00:00:00Z',
      extra: {},
      price: 0,
      data: '',
      totals: { key: 0 },
      limit: 0,
    });
  });

  it('can be sent as it is, whatever the type', () => {
    const refused = [...types]
      .filter((type) => type.kind === 'message')
      .filter((type) => {
        try {
          encodeJson(type, sampleRequest(type), types);
          return false;
        } catch {
          return true;
        }
      });
    assert.deepEqual(
      refused.map(({ typeName }) => typeName),
      [],
    );
  });
});
