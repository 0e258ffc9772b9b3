import assert from 'node:assert/strict';
import { expectedText } from '../../../src/curriculum/checks/matching.ts';

describe('what a check expects, in evidence', () => {
  it('is JSON, with words for what no value says', () => {
    const expected = {
      id: { $type: 'string' },
      price: { $from: 'catalog' },
      items: [{ $matches: '^b' }, { $not: { name: 'tea' } }, null],
      next: { $length: 2 },
    };
    assert.equal(
      expectedText(expected),
      '{"id":any string,"price":what catalog answers now,"items":[what matches ^b,anything but {"name":"tea"},null],"next":2 of them}',
    );
  });
});
