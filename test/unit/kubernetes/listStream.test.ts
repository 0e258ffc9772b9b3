import assert from 'node:assert/strict';
import { listItems } from '../../../src/kubernetes/listStream.ts';

const items = [
  { metadata: { name: 'a' }, text: 'braces } ] { [ and "quotes\\" and é 漢 \u{1f600}' },
  { metadata: { name: 'b' }, nested: [{ items: [{ x: [] }] }, []], empty: {} },
  {},
];
const list = { kind: 'PodList', metadata: { resourceVersion: '7', continue: 'token' }, items };

async function read(bytes: Buffer, size: number): Promise<{ items: unknown[]; rest: unknown }> {
  async function* chunks(): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
  }
  const found: unknown[] = [];
  const generator = listItems(chunks());
  for (;;) {
    const { done, value } = await generator.next();
    if (done) return { items: found, rest: value };
    found.push(JSON.parse(value.toString('utf8')));
  }
}

describe('list stream', () => {
  const { items: _, ...rest } = list;
  const text = { compact: JSON.stringify(list), spaced: JSON.stringify(list, undefined, 2) };
  for (const [name, json] of Object.entries(text)) {
    it(`cuts a ${name} list into its items, wherever the pieces break`, async () => {
      for (const size of [1, 2, 3, 7, 64, 100_000]) {
        const got = await read(Buffer.from(json), size);
        assert.deepEqual(got.items, items, `pieces of ${size}`);
        assert.deepEqual(got.rest, { ...rest, items: [] });
      }
    });
  }

  it('reads lists without items', async () => {
    assert.deepEqual(await read(Buffer.from('{"metadata":{},"items":[]}'), 5), {
      items: [],
      rest: { metadata: {}, items: [] },
    });
    assert.deepEqual(await read(Buffer.from('{"metadata":{},"items":null}'), 5), {
      items: [],
      rest: { metadata: {}, items: null },
    });
  });

  it('does not take half a list for a whole one', async () => {
    await assert.rejects(read(Buffer.from('{"metadata":{},"items":[{"a":1},'), 5), SyntaxError);
    await assert.rejects(read(Buffer.from(''), 5), SyntaxError);
  });
});
